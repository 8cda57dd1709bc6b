"""公示 of those to be recognised, what the public objects, and what is found of it. 正文三(二), AMB-18."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Max, QuerySet

from jieti.accounts.models import User
from jieti.accounts.perms import may_accept_applications
from jieti.audit.actions import record
from jieti.domain.deadlines import Deadline
from jieti.domain.working_days import WorkingDays
from jieti.kit import clock
from jieti.kit.advance import notices_with_us
from jieti.kit.cases import reannounce
from jieti.kit.errors import Refusal
from jieti.recognitions import selection_telling
from jieti.recognitions.desk import APPLICATIONS
from jieti.recognitions.models import Application, ApplicationStep, Campaign, NoticeObjection, PublicNotice
from jieti.rulebooks.catalogue import limit_of

CLAUSE = "正文三(二)"
LIMIT = "public_notice"
PROPOSING = ("propose", "choose")
Finding = NoticeObjection.Finding


def period_of(campaign: Campaign) -> Deadline:
    """The days of a notice that is published today: today is not counted (民法典 201)."""
    limit = limit_of(campaign.jurisdiction, LIMIT)
    return notices_with_us().deadline(clock.today(), limit.length)


@transaction.atomic
def publish_notice(*, by: User, campaign: Campaign, applications: Sequence[Application]) -> PublicNotice:
    """Puts proposed applications before the public, from today; `applications` as the page showed them.

    Raises Refusal for an empty list and for one of another campaign, and what `Desk.advance` raises for each.
    """
    if not applications:
        raise Refusal("没有选择要公示的个体工商户。", what_to_do="请勾选拟认定的申报。")
    if any(one.campaign_id != campaign.pk for one in applications):
        raise Refusal("有不属于本年度的申报。", what_to_do="请刷新页面后重新选择。")
    for one in sorted(applications, key=lambda one: one.pk):
        APPLICATIONS.advance(one, "give_notice", by=by, version=one.version)
    locked = Campaign.objects.select_for_update(no_key=True, of=("self",)).get(pk=campaign.pk)
    number = (locked.notices.aggregate(last=Max("number"))["last"] or 0) + 1
    period = period_of(locked)
    notice = PublicNotice.objects.create(
        campaign=locked,
        number=number,
        opens_on=clock.today(),
        closes_on=period.latest,
        is_provisional=period.provisional,
        published_by=by,
    )
    notice.applications.set(applications)
    detail = {"notice": notice.pk, "count": len(applications), "until": str(period.latest)}
    _record(by, "recognitions.publish_notice", notice, detail)
    for one in notice.applications.select_related("business", "campaign__jurisdiction", "applicant"):
        selection_telling.tell_applicant(one, result=f"拟认定，正在公示，到{period.text}")
    return notice


@transaction.atomic
def raise_objection(
    *, by: User | None, notice: PublicNotice, application: Application, name: str, contact: str, statement: str
) -> NoticeObjection:
    """Anybody objects, with name and contact, from the first to the last day of the notice.

    Raises Refusal outside these days, for an application that is not in the notice, and without name, contact or
    words.
    """
    locked = PublicNotice.objects.select_for_update(of=("self",)).select_related("campaign__jurisdiction").get(
        pk=notice.pk
    )  # fmt: skip
    if not locked.opens_on <= clock.today() <= locked.closes_on:
        raise Refusal(
            f"公示期（{locked.opens_on} 至 {locked.closes_on}）已过。",
            what_to_do="可以直接向区市场监管局反映；认定以后仍可以举报，查实的依规取消或者撤销认定。",
        )
    if not locked.applications.filter(pk=application.pk).exists():
        raise Refusal("这一户不在本次公示中。", what_to_do="请在公示页面选择要提出异议的个体工商户。")
    if not (name.strip() and contact.strip() and statement.strip()):
        raise Refusal("没有写全姓名、联系方式和异议内容。", what_to_do="请写全后提交，以便核实和答复。")
    made = NoticeObjection.objects.create(
        notice=locked,
        application=application,
        name=name.strip(),
        contact=contact.strip(),
        statement=statement.strip(),
    )
    _record(by, "recognitions.raise_notice_objection", locked, {"objection": made.pk, "application": application.pk})
    selection_telling.tell_of_objection(made)
    return made


@transaction.atomic
def answer_objection(*, by: User, objection: NoticeObjection, finding: str, answer: str) -> NoticeObjection:
    """Records what was found of an objection and why; before the decision, never by who proposed the title.

    Raises Refusal for somebody who may not, for one that is handled, and without an answer.
    """
    one = NoticeObjection.objects.select_for_update(of=("self",)).select_related("notice__campaign").get(
        pk=objection.pk
    )  # fmt: skip
    if not may_accept_applications(by, one.notice.campaign.jurisdiction):
        raise Refusal("您不能处理公示异议。", what_to_do="请由本局受理、审核人员核实处理。")
    if ApplicationStep.objects.filter(case=one.application, step__in=PROPOSING, by=by).exists():
        raise Refusal("这一户是您提出拟认定的。", what_to_do="请由另一位工作人员核实异议。")
    if one.finding:
        raise Refusal("这件异议已经处理过。", what_to_do="请刷新页面，看清现在的情况。")
    if finding not in Finding.values or not answer.strip():
        raise Refusal("没有写明处理结果和说明。", what_to_do="请选择是否成立，并写明核实的情况和依据。")
    one.finding, one.answer, one.handled_by, one.handled_at = finding, answer.strip(), by, clock.now()
    one.save(update_fields=["finding", "answer", "handled_by", "handled_at"])
    _record(by, "recognitions.answer_notice_objection", one.notice, {"objection": one.pk, "finding": finding})
    return one


@transaction.atomic
def close_notice(*, by: User, notice: PublicNotice) -> PublicNotice:
    """Ends a notice whose last day is over, for all that still stand in it: without objections on to the decision,
    with objections to hearing them. Raises what `Desk.advance` raises.
    """
    waiting = notice.applications.filter(state="noticed").select_related("campaign__jurisdiction", "business")
    for one in waiting.order_by("pk"):
        if one.notice_objections.exists():
            reason = "公示期间收到异议，逐件核实处理"
            APPLICATIONS.advance(one, "hear_objections", by=by, version=one.version, reason=reason)
        else:
            done = APPLICATIONS.advance(one, "end_notice", by=by, version=one.version)
            selection_telling.tell_deciders(done, task="作出认定决定")
    return notice


@transaction.atomic
def dismiss_objections(*, by: User, application: Application, version: int, reason: str) -> Application:
    """Goes on to the decision: none of the objections holds."""
    done = APPLICATIONS.advance(application, "dismiss_objections", by=by, version=version, reason=reason)
    selection_telling.tell_deciders(done, task="作出认定决定")
    return done


@transaction.atomic
def uphold_objection(*, by: User, application: Application, version: int, reason: str) -> Application:
    """Ends the application, because an objection holds; the applicant is told why."""
    done = APPLICATIONS.advance(application, "uphold_objection", by=by, version=version, reason=reason)
    selection_telling.tell_applicant(
        done, result="公示异议成立，不予认定", reason=f"理由：{reason.strip().rstrip('。')}。"
    )
    return done


@transaction.atomic
def settle_provisional(campaigns: QuerySet[Campaign]) -> int:
    """Sets the last days that waited for a holiday notice, in notices and cases alike; how many notices changed."""
    days = WorkingDays.load()
    reannounce(Application.objects.filter(campaign__in=campaigns), days)
    changed = 0
    for one in PublicNotice.objects.filter(campaign__in=campaigns, is_provisional=True).select_for_update(of=("self",)):
        limit = limit_of(one.campaign.jurisdiction, LIMIT)
        due = days.deadline(one.opens_on, limit.length)
        if (due.latest, due.provisional) != (one.closes_on, True):
            one.closes_on, one.is_provisional = due.latest, due.provisional
            one.save(update_fields=["closes_on", "is_provisional"])
            changed += 1
    return changed


def _record(by: User | None, verb: str, notice: PublicNotice, detail: dict[str, object]) -> None:
    record(
        by=by,
        verb=verb,
        subject=f"notice:{notice.pk}",
        detail=detail,
        clause=CLAUSE,
        jurisdiction=notice.campaign.jurisdiction_id,
    )
