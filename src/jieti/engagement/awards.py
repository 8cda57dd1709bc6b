"""The register of awards, and its delivery to the source from which the standards take their facts. 附件三(三)2."""

import csv
import datetime
import io
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from django.db import IntegrityError, transaction

from jieti.accounts.models import Jurisdiction, User
from jieti.accounts.perms import may_deliver, may_enter_awards
from jieti.audit.actions import record
from jieti.engagement.models import Award
from jieti.engagement.records import demand_past
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.registry.actions import receive_delivery
from jieti.registry.models import Business, Delivery
from jieti.rulebooks.catalogue import current_rulebook
from rulecore.model import Source

SOURCE = "awards"
CLAUSE = "附件三(三)2"
CODED = ("kind", "level", "body_kind", "recipient")
FIELDS = ("kind", "name", "level", "body", "body_kind", "recipient", "awarded_on", "ended_on")


@dataclass(frozen=True, slots=True)
class Honour:
    """What was awarded by whom; codes are those of the source `awards`."""

    kind: str
    name: str
    level: str
    body: str
    body_kind: str
    recipient: str
    awarded_on: datetime.date
    ended_on: datetime.date | None = None


def choices_of(jurisdiction: Jurisdiction) -> dict[str, dict[str, str]]:
    """The codes that an award may have, with their words: kind, level, body_kind, recipient.

    There are no codes where the rulebook has no table of awards, or its table no such column.
    """
    source = current_rulebook(jurisdiction).sources.get(SOURCE)
    columns = source.columns if source else {}
    codes = {key: columns[key].codes if key in columns else {} for key in CODED}
    return {key: {code: words[0] for code, words in listed.items()} for key, listed in codes.items()}


@transaction.atomic
def record_award(*, by: User, business: Business, honour: Honour) -> Award:
    """Enters an award. Raises Refusal for a day to come, an unknown code, and for one that is in the register."""
    _demand_enterer(by, business.jurisdiction)
    demand_past(honour.awarded_on)
    if honour.ended_on is not None and honour.ended_on < honour.awarded_on:
        raise Refusal("到期或者撤销日期早于授予日期。", what_to_do="请更正日期。")
    known = choices_of(business.jurisdiction)
    for key, words in known.items():
        if getattr(honour, key) not in words:
            raise Refusal("选择的代码不在本区规则里。", what_to_do="请从列出的选项中选择。")
    try:
        with transaction.atomic():
            award = Award.objects.create(
                jurisdiction=business.jurisdiction, business=business, added_by=by, **asdict(honour)
            )
    except IntegrityError as error:
        if "engagement_award_once" not in str(error):
            raise
        raise Refusal("这一奖项已经登记。", what_to_do="请在登记册里查看。") from None
    _record(by, "engagement.record_award", award)
    return award


@transaction.atomic
def end_award(*, by: User, award: Award, ended_on: datetime.date) -> Award:
    """Says when it expired or was taken back. Raises Refusal for a day before it was given or to come."""
    locked = Award.objects.select_for_update(of=("self",)).get(pk=award.pk)
    _demand_enterer(by, locked.jurisdiction)
    demand_past(ended_on)
    if ended_on < locked.awarded_on:
        raise Refusal("到期或者撤销日期早于授予日期。", what_to_do="请更正日期。")
    locked.ended_on = ended_on
    locked.save(update_fields=["ended_on"])
    _record(by, "engagement.end_award", locked)
    return locked


def deliver_awards(*, by: User, jurisdiction: Jurisdiction, is_whole: bool = False) -> Delivery:
    """Hands the register in to the source `awards`, where it is read, checked and confirmed as any delivery.

    As a supplement of what the departments sent; `is_whole`: in its place, which awards that have ended need, too.
    Raises Refusal for who may not deliver, and for an empty register.
    """
    if not may_deliver(by, jurisdiction):
        raise Refusal("您不能报送数据。", what_to_do="请由送数人员报送。")
    held = list(Award.objects.of(jurisdiction).select_related("business").order_by("pk"))
    if not held:
        raise Refusal("登记册里还没有奖项。", what_to_do="请先登记。")
    has_table = Delivery.objects.accepted().of(jurisdiction).filter(source_key=SOURCE).exists()
    mode = Delivery.Mode.FULL if is_whole or not has_table else Delivery.Mode.SUPPLEMENT
    table = io.BytesIO("".join(_lines(held, jurisdiction)).encode("utf-8"))
    delivery = receive_delivery(
        by=by,
        source_key=SOURCE,
        file=table,
        file_name=f"表彰和称号登记册{clock.today():%Y%m%d}.csv",
        as_of=clock.today(),
        mode=mode,
        jurisdiction=jurisdiction,
    )
    record(
        by=by,
        verb="engagement.deliver_awards",
        subject=f"delivery:{delivery.pk}",
        detail={"awards": len(held)},
        clause=CLAUSE,
        jurisdiction=jurisdiction.pk,
    )
    return delivery


def source_of_awards(jurisdiction: Jurisdiction) -> Source:
    """The source of the jurisdiction's rulebook. Raises Refusal where it has none."""
    found = current_rulebook(jurisdiction).sources.get(SOURCE)
    if found is None:
        raise Refusal("本区规则没有“表彰、命名和称号”这张表。", what_to_do="请管理员在规则的 facts.yaml 中补上。")
    return found


def _lines(held: Iterable[Award], jurisdiction: Jurisdiction) -> Iterable[str]:
    """The table as a department would send it: the columns' own headers, codes in words."""
    columns, words = source_of_awards(jurisdiction).columns, choices_of(jurisdiction)
    yield _line([columns["uscc"].header, *(columns[key].header for key in FIELDS)])
    for one in held:
        yield _line([one.business_id, *(_cell(getattr(one, key), words.get(key)) for key in FIELDS)])


def _cell(value: object, words: Mapping[str, str] | None) -> str:
    return "" if value is None else words[str(value)] if words else str(value)


def _line(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def _demand_enterer(by: User, jurisdiction: Jurisdiction) -> None:
    if not may_enter_awards(by, jurisdiction):
        raise Refusal("您不能登记奖项。", what_to_do="请由部门工作人员或者区市场监管局的审核人员登记。")


def _record(by: User, verb: str, award: Award) -> None:
    detail = {"business": award.business_id, "kind": award.kind}
    record(
        by=by, verb=verb, subject=f"award:{award.pk}", detail=detail, clause=CLAUSE, jurisdiction=award.jurisdiction_id
    )
