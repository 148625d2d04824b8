"""A Word document in the layout of Chinese offices (GB/T 9704-2012): page, styles, page numbers; fixed bytes."""

from __future__ import annotations

import re
import zipfile
from datetime import date, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

from reporting.brief import Language

if TYPE_CHECKING:
    from docx.document import Document
    from docx.oxml.xmlchemy import BaseOxmlElement
    from docx.text.paragraph import Paragraph

# The fonts of the standard are named, never embedded: offices have them, and their licences forbid to pass them on.
TITLE_FONT, BODY_FONT = "方正小标宋简体", "仿宋_GB2312"
FIRST_FONT, SECOND_FONT, NUMBER_FONT = "黑体", "楷体_GB2312", "宋体"
LATIN = "Times New Roman"
# Page and type area in millimetres; sizes in points: 二号 22, 三号 16, 四号 14, 小四 12, 五号 10.5.
PAGE, TOP, LEFT, TYPE_AREA = (210, 297), 37, 28, (156, 225)
BODY_SIZE, LINE = 16.0, 28.0
TABLE_STYLE, DEFINITION, NOTE, LABEL, LINK = (
    "Brief Table",
    "Brief Definition",
    "Brief Note",
    "Brief Label",
    "Brief Link",
)
TABLE_TEXT, TABLE_NUMBER = "Brief Table Text", "Brief Table Number"
SMALL_TEXT, SMALL_NUMBER = "Brief Table Text Small", "Brief Table Number Small"
FIXED_MOMENT = (1980, 1, 1, 0, 0, 0)
RULE, HEAD, LINK_COLOUR = "8A94A0", "EEF1F5", "123F73"
FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # in XML


def blank(language: Language, label: str) -> Document:
    """An empty document with the page, the styles, the head and the foot of every page."""
    import docx

    document = docx.Document()
    _set_page(document)
    _set_styles(document, language)
    _set_head_and_foot(document, language, label)
    return document


def packed(document: Document, title: str, made: date) -> bytes:
    """The document as bytes that depend on its content only."""
    core = document.core_properties
    core.title, core.author, core.last_modified_by, core.comments = clean(title), "", "", ""
    core.created = core.modified = core.last_printed = datetime(made.year, made.month, made.day)
    core.revision = 1
    loose, fixed = BytesIO(), BytesIO()
    document.save(loose)
    with zipfile.ZipFile(loose) as old, zipfile.ZipFile(fixed, "w") as new:
        # Readers expect the list of types first.
        for name in sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            entry = zipfile.ZipInfo(name, FIXED_MOMENT)
            entry.create_system, entry.external_attr = 3, 0o600 << 16
            new.writestr(entry, old.read(name), zipfile.ZIP_DEFLATED)
    return fixed.getvalue()


def add_line(document: Document, text: str, style: str) -> Paragraph:
    """A paragraph of a style, given by its id: the library would search all styles for its default each time."""
    paragraph = document.add_paragraph(text)
    paragraph._p.style = style.replace(" ", "")
    return paragraph


def clean(text: str) -> str:
    """Without what no XML may hold."""
    return FORBIDDEN.sub("", text)


def element(tag: str, **attributes: str) -> BaseOxmlElement:
    """An element such as `w:shd` with its attributes of the same namespace."""
    from docx.oxml.ns import qn
    from docx.oxml.parser import OxmlElement

    made = OxmlElement(tag)
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), value)
    return made


def set_font(style: Any, east_asian: str, size: float, *, bold: bool | None = False) -> None:
    """Chinese in one font, Latin and digits in Times New Roman, both black; bold None leaves that to the table."""
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    style.font.name, style.font.size, style.font.bold, style.font.italic = LATIN, Pt(size), bold, False
    style.font.color.rgb = RGBColor(0, 0, 0)
    fonts = style.element.rPr.rFonts
    for name in list(fonts.attrib):
        if name.endswith("Theme"):
            del fonts.attrib[name]
    for script, font in (("ascii", LATIN), ("hAnsi", LATIN), ("cs", LATIN), ("eastAsia", east_asian)):
        fonts.set(qn(f"w:{script}"), font)


def _set_page(document: Document) -> None:
    from docx.shared import Mm

    section = document.sections[0]
    section.page_width, section.page_height = Mm(PAGE[0]), Mm(PAGE[1])
    section.top_margin, section.left_margin = Mm(TOP), Mm(LEFT)
    section.right_margin, section.bottom_margin = (Mm(PAGE[n] - (LEFT, TOP)[n] - TYPE_AREA[n]) for n in (0, 1))
    section.header_distance, section.footer_distance = Mm(20), Mm(23)  # the number stands 7 mm below the type area
    document.settings.odd_and_even_pages_header_footer = True


