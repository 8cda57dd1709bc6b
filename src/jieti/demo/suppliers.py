"""What the eight suppliers send: their headers, their words, their file kinds, and what goes wrong at each.

Headers and codes are those, or aliases, of the Huairou rulebook's sources; the keys are the source keys.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pyarrow as pa

from jieti.demo import dirt
from jieti.demo.dirt import RARE, Dirt, Plant
from jieti.demo.files import (
    CHINESE,
    SLASHES,
    Cell,
    CsvFile,
    Heading,
    Opener,
    ParquetFile,
    Row,
    TableFile,
    XlsxFile,
    said,
    schema,
)
from jieti.demo.identities import Codes
from jieti.demo.records import Business
from jieti.domain.terms import RegistrationStatus

LARGE = 200_000
"""From more businesses than this, the registers come as text: a workbook would take its sender too long."""

_STATUS_WORDS = {
    RegistrationStatus.ACTIVE: ("登记在册", "存续", "在业", "开业"),
    RegistrationStatus.LICENCE_REVOKED: ("吊销", "吊销未注销"),
    RegistrationStatus.DEREGISTERED: ("注销",),
    RegistrationStatus.REGISTRATION_ANNULLED: ("撤销", "撤销登记"),
}
_DATE_STYLES = ("{d.year}-{d.month:02d}-{d.day:02d}", SLASHES, CHINESE, "{d.year}{d.month:02d}{d.day:02d}")
_TEXT_AMOUNTS = dirt.one_of("约3万", "无", "不详", "八万左右", "3-5万")
_ANNUAL_REPORT_TYPES: dict[str, pa.DataType] = {
    "统一社会信用代码": pa.string(),
    "年度": pa.int32(),
    "报送日期": pa.date32(),
    "营业收入": pa.string(),
    "从业人数": pa.int64(),
}


@dataclass(frozen=True, slots=True)
class Table:
    """One supplier's table: how rows come from a business and in what file they go.

    ``numbered`` puts 序号 before each row; ``totalled`` closes with a row 合计; ``lacks`` are the source's
    columns that this supplier leaves out.
    """

    source: str
    headers: tuple[str, ...]
    rows: Callable[[Business], Iterator[Row]]
    plants: tuple[Plant, ...]
    file: Opener
    large_file: Opener | None = None
    heading: Heading | None = None
    numbered: bool = False
    totalled: bool = False
    lacks: tuple[str, ...] = ()

    def open(self, folder: Path, businesses: int) -> TableFile:
        """The table's file in ``folder``, of the kind that fits so many businesses."""
        opener = self.large_file if self.large_file and businesses > LARGE else self.file
        return opener(folder)


def tables(codes: Codes) -> tuple[Table, ...]:
    """The tables of the eight suppliers, in the rulebook's order."""
    orphan = dirt.followed_by(lambda row, ordinal: (codes.orphan(ordinal), *row[1:]))
    return (
        _registration(),
        _credit(orphan),
        _annual_reports(orphan),
        _tax(orphan),
        _social_insurance(orphan),
        _intellectual_property(orphan),
        _courts(orphan),
        _suspension(),
    )


def _variant(business: Business, count: int) -> int:
    return sum(map(ord, business.uscc[9:17])) % count


def _registration() -> Table:
    headers = (
        "统一社会信用代码",
        "个体工商户名称",
        "登记状态",
        "成立日期",
        "经营者姓名",
        "经营场所",
        "镇乡街道",
        "行业代码",
        "季节性经营",
        "个转企后代码",
        "公民身份号码",
        "联系电话",
    )
    heading = Heading("北京市怀柔区个体工商户登记注册信息", "填报单位：怀柔区市场监督管理局登记注册科")
    plants = (
        Plant(Dirt.EXACT_DUPLICATE, dirt.twice, apart=True),
        Plant(Dirt.DISAGREEING_DUPLICATE, dirt.followed_by(_disagreeing), apart=True),
        Plant(Dirt.IMPOSSIBLE_DATE, dirt.edit(3, dirt.one_of("2023-02-30", "0000-00-00", "2021-13-01", "1900/2/29"))),
        Plant(Dirt.FUTURE_DATE, dirt.edit(3, dirt.one_of("2062-05-01", "2202-03-15"))),
        Plant(Dirt.SPACED_CODE, dirt.edit(0, dirt.spaced)),
        Plant(Dirt.BLANK_LINE, dirt.followed_by_blank),
    )
    return Table(
        "registration",
        headers,
        _registration_rows,
        plants,
        lambda folder: XlsxFile(folder / "个体工商户登记信息.xlsx", headers, heading=heading),
        lambda folder: CsvFile(folder / "个体工商户登记信息.csv", headers, encoding="gb18030"),
        heading=heading,
    )


