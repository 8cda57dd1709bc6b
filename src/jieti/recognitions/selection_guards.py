"""What must be true before a visit counts, a choice is made, a notice ends, and a title is given."""

from collections.abc import Callable, Mapping

from jieti.domain.terms import Category
from jieti.domain.workflows.table import parts_of
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.recognitions import places
from jieti.recognitions.models import Application, NoticeObjection, PublicNotice, Ranking, Recognition
from jieti.recognitions.screening import screen_application
from jieti.rulebooks.catalogue import current_rulebook

VISIT, NOTICE = "site_visit", "public_notice"
Finding = NoticeObjection.Finding


def needs(case: Application, part: str) -> bool:
    """Whether the rulebook holds this part on the application's path and it may not be left out."""
    procedure = current_rulebook(case.campaign.jurisdiction).procedure
    return part in parts_of(procedure, path=case.path).needed


def newest_ranking(case: Application) -> Ranking | None:
    """The campaign's last ranking; only it decides."""
    return Ranking.objects.filter(campaign=case.campaign_id).order_by("-made_at", "-pk").first()


def notice_of(case: Application) -> PublicNotice | None:
    """The notice in which the application stands."""
    return PublicNotice.objects.filter(applications=case.pk).order_by("-pk").first()


def _visit_sent(case: Application, _data: Mapping[str, object]) -> None:
    if not case.visits.filter(sent_at__isnull=False).exists():
        raise Refusal("还没有走访记录。", what_to_do="请走访人员在手机上填好走访表并提交。")


def _proposed(case: Application, data: Mapping[str, object]) -> None:
    """Without a ranking only while everybody who passed the review has a place."""
    _category_met(case, data)
    if places.must_compare(case.campaign):
        raise Refusal(
            f"审核通过的多于可认定的名额（{places.free(case.campaign)}个），必须比选（附件三(三)2）。",
            what_to_do="请把审核完成的申报都转入比选，评分、排序以后再择优。",
        )


def _chosen(case: Application, data: Mapping[str, object]) -> None:
    _category_met(case, data)
    if not _row_of(case)["chosen"]:
        raise Refusal(
            "比选结果中没有入选。", what_to_do="请按最近一次比选的名次办理；未入选的由审批人员办理“比选未入选”。"
        )
    if places.free(case.campaign) == 0:
        raise Refusal("已经没有名额。", what_to_do="请等空出名额，或者重新排序。")


def _not_chosen(case: Application, _data: Mapping[str, object]) -> None:
    if _row_of(case)["chosen"]:
        raise Refusal("比选结果中已经入选。", what_to_do="请由审核人员办理“比选择优，拟认定”。")


def _row_of(case: Application) -> Mapping[str, object]:
    ranking = newest_ranking(case)
    row = next((one for one in ranking.rows if one["application"] == case.pk), None) if ranking else None
    if row is None:
        raise Refusal("这件申报还没有排出名次。", what_to_do="请先评分、排序；排序以后新转入的，要重新排序。")
    return dict(row)


def _category_decided(case: Application, data: Mapping[str, object]) -> None:
    if not (data.get("decided_category") or case.decided_category):
        raise Refusal("没有确定类别。", what_to_do="请从符合条件的类别中确定一类，并写明理由。")
    if not str(data.get("category_reason") or case.category_reason).strip():
        raise Refusal("没有写明确定类别的理由。", what_to_do="请写明为什么认定为这一类。")


def _category_met(case: Application, data: Mapping[str, object]) -> None:
    """One category, among those of which a criterion is certainly met (附件三(三)2, AMB-25)."""
    _category_decided(case, data)
    met = screen_application(case).met
    if (data.get("decided_category") or case.decided_category) not in met:
        labels = "、".join(Category(key).label for key in met) or "没有"
        raise Refusal(
            f"这一类的条件没有一项符合。现在符合条件的类别：{labels}。",
            what_to_do="请从符合条件的类别中确定一类；还没有判断的条件，请先由审核人员判断。",
        )


def _no_objection(case: Application, _data: Mapping[str, object]) -> None:
    if case.notice_objections.exists():
        raise Refusal("公示期间收到过异议。", what_to_do="请办理“公示期满，处理异议”，逐件核实并记录。")


def _some_objection(case: Application, _data: Mapping[str, object]) -> None:
    if not case.notice_objections.exists():
        raise Refusal("公示期间没有收到异议。", what_to_do="请办理“公示期满无异议”。")


def _all_handled(case: Application) -> None:
    waiting = case.notice_objections.filter(finding="").count()
    if waiting:
        raise Refusal(f"还有{waiting}件公示异议没有处理。", what_to_do="请先逐件核实，记录处理结果和说明。")


def _all_dismissed(case: Application, _data: Mapping[str, object]) -> None:
    _all_handled(case)
    if case.notice_objections.filter(finding=Finding.UPHELD).exists():
        raise Refusal("有成立的异议。", what_to_do="请办理“异议成立，不予认定”。")


def _one_upheld(case: Application, _data: Mapping[str, object]) -> None:
    _all_handled(case)
    if not case.notice_objections.filter(finding=Finding.UPHELD).exists():
        raise Refusal("没有成立的异议。", what_to_do="请办理“异议均不成立”。")


def _ready(case: Application, data: Mapping[str, object]) -> None:
    """No title without a visit, a notice that is over, and every objection dismissed (附件三(二)2, 正文三(二))."""
    _category_decided(case, data)
    if needs(case, VISIT):
        _visit_sent(case, data)
    if needs(case, NOTICE):
        _notice_over(case)
    _all_dismissed(case, data)
    places.demand_place(case.campaign)


def _notice_over(case: Application) -> None:
    notice = notice_of(case)
    if notice is None or clock.today() <= notice.closes_on:
        until = f"（到{notice.closes_on}）" if notice else ""
        raise Refusal(f"公示没有期满{until}。", what_to_do="请在公示期满、异议处理完以后再决定。")


def _published(case: Application, _data: Mapping[str, object]) -> None:
    if not Recognition.objects.filter(application=case, published_at__isnull=False).exists():
        raise Refusal(
            "认定结果还没有标注公示。", what_to_do="请先在“认定决定”里标注公示（附件三(一)），再转入有效期管理。"
        )


SELECTION_GUARDS: Mapping[str, Callable[[Application, Mapping[str, object]], None]] = {
    "record_visit": _visit_sent,
    "propose": _proposed,
    "choose": _chosen,
    "not_choose": _not_chosen,
    "end_notice": _no_objection,
    "hear_objections": _some_objection,
    "dismiss_objections": _all_dismissed,
    "uphold_objection": _one_upheld,
    "recognise": _ready,
    "take_effect": _published,
    "take_effect_unreported": _published,
}
