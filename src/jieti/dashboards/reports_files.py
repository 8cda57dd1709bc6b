"""Reports as files: DOCX for offices that go on writing in them, PDF for reading and keeping."""

import json
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import typst
from docx import Document
from docx.document import Document as Paper
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph

from jieti.dashboards.figures import Figure
from jieti.dashboards.reports import Report
from jieti.kit.errors import Refusal
from jieti.kit.letters import font

TEMPLATE = Path(__file__).with_name("report.typ")
FANGSONG, HEITI = "仿宋_GB2312", "黑体"
"""What GB/T 9704—2012 asks for; an office that lacks them shows its own."""
BODY, SMALL = Pt(16), Pt(10.5)


def pdf_of(report: Report) -> bytes:
    """The report as tagged PDF, the same bytes for the same report. Raises Refusal where the machine has no font."""
    day = report.day
    content = {
        "title": report.title,
        "issuer": report.issuer,
        "date": report.date_text,
        "ymd": {"year": day.year, "month": day.month, "day": day.day},
        "fonts": [font()],
        "paragraphs": report.paragraphs,
        "figures": [_content(figure) for figure in report.figures],
        "notes": report.notes,
    }
    try:
        made = _compiler().compile(
            input=TEMPLATE.read_bytes(),
            format="pdf",
            sys_inputs={"report": json.dumps(content, ensure_ascii=False)},
            pdf_standards=["a-2a"],
        )
    except typst.TypstError as error:
        raise Refusal(f"报告没有生成：{error.message}", what_to_do="请下载DOCX，或者联系管理员。") from None
    if not isinstance(made, bytes):
        raise TypeError("a report is one file")
    return made


def docx_of(report: Report) -> bytes:
    """The report as a DOCX file, its tables as tables."""
    paper = Document()
    _lay_out(paper, report)
    _line(paper, report.title, size=Pt(22), name=HEITI, align=WD_ALIGN_PARAGRAPH.CENTER)
    _line(paper, f"（{report.date_text}）", align=WD_ALIGN_PARAGRAPH.CENTER)
    for text in report.paragraphs:
        _line(paper, text, indent=True)
    for figure in report.figures:
        _add_figure(paper, figure)
    for note in report.notes:
        _line(paper, note, size=SMALL)
    file = BytesIO()
    paper.save(file)
    return file.getvalue()


def _content(figure: Figure) -> dict[str, object]:
    return {
        "title": figure.title,
        "definition": f"{figure.definition}（依据：{figure.clause}）",
        "unit": figure.unit,
        "headers": figure.headers,
        "rows": [[str(cell) for cell in row] for row in figure.table],
    }


def _lay_out(paper: Paper, report: Report) -> None:
    """A4 with the standard's margins."""
    section = paper.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    paper.core_properties.title, paper.core_properties.author = report.title, report.issuer
    style = paper.styles["Normal"]
    style.font.size = BODY
    style.font.name = FANGSONG
    style.element.rPr.rFonts.set(qn("w:eastAsia"), FANGSONG)


def _add_figure(paper: Paper, figure: Figure) -> None:
    _line(paper, figure.title, name=HEITI)
    _line(paper, f"{figure.definition}（依据：{figure.clause}）", size=SMALL)
    table = paper.add_table(rows=1, cols=len(figure.headers), style="Table Grid")
    for cell, text in zip(table.rows[0].cells, figure.headers, strict=True):
        _fill(cell.paragraphs[0], text, bold=True)
    for row in figure.table:
        for cell, value in zip(table.add_row().cells, row, strict=True):
            _fill(cell.paragraphs[0], str(value))
    paper.add_paragraph()


def _line(
    paper: Paper,
    text: str,
    *,
    size: Pt = BODY,
    name: str = FANGSONG,
    align: WD_ALIGN_PARAGRAPH | None = None,
    indent: bool = False,
) -> None:
    paragraph = paper.add_paragraph()
    if align is not None:
        paragraph.alignment = align
    if indent:
        paragraph.paragraph_format.first_line_indent = 2 * size
    _fill(paragraph, text, size=size, name=name)


def _fill(paragraph: Paragraph, text: str, *, size: Pt = SMALL, name: str = FANGSONG, bold: bool = False) -> None:
    run = paragraph.add_run(text)
    run.font.size, run.font.name, run.font.bold = size, name, bold
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), name)


@lru_cache(maxsize=1)
def _compiler() -> typst.Compiler:
    """Reads the machine's fonts once."""
    return typst.Compiler()