def _registration_rows(business: Business) -> Iterator[Row]:
    words = _STATUS_WORDS[business.status]
    style = _variant(business, 41)
    founded: Cell = business.established_on
    yield (
        business.uscc,
        business.name,
        words[_variant(business, 7) % len(words)],
        said(founded, _DATE_STYLES[style]) if style < len(_DATE_STYLES) else founded,
        business.proprietor,
        business.address,
        business.town.official_name if style == 40 else business.town.name,
        business.industry,
        business.is_seasonal,
        business.successor_uscc,
        business.proprietor_id,
        business.phone,
    )


def _disagreeing(row: Row, _: int) -> Row:
    status = "注销" if row[2] != "注销" else "存续"
    return (*row[:2], status, row[3], "张三丰", *row[5:])


def _credit(orphan: dirt.Change) -> Table:
    headers = ("统一社会信用代码", "类别", "处罚种类", "事由", "列入日期", "是否公示", "移出日期", "信用修复日期")
    plants = (
        Plant(Dirt.ORPHAN, orphan, apart=True),
        Plant(Dirt.LOWER_CASE_CODE, dirt.edit(0, dirt.lower_case)),
        Plant(Dirt.FULL_WIDTH_DIGITS, dirt.edit(0, dirt.full_width)),
        Plant(Dirt.IMPOSSIBLE_DATE, dirt.edit(4, dirt.one_of("2025/2/30", "0000/0/0"))),
        Plant(Dirt.EXACT_DUPLICATE, dirt.twice, apart=True),
        Plant(Dirt.BLANK_LINE, dirt.followed_by_blank),
    )
    return Table(
        "credit",
        headers,
        _credit_rows,
        plants,
        lambda folder: CsvFile(folder / "信用监管信息.csv", headers, encoding="gbk", date_style=SLASHES),
    )


def _credit_rows(business: Business) -> Iterator[Row]:
    for one in business.credit:
        dates = (one.decided_on, one.published, one.ended_on, one.restored_on)
        yield (business.uscc, one.kind, one.penalty_kind, one.reason, *dates)


def _annual_reports(orphan: dirt.Change) -> Table:
    plants = (
        Plant(Dirt.TEXT_IN_NUMBER, dirt.edit(3, _TEXT_AMOUNTS)),
        Plant(Dirt.MONEY_AS_TEXT, dirt.edit(3, dirt.money_as_text)),
        Plant(Dirt.ORPHAN, orphan, apart=True),
        Plant(Dirt.EXACT_DUPLICATE, dirt.twice, apart=True),
    )
    return Table(
        "annual_reports",
        tuple(_ANNUAL_REPORT_TYPES),
        _annual_report_rows,
        plants,
        lambda folder: ParquetFile(folder / "个体工商户年度报告.parquet", schema(_ANNUAL_REPORT_TYPES)),
    )


def _annual_report_rows(business: Business) -> Iterator[Row]:
    for one in business.reports:
        turnover = None if one.turnover is None else str(one.turnover)
        yield (business.uscc, one.year, one.filed_on, turnover, one.employees)


def _tax(orphan: dirt.Change) -> Table:
    headers = ("序号", "纳税人识别号", "所属年度", "已办税务登记", "纳税人类型", "非正常户", "实际入库税款", "退库税款")
    heading = Heading("个体工商户税务信息（金额单位：元）")
    plants = (
        Plant(Dirt.FULL_WIDTH_DIGITS, dirt.edit(5, dirt.full_width)),
        Plant(Dirt.MONEY_AS_TEXT, dirt.edit(5, dirt.money_as_text)),
        Plant(Dirt.TEXT_IN_NUMBER, dirt.edit(5, dirt.one_of("无", "免税"))),
        Plant(Dirt.SPACED_CODE, dirt.edit(0, dirt.spaced)),
        Plant(Dirt.ORPHAN, orphan, apart=True),
        Plant(Dirt.EXACT_DUPLICATE, dirt.twice, apart=True),
        Plant(Dirt.BLANK_LINE, dirt.followed_by_blank),
    )
    return Table(
        "tax",
        headers,
        _tax_rows,
        plants,
        lambda folder: XlsxFile(folder / "个体工商户税务信息.xlsx", headers, heading=heading),
        lambda folder: CsvFile(folder / "个体工商户税务信息.csv", headers, encoding="gbk"),
        heading=heading,
        numbered=True,
        totalled=True,
    )


