"""One cell of a supplier's table → a typed value, a warning, or a refusal. Pure: no Django, no files.

A blank is unknown. What can be read is read exactly or refused; nothing is rounded or guessed in silence.
"""

import datetime
import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from jieti.domain import uscc

Value = str | int | bool | Decimal | datetime.date | None
Parser = Callable[[object], "Cell"]

FIRST_YEAR, LAST_YEAR = 1900, 2100
LONGEST_TEXT = 500
LONGEST_RAW = 2_000
"""Characters of a cell that go back to the supplier with a refused row."""
LARGEST_INT = 1_000_000_000
LARGEST_MONEY = Decimal("9999999999999999.99")
LARGEST_EXACT_FLOAT = 90_071_992_547_409
"""Beyond it a binary number no longer tells one cent from the next."""
EXCEL_EPOCH = datetime.date(1899, 12, 30)
EXCEL_SERIALS = range(20_000, 60_001)
CHINA = ZoneInfo("Asia/Shanghai")
CACHE_LIMIT = 65_536

_BLANKS = frozenset({"", "-", "--", "—", "——", "―", "/", "\\", "\\N", "NULL", "NONE", "NAN", "N/A", "#N/A", "空"})
_LONGEST_BLANK = 16
_BLANK_DATES = frozenset({"无", "未知", "不详", "暂无"})
_UNKNOWNS = frozenset({"未知", "不详", "不明", "待核", "待核实", "暂无"})
_YES = frozenset({"是", "有", "1", "Y", "YES", "T", "TRUE", "真", "√", "✓", "对", "已办", "已"})
_NO = frozenset({"否", "无", "0", "N", "NO", "F", "FALSE", "假", "×", "✗", "X", "不是", "没有", "未办", "未"})
_DATE = re.compile(
    r"(\d{4})([-/.年])(\d{1,2})(?:[-/.月])(\d{1,2})日?(?:[T ]?\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?", re.ASCII
)
_DIGITS_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_MONTH = re.compile(r"(\d{4})(?:[-/.年])(\d{1,2})月?", re.ASCII)
_DIGITS_MONTH = re.compile(r"(\d{4})(\d{2})", re.ASCII)
_YEAR = re.compile(r"(\d{4})(?:年度?|\.0+)?", re.ASCII)
_INT = re.compile(r"(\d+|\d{1,3}(?:,\d{3})+)(?:\.0+)?[人件个户名]?", re.ASCII)
_MONEY = re.compile(r"[¥￥]?(\d+|\d{1,3}(?:,\d{3})+)(\.\d+)?(万元|元|万)?(?:人民币)?", re.ASCII)
_NEGATIVE = re.compile(r"[¥￥]?[-−–]\s*[¥￥]?[\d.,]+(?:万?元|万)?|\([\d.,]+\)", re.ASCII)

