"""The title in force: whose it is, who looks after it, and how it ends, once and for good (附件三(五))."""

import datetime

from django.db import transaction

from jieti.accounts.models import Jurisdiction, User
from jieti.audit.actions import record
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.recognitions import title_telling
from jieti.recognitions.desk import ENDINGS, EXTENSIONS
from jieti.recognitions.models import Ending, Extension, Recognition, WatchFinding
from jieti.recognitions.models.recognitions import RecognitionQuerySet

CLAUSE = "附件三(五)"
DAY = datetime.timedelta(days=1)


def unended(jurisdiction: Jurisdiction) -> RecognitionQuerySet:
    """The titles of a jurisdiction that nothing has ended, with what belongs to them."""
    found = Recognition.objects.of(jurisdiction).unended()
    return found.select_related("business", "jurisdiction", "application__nomination__nominator").order_by("pk")


def demand_live(recognition: Recognition) -> None:
    """Raises Refusal for a title that is not in force today."""
    if not recognition.is_live(clock.today()):
        raise Refusal(
            "这一认定不在有效期内，不能办理。",
            what_to_do="请在认定页面查看有效期和终止情况；再次认定要重新申报或者推荐。",
        )


@transaction.atomic
def end_title(
    *, by: User | None, recognition: Recognition, kind: str, reason: str, number: str = "", path: str = ""
) -> Recognition:
    """Ends a title from today on, or from the day after its validity where that is over: what belongs to it ends too.

    `number` and `path` are the document's. Raises Refusal for a title that has ended: an end is not undone, and not
    written twice; only a new recognition gives a new title.
    """
    one = Recognition.objects.select_for_update(of=("self",)).get(pk=recognition.pk)
    if one.ended_on is not None:
        raise Refusal(
            f"这一认定已经终止（{one.get_end_kind_display()}，{one.ended_on}）。",
            what_to_do="终止不能更改；再次认定要重新申报或者推荐。",
        )
    one.ended_on, one.end_kind, one.end_reason = min(clock.today(), one.last_day + DAY), kind, reason
    one.end_number, one.end_path = number, path
    one.save(update_fields=["ended_on", "end_kind", "end_reason", "end_number", "end_path"])
    record(
        by=by,
        verb="recognitions.end",
        subject=f"recognition:{one.pk}",
        detail={"kind": kind, "number": number},
        clause=CLAUSE,
        after={"ended_on": str(one.ended_on), "end_kind": kind},
        jurisdiction=one.jurisdiction_id,
    )
    _close_what_is_open(one)
    told = {"kind": one.get_end_kind_display(), "reason": reason.rstrip("。")}
    title_telling.tell_owner(title_telling.ENDED, one, values=told)
    return one


def settle_findings(recognition: Recognition, *, by: User | None, settlement: str) -> None:
    """Nothing of what was found against the title waits any more."""
    open_ones = WatchFinding.objects.filter(recognition=recognition, settled_at=None)
    open_ones.update(settled_at=clock.now(), settled_by=by, settlement=settlement)


def _close_what_is_open(one: Recognition) -> None:
    why = f"认定已终止：{one.get_end_kind_display()}"
    for ending in Ending.objects.open().filter(recognition=one).exclude(state="decided"):
        ENDINGS.advance(ending, "end", by=None, version=ending.version, reason=why)
    step = "expire" if one.end_kind == Recognition.End.EXPIRED else "end"
    for extension in Extension.objects.open().filter(recognition=one):
        EXTENSIONS.advance(extension, step, by=None, version=extension.version, reason=why)
    settle_findings(one, by=None, settlement=why)