def _set_styles(document: Document, language: Language) -> None:
    from docx.enum.style import WD_STYLE_TYPE
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import RGBColor

    zh, styles = language == "zh", document.styles
    for name in (TABLE_TEXT, TABLE_NUMBER, SMALL_TEXT, SMALL_NUMBER, DEFINITION, NOTE, LABEL):
        styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH).base_style = styles["Normal"]
    looks: tuple[tuple[str, str, float, float, bool | None], ...] = (
        ("Normal", BODY_FONT, BODY_SIZE, LINE, None),
        ("Title", TITLE_FONT, 22, 36, not zh),
        ("Heading 1", FIRST_FONT, BODY_SIZE, LINE, not zh),
        ("Heading 2", SECOND_FONT, BODY_SIZE, LINE, not zh),
        ("Heading 3", FIRST_FONT, 12, 20, not zh),
        (TABLE_TEXT, BODY_FONT, 10.5, 15, None),
        (TABLE_NUMBER, BODY_FONT, 10.5, 15, None),
        (SMALL_TEXT, BODY_FONT, 9, 13, None),
        (SMALL_NUMBER, BODY_FONT, 9, 13, None),
        (DEFINITION, BODY_FONT, 12, 20, False),
        (NOTE, SECOND_FONT, 12, 20, False),
        (LABEL, FIRST_FONT, BODY_SIZE, LINE, not zh),
        ("Header", FIRST_FONT, 10.5, 14, False),
        ("Footer", NUMBER_FONT, 14, 18, False),
    )
    for name, font, size, line, bold in looks:
        set_font(styles[name], font if zh else LATIN, size, bold=bold)
        _set_lines(styles[name], line)
    styles["Title"].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for name in (TABLE_NUMBER, SMALL_NUMBER):
        styles[name].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    for name in ("Heading 1", "Heading 2", "Heading 3"):
        styles[name].paragraph_format.keep_with_next = True
    for name in ("Heading 1", "Heading 2"):
        begin_indented(styles[name].element)
    styles.add_style(LINK, WD_STYLE_TYPE.CHARACTER).font.color.rgb = RGBColor.from_string(LINK_COLOUR)
    styles.element.append(_table_style())


def _set_lines(style: Any, line: float) -> None:
    """Lines of a fixed height, nothing between paragraphs, no rule below."""
    from docx.shared import Pt

    style.paragraph_format.line_spacing = Pt(line)
    style.paragraph_format.space_before = style.paragraph_format.space_after = Pt(0)
    for border in style.element.pPr.findall(".//{*}pBdr"):
        style.element.pPr.remove(border)


def begin_indented(holder: Any) -> None:
    """Two characters in, as every paragraph of an official document begins."""
    from docx.oxml.ns import qn

    indent = holder.get_or_add_pPr().get_or_add_ind()
    indent.set(qn("w:firstLineChars"), "200")
    indent.set(qn("w:firstLine"), str(int(BODY_SIZE * 2 * 20)))


def _table_style() -> BaseOxmlElement:
    """Rules above, below and between rows, a shaded head; made by hand, for the library knows no table styles."""
    from docx.oxml.parser import parse_xml

    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    rules = "".join(
        f'<w:{side} w:val="single" w:sz="{size}" w:space="0" w:color="{RULE}"/>'
        for side, size in (("top", 8), ("bottom", 8), ("insideH", 4))
    )
    margins = "".join(f'<w:{side} w:w="70" w:type="dxa"/>' for side in ("left", "right"))
    return parse_xml(
        f'<w:style xmlns:w="{space}" w:type="table" w:customStyle="1" w:styleId="{TABLE_STYLE.replace(" ", "")}">'
        f'<w:name w:val="{TABLE_STYLE}"/><w:basedOn w:val="TableNormal"/><w:uiPriority w:val="99"/><w:qFormat/>'
        f"<w:tblPr><w:tblBorders>{rules}</w:tblBorders><w:tblCellMar>{margins}</w:tblCellMar></w:tblPr>"
        f'<w:tblStylePr w:type="firstRow"><w:rPr><w:b/></w:rPr><w:tcPr><w:shd w:val="clear" w:color="auto" '
        f'w:fill="{HEAD}"/></w:tcPr></w:tblStylePr></w:style>'
    )


def _set_head_and_foot(document: Document, language: Language, label: str) -> None:
    """The label on every page; the number as — 1 —, on odd pages right, on even pages left, one character in."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    section = document.sections[0]
    for header in (section.header, section.even_page_header):
        header.is_linked_to_previous = False
        header.paragraphs[0].text = clean(label)
    sides = ((section.footer, WD_ALIGN_PARAGRAPH.RIGHT), (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT))
    for footer, side in sides:
        footer.is_linked_to_previous = False
        paragraph = footer.paragraphs[0]
        paragraph.alignment = side
        paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Pt(14)
        paragraph.add_run("— ")
        number = element("w:fldSimple", instr="PAGE")
        paragraph._p.append(number)
        number.append(paragraph.add_run("1")._r)
        paragraph.add_run(" —")
