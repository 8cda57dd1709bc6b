"""What must be true before a title is lengthened or ended."""

import datetime
from collections.abc import Callable, Mapping

from jieti.domain.periods import add_months
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.recognitions.models import Application, Ending, Extension, Recognition
from jieti.rulebooks.catalogue import current_rulebook

EXTEND = "extend"
"""The outcome of the extension standard by which a title is lengthened."""


def _demand_live(recognition: Recognition) -> None:
    now = Recognition.objects.get(pk=recognition.pk)
    if not now.is_live(clock.today()):
        raise Refusal("这一认定不在有效期内。", what_to_do="请在认定页面查看有效期和终止情况。")


def _demand_right_kind(ending: Ending, _: Mapping[str, object]) -> None:
    """撤销 is for fraud in a self-application alone; everything else is 取消 (附件三(五), AMB-21)."""
    _demand_live(ending.recognition)
    is_revocation = ending.kind == Ending.Kind.REVOCATION
    if is_revocation and ending.recognition.path != Application.Path.SELF:
        raise Refusal(
            "部门推荐认定的不适用撤销。",
            what_to_do="撤销只用于自主申报中弄虚作假的；其他不再符合条件的，请办理取消认定。",
        )


def _demand_in_force(ending: Ending, _: Mapping[str, object]) -> None:
    _demand_live(ending.recognition)


def _demand_last_year(extension: Extension, _: Mapping[str, object]) -> None:
    _demand_live(extension.recognition)
    opens = evaluation_opens(extension.recognition)
    if clock.today() < opens:
        raise Refusal(f"到期评估自{opens}起进行。", what_to_do="请在有效期最后一年内办理。")


def _demand_judged(extension: Extension, data: Mapping[str, object]) -> None:
    if not (data.get("screening") or extension.screening):
        raise Refusal("还没有按延期条件比对。", what_to_do="请先填写增长情况的判断，再提出评估意见。")


def _demand_met(extension: Extension, _: Mapping[str, object]) -> None:
    _demand_live(extension.recognition)
    if extension.screening.get("outcome") != EXTEND:
        raise Refusal(
            "比对结果没有满足延期的任何一项条件，不能决定延期。",
            what_to_do="请决定不予延期；认为判断有误的，请退回重新评估。",
        )


def _demand_recommender(extension: Extension, _: Mapping[str, object]) -> None:
    if extension.recognition.path != Application.Path.NOMINATION:
        raise Refusal("自主申报认定的没有推荐部门。", what_to_do="请按其他延期条件评估。")


def evaluation_opens(recognition: Recognition) -> datetime.date:
    """The first day of the evaluation: so many months before the last day as the rulebook says (附件三(五).f)."""
    validity = current_rulebook(recognition.jurisdiction).procedure.get("validity", {})
    return add_months(recognition.last_day, -int(validity.get("evaluation_months_before", 12)))


ENDING_GUARDS: Mapping[str, Callable[[Ending, Mapping[str, object]], None]] = {
    "open": _demand_right_kind,
    "open_by_watch": _demand_right_kind,
    "decide": _demand_in_force,
}
EXTENSION_GUARDS: Mapping[str, Callable[[Extension, Mapping[str, object]], None]] = {
    "open": _demand_last_year,
    "open_by_calendar": _demand_last_year,
    "ask_recommender": _demand_recommender,
    "conclude": _demand_judged,
    "extend": _demand_met,
}
