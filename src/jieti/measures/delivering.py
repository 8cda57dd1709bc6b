"""What departments did: receipts for measures that reached a business, one by one or as a table."""

import datetime
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

from django.db import transaction
from python_calamine import CalamineError, CalamineWorkbook

from jieti.accounts.models import DISTRICT_REGULATOR, TOWN_KINDS, Jurisdiction, Organisation, User
from jieti.audit.actions import record
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.measures.conditions import rule_of
from jieti.measures.matching import reasons_of
from jieti.measures.models import TOWNSHIPS, Measure, MeasureVersion, ReachEvent, ReceiptTable, Standing, holds
from jieti.registry.models import Business
from jieti.registry.workbooks import parts_of, refuse_unsafe
from jieti.rulebooks.catalogue import current_rulebook

CLAUSE = "正文二(三)6"
CODE, DAY, NUMBER, OUTCOME, NOTE = HEADERS = ("统一社会信用代码", "落实日期", "回执编号", "结果", "说明")
"""The columns of a table of receipts."""
DONE, STUCK = "已落实", "受阻"
MOST_ROWS = 50_000
LONGEST = {NUMBER: 60, NOTE: 300}
Kind = ReachEvent.Kind


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a department says it did, or could not do (`is_stuck`), at one business."""

    uscc: str
    on: datetime.date
    document_number: str
    note: str = ""
    is_stuck: bool = False


@dataclass(frozen=True, slots=True)
class RefusedReceipt:
    """A row of the table that was not taken, and why; `number` is the row of the sheet."""

    number: int
    cells: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a table: how many receipts were taken, and the rows that were not."""

    taken: int
    refused: tuple[RefusedReceipt, ...]


@transaction.atomic
def record_receipt(*, by: User, organisation: Organisation, measure: Measure, receipt: Receipt) -> ReachEvent:
    """Records that a measure reached a business. Raises Refusal with the reason where that cannot be so."""
    taken = _record(by, organisation, measure, [(1, (), receipt)])
    if taken.refused:
        raise Refusal(taken.refused[0].reason, what_to_do="请核对这一户和回执；确实落实了的，请先更正数据或者条件。")
    return ReachEvent.objects.filter(measure=measure, business_id=receipt.uscc).latest("pk")


@transaction.atomic
def take_table(
    *, by: User, organisation: Organisation, measure: Measure, file: IO[bytes], file_name: str
) -> ReceiptTable:
    """Records the receipts of an XLSX table, and keeps which of its rows came back and why.

    Raises Refusal for a file that is no such table.
    """
    found = record_receipts(by=by, organisation=organisation, measure=measure, file=file)
    return ReceiptTable.objects.create(
        measure=measure,
        organisation=organisation,
        file_name=file_name[-255:],
        taken=found.taken,
        refused=[[one.number, list(one.cells), one.reason] for one in found.refused],
        by=by,
    )


@transaction.atomic
def record_receipts(*, by: User, organisation: Organisation, measure: Measure, file: IO[bytes]) -> Taken:
    """The same for every row of an XLSX table; rows that cannot be taken come back with their reasons.

    Raises Refusal for a file that is no such table.
    """
    good: list[tuple[int, tuple[str, ...], Receipt]] = []
    bad: list[RefusedReceipt] = []
    for number, cells, row in _rows(file):
        try:
            good.append((number, cells, _receipt(row)))
        except Refusal as refused:
            bad.append(RefusedReceipt(number, cells, refused.message))
    taken = _record(by, organisation, measure, good)
    return Taken(taken.taken, tuple(sorted((*bad, *taken.refused), key=lambda one: one.number)))


def _record(
    by: User, organisation: Organisation, measure: Measure, rows: Sequence[tuple[int, tuple[str, ...], Receipt]]
) -> Taken:
    version = _demand_own(organisation, measure)
    judge = _Judge(measure, version, [receipt.uscc for _, _, receipt in rows])
    events: list[ReachEvent] = []
    refused: list[RefusedReceipt] = []
    for number, cells, receipt in rows:
        reason = judge.against(receipt)
        if reason:
            refused.append(RefusedReceipt(number, cells, reason))
        else:
            events.append(_event(by, organisation, measure, version, receipt))
    ReachEvent.objects.bulk_create(events, batch_size=1000)
    if events:
        detail = {"measure": measure.key, "taken": len(events), "refused": len(refused)}
        subject = f"measure:{measure.pk}"
        record(by=by, verb="measures.deliver", subject=subject, detail=detail, clause=CLAUSE)
    return Taken(len(events), tuple(refused))


def _demand_own(organisation: Organisation, measure: Measure) -> MeasureVersion:
    version = MeasureVersion.objects.in_force(clock.today()).filter(measure=measure).first()
    if version is None or measure.retired_on is not None:
        raise Refusal(f"“{measure}”现在没有施行。", what_to_do="只能登记现行措施的落实情况。")
    if not answers_for(organisation, measure):
        raise Refusal(f"“{measure}”由{measure.department}落实。", what_to_do="请由负责的单位登记。")
    return version


def answers_for(organisation: Organisation, measure: Measure) -> bool:
    """Whether it leads or shares the measure; for bodies named only collectively the district's regulator stands in."""
    keys = {key for key in (measure.lead, *measure.co) if key}
    known = set(Organisation.objects.filter(jurisdiction=measure.jurisdiction).values_list("key", flat=True))
    is_collective = bool(keys - known)
    in_town = TOWNSHIPS in keys and organisation.kind in TOWN_KINDS
    return organisation.key in keys or in_town or (is_collective and organisation.key == DISTRICT_REGULATOR)


