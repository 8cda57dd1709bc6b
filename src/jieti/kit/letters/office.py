"""The same letters as DOCX, for offices that go on writing in them: the look of GB/T 9704—2012 (信函格式)."""

import datetime
import io

from docx import Document
from docx.document import Document as Paper
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph

from jieti.kit.letters import Letter

FANGSONG, HEADING = "仿宋_GB2312", "方正小标宋简体"
"""What the standard asks for; an office that lacks them shows its own."""
RED = RGBColor(0xC8, 0x10, 0x2E)
BODY, LINE = Pt(16), Pt(28)
NOON = datetime.time(12)


def docx_of(letter: Letter) -> bytes:
    """The letter as a DOCX file, its text as text."""
    paper = Document()
    _lay_out(paper, letter)
    head = _line(paper, letter.issuer, align=WD_ALIGN_PARAGRAPH.CENTER, size=Pt(26), font=HEADING)
    head.runs[0].font.color.rgb = RED
    _rule_below(head)
    _line(paper, letter.number, align=WD_ALIGN_PARAGRAPH.RIGHT)
    title = _line(paper, letter.title, align=WD_ALIGN_PARAGRAPH.CENTER, size=Pt(22), font=HEADING)
    title.paragraph_format.space_before = title.paragraph_format.space_after = Pt(20)
    _line(paper, f"{letter.addressee}：")
    for text in letter.paragraphs:
        _line(paper, text).paragraph_format.first_line_indent = 2 * BODY
    signed = _line(paper, letter.issuer, align=WD_ALIGN_PARAGRAPH.RIGHT)
    signed.paragraph_format.space_before = Pt(40)
    for one in (signed, _line(paper, letter.date_text, align=WD_ALIGN_PARAGRAPH.RIGHT)):
        one.paragraph_format.right_indent = 2 * BODY
    for note in letter.notes:
        _line(paper, f"（{note}）").paragraph_format.first_line_indent = 2 * BODY
    out = io.BytesIO()
    paper.save(out)
    return out.getvalue()


def _lay_out(paper: Paper, letter: Letter) -> None:
    """A4, 版心 156 mm × 225 mm."""
    page = paper.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.top_margin, page.bottom_margin = Mm(37), Mm(35)
    page.left_margin, page.right_margin = Mm(28), Mm(26)
    about = paper.core_properties
    about.title, about.author, about.language = letter.title, letter.issuer, "zh-CN"
    about.created = about.modified = datetime.datetime.combine(letter.day, NOON)


def _line(
    paper: Paper,
    text: str,
    *,
    align: WD_ALIGN_PARAGRAPH = WD_ALIGN_PARAGRAPH.JUSTIFY,
    size: Pt = BODY,
    font: str = FANGSONG,
) -> Paragraph:
    made = paper.add_paragraph()
    made.alignment = align
    layout = made.paragraph_format
    layout.space_before = layout.space_after = Pt(0)
    layout.line_spacing_rule, layout.line_spacing = WD_LINE_SPACING.EXACTLY, max(LINE, Pt(size.pt * 1.4))
    run = made.add_run(text)
    run.font.size, run.font.name = size, font
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    return made


def _rule_below(paragraph: Paragraph) -> None:
    """The red line under the authority's name."""
    borders, rule = OxmlElement("w:pBdr"), OxmlElement("w:bottom")
    for key, value in (("val", "thinThickSmallGap"), ("sz", "18"), ("space", "6"), ("color", "C8102E")):
        rule.set(qn(f"w:{key}"), value)
    borders.append(rule)
    paragraph._element.get_or_add_pPr().append(borders)
