"""What must be true before an application or a nomination moves on from the draft to the review's end."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from jieti.domain.terms import Category
from jieti.kit.errors import Refusal
from jieti.recognitions.campaigns import APPLICATION, NOMINATION, demand_open
from jieti.recognitions.models import Application, Nomination
from jieti.recognitions.screening import (
    ELIGIBILITY,
    ELIGIBLE,
    EXCEPTED,
    RELAXED,
    Screening,
    refusal_of,
    screen_application,
)

Data = Mapping[str, object]


def _may_draft(case: Application, data: Data) -> None:
    demand_open(case.campaign, APPLICATION)
    _demand_screened(case, data)


def _may_submit(case: Application, data: Data) -> None:
    """The form is whole, the phase is open, and the screening of today does not exclude the business."""
    demand_open(case.campaign, APPLICATION)
    if not case.preferred_category:
        raise Refusal("没有选择意向类别。", what_to_do="请回到第1步，选择知名、特色、优质、新兴中的一类。")
    if not case.introduction.strip():
        raise Refusal("没有填写经营特色。", what_to_do="请回到第2步，用几句话写明有什么特色。")
    _demand_screened(case, data)


def _may_receive(case: Application, data: Data) -> None:
    """A nomination that was submitted with consent, of this business."""
    demand_open(case.campaign, NOMINATION)
    nomination = case.nomination
    if nomination is None or nomination.business_id != case.business_id or nomination.state != "submitted":
        raise Refusal("这件推荐还没有正式提交。", what_to_do="请先征得经营者同意并正式推荐。")
    _demand_consented(nomination)
    _demand_screened(case, data)


def _may_accept(case: Application, _: Data) -> None:
    found = screen_application(case)
    if found.excluded:
        refusal = refusal_of(found)
        raise Refusal(refusal.message, what_to_do="请办理“不予受理”，写明上面的条款。")


def _may_pass_to_visit(case: Application, _: Data) -> None:
    found = _certainly_eligible(case)
    if not found.possible:
        raise Refusal("四类条件都不满足。", what_to_do="请核对各项判断；确实不符合的，办理“审核不通过”。")


def _may_pass(case: Application, _: Data) -> None:
    found = _certainly_eligible(case)
    if not found.met:
        raise Refusal("还没有哪一类的条件确定满足。", what_to_do="请先对需要人工判断的条件作出判断，写明依据和说明。")


def _certainly_eligible(case: Application) -> Screening:
    """Nothing about the eligibility may be open any more: what a reviewer must write is named."""
    found = screen_application(case)
    if found.excluded:
        refusal = refusal_of(found)
        raise Refusal(refusal.message, what_to_do="请办理“审核不通过”，写明上面的条款。")
    if found.eligibility.tier == ELIGIBLE:
        return found
    if found.value(RELAXED) is None and found.value("founder_group_verified") is True:
        raise Refusal("放宽分类来源要有审核人员写明的理由。", what_to_do="请先填写“放宽分类来源的理由”。")
    if found.value(EXCEPTED) is None and found.value("revoked_recently") is True:
        raise Refusal("撤销认定未满5年，推荐要有书面说明的理由。", what_to_do="请先填写“禁止期内受理推荐的理由”。")
    missing = "；".join(found.eligibility.missing)
    raise Refusal(f"还不能确定符合基础标准：{missing}。", what_to_do="请等数据送到，或者核实后判断这些事实。")


def _demand_screened(case: Application, data: Data) -> None:
    """The screening that the step writes (`filing`, `nominating`) leaves room for eligibility (附件三(三)1)."""
    screening = cast("Mapping[str, Any]", data.get("screening", case.screening))
    if not screening:
        raise TypeError("the step comes with a screening")
    if ELIGIBLE not in screening["standards"][ELIGIBILITY]["possible"]:
        raise Refusal("不符合申报、推荐的基础标准（附件三(三)1）。", what_to_do="请查看“能不能申报”里逐条的依据。")


def _demand_consented(case: Nomination) -> None:
    """正文三(二)，附件三(二)2: the consent is there, and was there before."""
    if not case.consent or case.consented_at is None:
        raise Refusal("还没有记录经营者本人的同意。", what_to_do="请先在网上征求同意，或者上传签字的同意书。")


def _may_draft_nomination(case: Nomination, _: Data) -> None:
    demand_open(case.campaign, NOMINATION)
    if case.category not in {one.value for one in Category}:
        raise Refusal("没有选择推荐类别。", what_to_do="请选择知名、特色、优质、新兴中的一类。")


def _may_submit_nomination(case: Nomination, _: Data) -> None:
    demand_open(case.campaign, NOMINATION)
    _demand_consented(case)


INTAKE_GUARDS: Mapping[str, Callable[[Application, Mapping[str, object]], None]] = {
    "draft": _may_draft,
    "submit": _may_submit,
    "receive_nomination": _may_receive,
    "accept": _may_accept,
    "pass_to_visit": _may_pass_to_visit,
    "pass_review": _may_pass,
}
NOMINATION_GUARDS: Mapping[str, Callable[[Nomination, Mapping[str, object]], None]] = {
    "draft": _may_draft_nomination,
    "submit": _may_submit_nomination,
}