def _tax_rows(business: Business) -> Iterator[Row]:
    for one in business.taxes:
        kind = "一般纳税人" if one.general else "小规模纳税人"
        refunded = _yuan(one.refunded) if one.refunded else None
        yield (business.uscc, one.year, one.registered, kind, one.abnormal, _yuan(one.paid), refunded)


def _yuan(fen: int) -> Decimal:
    return Decimal(fen).scaleb(-2)


def _social_insurance(orphan: dirt.Change) -> Table:
    headers = ("统一社会信用代码", "费款所属期", "参保形式", "参保人数")
    plants = (
        Plant(Dirt.LOWER_CASE_CODE, dirt.edit(0, dirt.lower_case)),
        Plant(Dirt.SPACED_CODE, dirt.edit(0, dirt.spaced)),
        Plant(Dirt.TEXT_IN_NUMBER, dirt.edit(3, dirt.one_of("若干", "两三人", "无"))),
        Plant(Dirt.FULL_WIDTH_DIGITS, dirt.edit(3, dirt.full_width)),
        Plant(Dirt.ORPHAN, orphan, apart=True),
        Plant(Dirt.BLANK_LINE, dirt.followed_by_blank),
    )
    return Table(
        "social_insurance",
        headers,
        _social_insurance_rows,
        plants,
        lambda folder: CsvFile(folder / "社会保险缴费.csv", headers, encoding="utf-8-sig"),
        totalled=True,
    )


def _social_insurance_rows(business: Business) -> Iterator[Row]:
    for one in business.insurances:
        form = "单位" if one.by_unit else "灵活就业"
        for month in range(one.first_month, 13):
            yield (business.uscc, f"{one.year}{month:02d}", form, one.headcount)


def _intellectual_property(orphan: dirt.Change) -> Table:
    headers = ("统一社会信用代码", "权利种类", "注册号或专利号", "名称", "权利人", "法律状态", "实际使用")
    plants = (
        Plant(Dirt.LOWER_CASE_CODE, dirt.edit(0, dirt.lower_case), RARE),
        Plant(Dirt.ORPHAN, orphan, RARE, apart=True),
    )
    return Table(
        "intellectual_property",
        headers,
        _intellectual_property_rows,
        plants,
        lambda folder: XlsxFile(folder / "商标专利.xlsx", headers),
    )


def _intellectual_property_rows(business: Business) -> Iterator[Row]:
    for one in business.rights:
        yield (business.uscc, one.kind, one.number, one.title, one.holder, one.status, one.in_use)


def _courts(orphan: dirt.Change) -> Table:
    headers = ("统一社会信用代码", "被执行人姓名", "发布日期", "屏蔽或移除日期")
    plants = (
        Plant(Dirt.ORPHAN, orphan, RARE, apart=True),
        Plant(Dirt.BLANK_LINE, dirt.followed_by_blank, RARE),
    )
    return Table(
        "courts",
        headers,
        _court_rows,
        plants,
        lambda folder: CsvFile(folder / "失信被执行人名单.csv", headers, encoding="gb18030"),
        lacks=("案号",),
    )


def _court_rows(business: Business) -> Iterator[Row]:
    if business.court is not None:
        yield (business.uscc, business.proprietor, business.court.published_on, business.court.removed_on)


def _suspension() -> Table:
    headers = ("统一社会信用代码", "备案日期", "歇业截止日期", "恢复营业日期", "累计满三年日期")
    heading = Heading("个体工商户歇业备案台账")
    plants = (
        Plant(Dirt.IMPOSSIBLE_DATE, dirt.edit(2, dirt.one_of("2026-02-30", "长期")), RARE),
        Plant(Dirt.EXACT_DUPLICATE, dirt.twice, RARE, apart=True),
    )
    return Table(
        "suspension",
        headers,
        _suspension_rows,
        plants,
        lambda folder: XlsxFile(folder / "歇业备案.xlsx", headers, heading=heading),
        heading=heading,
    )


def _suspension_rows(business: Business) -> Iterator[Row]:
    if business.suspension is not None:
        filing = business.suspension
        yield (business.uscc, filing.filed_on, filing.planned_end_on, filing.resumed_on, None)
