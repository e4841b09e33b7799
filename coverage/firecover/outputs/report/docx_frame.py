"""A document without content: its styles, fonts, lists, pages, headers and footers."""

from __future__ import annotations

import re
from copy import deepcopy

import docx
from docx.document import Document
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.oxml import serialize_part_xml
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.section import _Footer, _Header
from docx.shared import Mm

from firecover.outputs.i18n import Language
from firecover.outputs.report.document_words import word
from firecover.outputs.report.docx_parts import (
    BODY,
    HEAD,
    MONO,
    TABLE_PT,
    Look,
    content_of,
    element,
    field,
    paragraph,
    run,
    twips,
)
from firecover.outputs.report.docx_widths import PORTRAIT_MM, extent
from firecover.outputs.report.fonts import CJK_FAMILIES
from firecover.outputs.report.model import Report
from firecover.outputs.report.runs import ACCENT, Run, runs_of
from firecover.outputs.template_files import environment

A4_MM = (210.0, 297.0)
HEADER_PT = 8.0
SIDE_MM = (A4_MM[0] - PORTRAIT_MM) / 2
#: What stands in for the fonts of the document where they are missing.
_INSTEAD = {
    "SimSun": ("宋体", "NSimSun", "Noto Serif CJK SC", "Source Han Serif SC", "Songti SC"),
    "SimHei": ("黑体", *(name for name in CJK_FAMILIES if name != "SimHei")),
}
_LIST = """<w:numbering {ns}><w:abstractNum w:abstractNumId="0"><w:multiLevelType
w:val="hybridMultilevel"/><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="bullet"/><w:lvlText
w:val="•"/><w:lvlJc w:val="left"/><w:pPr><w:ind w:left="284" w:hanging="284"/></w:pPr><w:rPr>
<w:rFonts w:ascii="Times New Roman"
w:hAnsi="Times New Roman" w:cs="Times New Roman"/></w:rPr></w:lvl>
</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>"""
#: Word works the page numbers of the contents out when it opens the document.
_SETTINGS = """<w:settings {ns}><w:zoom w:percent="100"/><w:updateFields w:val="true"/>
<w:defaultTabStop w:val="420"/><w:characterSpacingControl w:val="doNotCompress"/><w:compat>
<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word"
w:val="15"/></w:compat><w:themeFontLang w:val="en-GB" w:eastAsia="zh-CN"/></w:settings>"""
#: What the library's template has besides, a picture of itself among it.
_LEFT_OUT = ("thumbnail", "stylesWithEffects", "customXml", "webSettings", "theme", "fontTable")


def new_document(lang: Language) -> Document:
    """Return an empty document with the report's styles."""
    document = docx.Document()
    styles = (
        environment()
        .get_template("docx_styles.xml")
        .render(
            lang=lang,
            body=BODY[lang],
            head=HEAD[lang],
            mono=MONO,
            text_pt=TABLE_PT,
            text_width=twips(PORTRAIT_MM),
        )
    )
    _replace(document.styles.element, styles)
    _replace(document.settings.element, _SETTINGS.format(ns=nsdecls("w")))
    _replace(document.part.numbering_part.element, _LIST.format(ns=nsdecls("w")))
    for holder in (document.part.package, document.part):
        for key, relation in list(holder.rels.items()):
            if relation.reltype.rpartition("/")[2] in _LEFT_OUT:
                del holder.rels[key]
    _add_font_table(document, lang)
    for child in list(document.element.body):
        if child.tag != qn("w:sectPr"):
            document.element.body.remove(child)
    return document


def _replace(old: BaseOxmlElement, xml: str) -> None:
    new = parse_xml(xml)
    for child in list(old):
        old.remove(child)
    old.extend(list(new))


def _add_font_table(document: Document, lang: Language) -> None:
    """Tell which fonts stand in for the document's own where these are missing."""
    families = {face.latin: "" for face in (BODY[lang], HEAD[lang], MONO)}
    families |= {east: ",".join(_INSTEAD[east]) for east in sorted(_INSTEAD)}
    fonts = parse_xml(f"<w:fonts {nsdecls('w')}/>")
    for name, instead in families.items():
        font = element("font", name=name)
        if instead:
            font.extend((element("altName", val=instead), element("charset", val="86")))
        fonts.append(font)
    where = PackURI("/word/fontTable.xml")
    part = Part(where, CONTENT_TYPE.WML_FONT_TABLE, serialize_part_xml(fonts))
    document.part.relate_to(part, RELATIONSHIP_TYPE.FONT_TABLE)


def lay_pages(document: Document, report: Report) -> None:
    """Set the paper, the handling line at the head and the page's number at the foot.

    The first page has no head: it opens with the handling line itself.
    """
    section = document.sections[0]
    section.page_width, section.page_height = Mm(A4_MM[0]), Mm(A4_MM[1])
    section.left_margin = section.right_margin = Mm(SIDE_MM)
    section.top_margin, section.bottom_margin = Mm(21), Mm(18)
    section.header_distance, section.footer_distance = Mm(11), Mm(9)
    section.different_first_page_header_footer = True
    look = Look(report.lang, HEADER_PT)
    _fill(section.header, paragraph("Header", _running_head(report, look)))
    _fill(section.first_page_header, paragraph("Spacer"))
    for foot in (section.footer, section.first_page_footer):
        _fill(foot, paragraph("Footer", _page_number(report.lang)))


def _running_head(report: Report, look: Look) -> list[BaseOxmlElement]:
    """Return the handling line and the title, as far as both stand on one line."""
    title = runs_of(report.title)
    handling = runs_of(report.handling, Run(bold=True, colour=ACCENT))
    apart = runs_of("　｜　") if handling else []
    both = [*handling, *apart, *title]
    fits = extent(both, HEADER_PT, HEADER_PT).line <= PORTRAIT_MM
    return [run(piece, look) for piece in (both if fits or not handling else handling)]


def _fill(part: _Header | _Footer, content: BaseOxmlElement) -> None:
    part.is_linked_to_previous = False
    holder = part._element  # noqa: SLF001 - the library has no public name for it
    for child in list(holder):
        holder.remove(child)
    holder.append(content)


def _page_number(lang: Language) -> list[BaseOxmlElement]:
    made: list[BaseOxmlElement] = []
    for piece in re.split(r"({\w+})", word("cover", "footer", lang)):
        if piece in ("{page}", "{pages}"):
            made += field("PAGE" if piece == "{page}" else "NUMPAGES", "1")
        elif piece:
            made += content_of(piece, Look(lang))
    return made


def section_break(document: Document, *, first: bool, landscape: bool) -> BaseOxmlElement:
    """Return the properties of a section that ends here, with the document's head and foot."""
    made = deepcopy(document.sections[-1]._sectPr)  # noqa: SLF001 - as above
    turn(made, landscape=landscape)
    if not first:
        without_title_page(made)
    return made


def turn(properties: BaseOxmlElement, *, landscape: bool) -> None:
    """Lay the pages of a section on their long or short side."""
    width, height = A4_MM[::-1] if landscape else A4_MM
    size = properties.find(qn("w:pgSz"))
    size.set(qn("w:w"), str(twips(width)))
    size.set(qn("w:h"), str(twips(height)))
    size.set(qn("w:orient"), "landscape" if landscape else "portrait")


def without_title_page(properties: BaseOxmlElement) -> None:
    """Let a section's first page have the same head as the others."""
    mark = properties.find(qn("w:titlePg"))
    if mark is not None:
        properties.remove(mark)