_SEPARATORS = re.compile(r"[-‐–—()'`\u200b]")
_IDENTITY = re.compile(r"[1-9][0-9]{16}[0-9X]", re.ASCII)
IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_PHONE = re.compile(r"1[3-9][0-9]{9}|0[0-9]{2,3}[2-9][0-9]{6,7}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell says: `value` (None: unknown) unless there is a `refusal`. Texts are Chinese, say what to do."""

    value: Value = None
    warning: str = ""
    refusal: str = ""


BLANK = Cell()


def parser(kind: str, *, codes: Mapping[str, tuple[str, ...]] | None = None, ten_thousands: bool = False) -> Parser:
    """The parser of a column of this type. `ten_thousands`: the header says that plain numbers are in 万元."""
    match kind:
        case "code":
            return _remembering(_code_parser(codes or {}))
        case "money":
            return _remembering(lambda raw: _money(raw, ten_thousands=ten_thousands))
        case _:
            return _remembering(_PARSERS[kind])


def shown(raw: object) -> str:
    """The cell as text, as its reader would see it."""
    match raw:
        case None:
            return ""
        case bool():
            return "是" if raw else "否"
        case float():
            return str(int(raw)) if raw.is_integer() and abs(raw) < LARGEST_EXACT_FLOAT else repr(raw)
        case datetime.datetime():
            return raw.date().isoformat() if raw.time() == datetime.time() else raw.isoformat(" ", "seconds")
        case _:
            return str(raw)


def is_blank(raw: object) -> bool:
    """Whether a cell is empty or holds one of the marks that suppliers write for "nothing"."""
    if isinstance(raw, float):
        return math.isnan(raw)
    if not isinstance(raw, str):
        return raw is None
    if len(raw) > _LONGEST_BLANK and not raw.isspace():
        return False
    return _squeezed(raw).upper() in _BLANKS


def _remembering(parse: Parser) -> Parser:
    # Departments' columns repeat few values; 1 == 1.0 == True, so the key holds the class as well.
    known: dict[object, Cell] = {}

    def remember(raw: object) -> Cell:
        key = raw if isinstance(raw, str) else (raw.__class__, raw)
        found = known.get(key)
        if found is None:
            if len(known) >= CACHE_LIMIT:
                known.clear()
            found = known[key] = BLANK if is_blank(raw) else parse(raw)
        return found

    return remember


def _squeezed(text: str) -> str:
    """Half-width, without control characters and without spaces at the ends."""
    return unicodedata.normalize("NFKC", text).strip(" \t\r\n\u200b\ufeff\xa0")


def _compact(raw: object) -> str:
    return re.sub(r"\s+", "", _squeezed(shown(raw)))


def _uscc(raw: object) -> Cell:
    if isinstance(raw, float | int) and not isinstance(raw, bool):
        return Cell(refusal="代码存成了数字，末几位已经丢失；请把该列设为文本，重新填写18位代码")
    text = shown(raw)
    try:
        code = uscc.parse(text)
    except uscc.MalformedUsccError as error:
        return Cell(refusal=f"{error}；请核对营业执照后改正")
    warning = uscc.check_digit_warning(code)
    return Cell(code, warning=f"{warning}；已按原代码读入，请核对营业执照" if warning else "")


def _text(raw: object) -> Cell:
    text = shown(raw)
    if not text.isprintable() or "  " in text:
        kept = "".join(c if c.isprintable() or c.isspace() else "" for c in text)
        text = re.sub(r"\s+", " ", kept)
    text = text.strip()
    if len(text) > LONGEST_TEXT:
        return Cell(refusal=f"文字有{len(text)}字，超过{LONGEST_TEXT}字；请检查是否串列")
    return Cell(text or None)


def _date(raw: object) -> Cell:
    if isinstance(raw, datetime.date):
        return _checked_date(_calendar_day(raw))
    text = re.sub(r"\s+", " ", _squeezed(shown(raw)))
    if text in _BLANK_DATES:
        return BLANK
    if text.isdecimal() and len(text) == 5:
        return _excel_serial(int(text))
    if found := _DIGITS_DATE.fullmatch(text):
        return _day(*map(int, found.groups()))
    found = _DATE.fullmatch(re.sub(r" ?([-/.年月日]) ?", r"\1", text))
    if not found or (found[2] == "年") != ("月" in text):
        return Cell(refusal="不是日期；请写成 2024-07-01 的样子")
    return _day(int(found[1]), int(found[3]), int(found[4]))


def _calendar_day(moment: datetime.date) -> datetime.date:
    if isinstance(moment, datetime.datetime):
        return (moment.astimezone(CHINA) if moment.tzinfo else moment).date()
    return moment


def _day(year: int, month: int, day: int) -> Cell:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return _year_out_of_range(year)
    try:
        return Cell(datetime.date(year, month, day))
    except ValueError:
        return Cell(refusal=f"没有{year}年{month}月{day}日这一天；请查对原始材料后改正")


def _checked_date(day: datetime.date) -> Cell:
    return _day(day.year, day.month, day.day)


def _excel_serial(serial: int) -> Cell:
    if serial not in EXCEL_SERIALS:
        return Cell(refusal="不是日期；请写成 2024-07-01 的样子")
    day = EXCEL_EPOCH + datetime.timedelta(days=serial)
    return Cell(day, warning=f"是电子表格的日期序号，已读作{day.isoformat()}；请核对，并把该列设为日期格式")


def _year_out_of_range(year: int) -> Cell:
    return Cell(refusal=f"年份{year}不在{FIRST_YEAR}至{LAST_YEAR}之间；请查对后改正")


def _month(raw: object) -> Cell:
    if isinstance(raw, datetime.date):
        return _first_day(_checked_date(_calendar_day(raw)))
    text = _compact(raw)
    found = _DIGITS_MONTH.fullmatch(text) or _MONTH.fullmatch(text)
    if found and ("年" in text) == ("月" in text):
        return _month_of(int(found[1]), int(found[2]))
    day = _date(raw)
    if day.refusal and "不是日期" in day.refusal:
        return Cell(refusal="不是年月；请写成 2025-07 的样子")
    return _first_day(day)


def _month_of(year: int, month: int) -> Cell:
    if not 1 <= month <= 12:
        return Cell(refusal=f"没有{month}月；请写成 2025-07 的样子")
    return _day(year, month, 1)


def _first_day(day: Cell) -> Cell:
    if isinstance(day.value, datetime.date):
        return Cell(day.value.replace(day=1), warning=day.warning)
    return day


def _year(raw: object) -> Cell:
    if isinstance(raw, datetime.date):
        return Cell(refusal="应当只填年份；请写成 2025 的样子")
    found = _YEAR.fullmatch(_compact(raw))
    if not found:
        return Cell(refusal="不是年份；请写成 2025 的样子")
    year = int(found[1])
    return Cell(year) if FIRST_YEAR <= year <= LAST_YEAR else _year_out_of_range(year)


def _int(raw: object) -> Cell:
    text = _compact(raw)
    if _NEGATIVE.fullmatch(text):
        return Cell(refusal="不能是负数；请查对后改正")
    found = None if isinstance(raw, bool | datetime.date) else _INT.fullmatch(text)
    if not found:
        return Cell(refusal="不是整数；请只填数字，如 3")
    number = int(found[1].replace(",", ""))
    return Cell(number) if number <= LARGEST_INT else Cell(refusal="数字过大；请检查是否串列")


def _money(raw: object, *, ten_thousands: bool) -> Cell:
    if isinstance(raw, bool | datetime.date):
        return Cell(refusal="不是金额；请把单元格设为数字，只填数额")
    if isinstance(raw, float) and abs(raw) > LARGEST_EXACT_FLOAT:
        return Cell(refusal="数字过大，电子表格存不准；请把该格设为文本后填写")
    text = _compact(_plain(raw) if isinstance(raw, float | Decimal) else raw)
    if _NEGATIVE.fullmatch(text):
        return Cell(refusal="金额不能是负数；退税请填在退库列，其他请查对后改正")
    found = _MONEY.fullmatch(text)
    if not found:
        return Cell(refusal="不是金额；请只填数字，如 12345.67，单位元")
    return _yuan(found, ten_thousands=ten_thousands)


def _plain(number: float | Decimal) -> str:
    """The shortest decimal that stands for the number, without exponent and without trailing zeros."""
    text = format(Decimal(repr(number)) if isinstance(number, float) else number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _yuan(found: re.Match[str], *, ten_thousands: bool) -> Cell:
    number = Decimal(found[1].replace(",", "") + (found[2] or ""))
    if found[3] in ("万元", "万") or (ten_thousands and not found[3]):
        number = number.scaleb(4)
    cents = number.quantize(Decimal("0.01")) if number <= LARGEST_MONEY else number
    if number > LARGEST_MONEY:
        return Cell(refusal="金额过大；请检查单位和是否串列")
    if cents != number:
        return Cell(refusal="金额多于两位小数；请按元、角、分填写")
    return Cell(cents)


def _bool(raw: object) -> Cell:
    text = _compact(raw).upper().removesuffix(".0")
    if text in _YES:
        return Cell(True)
    if text in _NO:
        return Cell(False)
    if text in _UNKNOWNS:
        return BLANK
    return Cell(warning="应填“是”或“否”；看不懂的一律按未知，请改正后补送")


def _code_parser(codes: Mapping[str, tuple[str, ...]]) -> Parser:
    known = {_compact(spelling).casefold(): key for key, spellings in codes.items() for spelling in (key, *spellings)}
    choices = "、".join(spellings[0] if spellings else key for key, spellings in codes.items())

    def parse(raw: object) -> Cell:
        key = known.get(_compact(raw).casefold())
        if key:
            return Cell(key)
        return Cell(warning=f"不在可填的值之内（{choices}）；按未知处理，请改正后补送")

    return parse


def _identity(raw: object) -> Cell:
    if isinstance(raw, float | int) and not isinstance(raw, bool):
        return Cell(warning="证件号码存成了数字，末几位已经丢失；按未知处理，请把该列设为文本后补送")
    number = _SEPARATORS.sub("", _compact(raw)).upper()
    if not _IDENTITY.fullmatch(number):
        return Cell(warning="不是18位居民身份证号码；按未知处理，请改正后补送")
    if _day(int(number[6:10]), int(number[10:12]), int(number[12:14])).refusal:
        return Cell(warning="证件号码里的出生日期不存在；按未知处理，请改正后补送")
    is_right = number[17] == identity_check_character(number[:17])
    return Cell(number, warning="" if is_right else "居民身份证号码校验位不符；已按原号码读入，请核对证件")


def identity_check_character(first17: str) -> str:
    """18th character of an identity number for the first 17 (GB 11643-1999)."""
    total = sum(int(digit) * weight for digit, weight in zip(first17, IDENTITY_WEIGHTS, strict=True))
    return "10X98765432"[total % 11]


def _phone(raw: object) -> Cell:
    number = _SEPARATORS.sub("", _compact(raw)).removeprefix("+86")
    if _PHONE.fullmatch(number):
        return Cell(number)
    return Cell(warning="不是手机号码，也不是带区号的固定电话；按未知处理，请改正后补送")


_PARSERS: dict[str, Parser] = {
    "uscc": _uscc,
    "text": _text,
    "date": _date,
    "month": _month,
    "year": _year,
    "int": _int,
    "bool": _bool,
    "identity": _identity,
    "phone": _phone,
}
