"""The open data of a publication 开放数据: as CSV, JSON lines and XLSX, with what each column means."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from jieti.directory.models import Publication
from jieti.directory.models.entries import LABELS, NO_LONGER
from jieti.directory.publications import PublicLine, lines_of
from jieti.domain.terms import RegistrationStatus, Tier
from jieti.kit.tables import FORMULA_STARTS, write_xlsx

BOM = "\ufeff"
LINES_A_PIECE = 1_000
SEPARATOR = "；"
STATES = {status.value: status.label for status in RegistrationStatus} | NO_LONGER


class Column(NamedTuple):
    """A column: its key in JSON, its heading in tables, its type, and what it means."""

    key: str
    heading: str
    kind: str
    meaning: str


COLUMNS = (
    Column("uscc", "统一社会信用代码", "文本，18位", "个体工商户的统一社会信用代码"),
    Column("name", "名称", "文本", "登记的名称"),
    Column("jurisdiction", "区划代码", "文本，6位", "登记所在区的区划代码，例如110116为怀柔区"),
    Column("year", "判定年度", "整数", "分型结果属于哪一年度"),
    Column("tier", "分型结果", "代码", "survival 生存型，growth 成长型，development 发展型，ineligible 不符合分型条件；"
           "空为待数据"),
    Column("possible", "尚不能排除的结果", "代码，可以有几个", "现有数据不能排除的结果；已有结果的，就是这一个结果"),
    Column("mark", "公示系统标注", "文本", "在国家企业信用信息公示系统记于名下的标注；待数据的暂不标注"),
    Column("status", "登记状态", "代码", "active 登记在册，deregistered 已注销，licence_revoked 已吊销，"
           "registration_annulled 已撤销登记，converted 已转为企业；空为不明"),
    Column("is_new", "新设", "是或否", "集中判定以后新设立，按规定先列为生存型的，为是"),
    Column("published_on", "公布日期", "日期", "这一结果的公布日期"),
    Column("town", "镇乡街道", "文本", "所在的镇、乡、街道"),
    Column("industry", "行业大类", "文本", "国民经济行业分类（GB/T 4754-2017）的大类名称"),
    Column("established_on", "成立日期", "日期", "登记的成立日期"),
)  # fmt: skip
"""In tables codes stand as their Chinese labels; in JSON as the codes."""


def mark_of(tier: str | None, year: int) -> str:
    """The words by which the national publicity system 公示系统 marks a business (附件一(二)2); none while pending."""
    return f"{LABELS[tier]}（{year}年度）" if tier else ""


def csv_of(publication: Publication) -> Iterator[str]:
    """CSV in UTF-8 with a byte order mark, in pieces. Text that a spreadsheet could run begins with a quote mark."""
    yield BOM
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(column.heading for column in COLUMNS)
    for number, line in enumerate(lines_of(publication), 1):
        writer.writerow(_safe(cell) for cell in _cells(line))
        if number % LINES_A_PIECE == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def json_lines_of(publication: Publication) -> Iterator[str]:
    """One JSON object a line, in pieces."""
    piece = []
    for line in lines_of(publication):
        piece.append(json.dumps(_object(line), ensure_ascii=False) + "\n")
        if len(piece) == LINES_A_PIECE:
            yield "".join(piece)
            piece = []
    yield "".join(piece)


def xlsx_of(publication: Publication) -> Path:
    """The table as a workbook, made when it is first asked for and kept beside the publication's file."""
    path = publication.file.with_suffix(".xlsx")
    if not path.exists():
        unfinished = path.with_suffix(".xlsx.part")
        with unfinished.open("wb") as file:
            write_xlsx(file, [column.heading for column in COLUMNS], (_cells(line) for line in lines_of(publication)))
        unfinished.replace(path)
    return path


def _cells(line: PublicLine) -> list[object]:
    return [
        line.uscc,
        line.name,
        line.jurisdiction,
        line.year,
        LABELS[line.tier],
        SEPARATOR.join(Tier(key).label for key in line.possible),
        mark_of(line.tier, line.year),
        STATES[line.status] if line.status else "",
        "是" if line.is_new else "否",
        line.published_on,
        line.town,
        line.industry,
        line.established_on,
    ]


def _object(line: PublicLine) -> dict[str, object]:
    return {
        "uscc": line.uscc,
        "name": line.name,
        "jurisdiction": line.jurisdiction,
        "year": line.year,
        "tier": line.tier,
        "possible": list(line.possible),
        "mark": mark_of(line.tier, line.year),
        "status": line.status,
        "is_new": line.is_new,
        "published_on": line.published_on.isoformat(),
        "town": line.town,
        "industry": line.industry,
        "established_on": line.established_on.isoformat() if line.established_on else None,
    }


def _safe(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text
