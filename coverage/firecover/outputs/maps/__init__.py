"""The HTML maps: an entry page and a page a question, each one file that needs no network."""
