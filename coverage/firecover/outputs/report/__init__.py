"""The report: one model of chapters, written as HTML page, Word document and workbook."""