class _Judge:
    """Says what speaks against a receipt, having read what it needs of all of them at once."""

    def __init__(self, measure: Measure, version: MeasureVersion, usccs: Collection[str]) -> None:
        self._measure, self._version = measure, version
        home = measure.jurisdiction
        standings = Standing.objects.of(home).select_related("signature").filter(pk__in=usccs)
        self._standings = {one.pk: one for one in standings}
        self._known = set(Business.objects.filter(jurisdiction=home, pk__in=usccs).values_list("pk", flat=True))
        self._words = _last_words(measure, usccs)
        used = ReachEvent.objects.used().filter(measure=measure, business__in=usccs)
        self._used = set(used.values_list("business_id", "document_number"))
        self._why = self._reasons(home)

    def against(self, receipt: Receipt) -> str:
        """The reason why the receipt is refused; empty where it is taken."""
        uscc = receipt.uscc
        if uscc not in self._known:
            return f"名册里没有{uscc}这一户。"
        if uscc in self._why:
            return self._why[uscc]
        if self._words.get(uscc) == Kind.DECLINED:
            return "经营者已经谢绝这项措施。"
        if self._version.goes_by_itself and self._words.get(uscc) != Kind.CONFIRMED:
            return "经营者还没有确认这项免申即享的措施。"
        if receipt.on > clock.today():
            return f"落实日期{receipt.on}在今天之后。"
        if self._version.starts_on and receipt.on < self._version.starts_on:
            return f"落实日期{receipt.on}早于措施的施行日期{self._version.starts_on}。"
        if not receipt.is_stuck and (uscc, receipt.document_number) in self._used:
            return f"回执{receipt.document_number}已经登记过。"
        if not receipt.is_stuck:
            self._used.add((uscc, receipt.document_number))
        return ""

    def _reasons(self, home: Jurisdiction) -> dict[str, str]:
        """Those that do not match, each with the demand that speaks against it."""
        number = self._measure.number
        others = [
            uscc
            for uscc in self._known
            if uscc not in self._standings or not holds(self._standings[uscc].signature.matched, number)
        ]
        if not others:
            return {}
        rule = rule_of(current_rulebook(home), self._version, number)
        found = reasons_of(home, others, [rule])
        return {
            uscc: f"{'待数据，还不能判断是否符合' if why[number].outcome is None else '不符合'}：{why[number].text}"
            for uscc, why in found.items()
        }


def _last_words(measure: Measure, usccs: Collection[str]) -> Mapping[str, str]:
    said = ReachEvent.objects.filter(
        measure=measure, business__in=usccs, kind__in=(Kind.CONFIRMED, Kind.DECLINED)
    ).order_by("pk")
    return dict(said.values_list("business_id", "kind"))


def _event(
    by: User, organisation: Organisation, measure: Measure, version: MeasureVersion, receipt: Receipt
) -> ReachEvent:
    return ReachEvent(
        measure=measure,
        business_id=receipt.uscc,
        kind=Kind.BLOCKED if receipt.is_stuck else Kind.USED,
        on=receipt.on,
        version=version.version,
        reason=receipt.note,
        document_number=receipt.document_number,
        organisation=organisation,
        by=by,
    )


def _rows(file: IO[bytes]) -> Iterator[tuple[int, tuple[str, ...], dict[str, Any]]]:
    """The rows below the headers, with their number in the sheet."""
    what_to_do = f"请下载本页的模板填写，首行是：{'、'.join(HEADERS)}。"
    try:
        refuse_unsafe(file, parts_of(file))
        file.seek(0)
        sheet: list[list[Any]] = CalamineWorkbook.from_filelike(file).get_sheet_by_index(0).to_python()
    except (CalamineError, OSError, ValueError) as error:
        raise Refusal("文件不是能打开的XLSX表格。", what_to_do=what_to_do) from error
    headers = [str(cell).strip() for cell in sheet[0]] if sheet else []
    missing = [header for header in (CODE, DAY, NUMBER) if header not in headers]
    if missing:
        raise Refusal(f"表格缺少这些列：{'、'.join(missing)}。", what_to_do=what_to_do)
    if len(sheet) - 1 > MOST_ROWS:
        raise Refusal(f"一次最多{MOST_ROWS}行。", what_to_do="请分成几个文件。")
    for number, cells in enumerate(sheet[1:], 2):
        if any(str(cell).strip() for cell in cells):
            yield number, tuple(_text(cell) for cell in cells), dict(zip(headers, cells, strict=False))


def _receipt(row: Mapping[str, Any]) -> Receipt:
    uscc, number, note = (_text(row.get(header, "")) for header in (CODE, NUMBER, NOTE))
    outcome = _text(row.get(OUTCOME, "")) or DONE
    if outcome not in (DONE, STUCK):
        raise Refusal(f"结果“{outcome}”不认识，只能是“{DONE}”或者“{STUCK}”。")
    is_stuck = outcome == STUCK
    for header, value, is_needed in ((CODE, uscc, True), (NUMBER, number, not is_stuck), (NOTE, note, is_stuck)):
        if is_needed and not value:
            raise Refusal(f"没有填“{header}”。")
        if len(value) > LONGEST.get(header, 18):
            raise Refusal(f"“{header}”太长。")
    return Receipt(uscc.upper(), _day(row.get(DAY, "")), number, note, is_stuck)


def _day(cell: object) -> datetime.date:
    if isinstance(cell, datetime.datetime):
        return cell.date()
    if isinstance(cell, datetime.date):
        return cell
    try:
        return datetime.date.fromisoformat(_text(cell).replace("/", "-").replace(".", "-"))
    except ValueError:
        raise Refusal(f"落实日期“{_text(cell)}”不是日期，应如2026-07-01。") from None


def _text(cell: object) -> str:
    """A cell as text; a whole number without its point."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
