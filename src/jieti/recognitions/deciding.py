"""认定: the decision itself, in one transaction with its place under the ceiling, its numbers and its document.

附件三(二)2, (四), (五).
"""

from collections.abc import Mapping, Sequence
from datetime import date

from django.db import IntegrityError, transaction

from jieti.accounts.models import User
from jieti.accounts.perms import may_decide_recognitions
from jieti.audit.actions import record
from jieti.determinations.models import Result
from jieti.domain.milestones import milestone
from jieti.domain.periods import last_day_of_validity
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.recognitions import selection_telling
from jieti.recognitions.desk import APPLICATIONS, home_of
from jieti.recognitions.documents import DECISION, RECOGNITION, next_number, write_decision
from jieti.recognitions.models import Application, Recognition
from jieti.recognitions.selection_guards import needs
from jieti.rulebooks.catalogue import procedure_of

CLAUSE = "附件三(二)2"
PUBLISH_CLAUSE = "附件三(一)"
ONE_LIVE = "recognitions_recognition_one_live"


@transaction.atomic
def recognise(*, by: User, application: Application, version: int, reason: str) -> Recognition:
    """Gives the title: a place under the ceiling, number, validity, decision document; all of it or nothing.

    Raises Refusal without a visit or a notice that is over where the path requires them, while an objection is not
    dismissed, over the ceiling, for a business that holds a title, and what `Desk.advance` raises.
    """
    done = APPLICATIONS.advance(application, "recognise", by=by, version=version, reason=reason)
    title = _title(done)
    _save(title)
    written = write_decision(title, number=next_number(title.jurisdiction, DECISION, title.year), reason=reason)
    title.document_number, title.document_path, title.document_docx_path = written.number, written.pdf, written.docx
    title.save(update_fields=["document_number", "document_path", "document_docx_path"])
    detail = {"number": title.number, "category": title.category, "document": written.number}
    _record(by, "recognitions.give_title", title, detail)
    said = f"认定为“{title.get_category_display()}”类，编号{title.number}"
    selection_telling.tell_applicant(done, result=said, reason="决定书和证书可以在我的页面查看、下载。")
    selection_telling.tell_reviewers(done, task="标注公示" + ("并报市市场监管局" if needs(done, "city_report") else ""))
    return title


@transaction.atomic
def decline(*, by: User, application: Application, version: int, reason: str) -> Application:
    """Decides not to give the title; the applicant is told why."""
    done = APPLICATIONS.advance(application, "decline", by=by, version=version, reason=reason)
    selection_telling.tell_applicant(done, result="不予认定", reason=f"理由：{reason.strip().rstrip('。')}。")
    return done


@transaction.atomic
def publish_titles(*, by: User, recognitions: Sequence[Recognition]) -> list[Recognition]:
    """Writes down that these titles are marked and published under the businesses' names. 附件三(一).b.

    Those published before stay as they are. Raises Refusal for somebody who may not decide, and for an empty list.
    """
    if not recognitions:
        raise Refusal("没有选择要标注公示的认定。", what_to_do="请勾选还没有标注公示的认定。")
    wanted = Recognition.objects.filter(pk__in=[one.pk for one in recognitions]).select_related("jurisdiction")
    found = []
    for one in wanted.select_for_update(of=("self",)).order_by("pk"):
        if not may_decide_recognitions(by, one.jurisdiction):
            raise Refusal("您不能标注公示。", what_to_do="请由审批人员办理。")
        if one.published_at is None:
            one.published_at = clock.now()
            one.save(update_fields=["published_at"])
            _record(by, "recognitions.publish_title", one, {"number": one.number})
        found.append(one)
    return found


@transaction.atomic
def take_effect(*, by: User, application: Application, version: int) -> Application:
    """Hands a published title over to the years of its validity, and closes the application."""
    step = "take_effect" if application.state == "reported" else "take_effect_unreported"
    return APPLICATIONS.advance(application, step, by=by, version=version)


def benefits_from(application: Application) -> date:
    """1 January of the year after, as the rulebook's phase has it. 附件三(二)1.b."""
    return milestone(procedure_of(home_of(application)), "benefits", application.year).last_day


def _title(case: Application) -> Recognition:
    campaign, today = case.campaign, clock.today()
    validity = procedure_of(campaign.jurisdiction)["validity"]
    result = Result.objects.published().latest_for(case.business_id)
    return Recognition(
        jurisdiction=campaign.jurisdiction,
        business=case.business,
        application=case,
        category=case.decided_category,
        path=case.path,
        number=next_number(campaign.jurisdiction, RECOGNITION, campaign.year),
        year=campaign.year,
        recognised_on=today,
        last_day=last_day_of_validity(today, years=validity["years"], period=validity["period"]),
        benefits_from=benefits_from(case),
        tier_at_recognition=(result.tier if result else None) or "",
        base=campaign.base,
        ceiling=campaign.ceiling,
        receipt=campaign.receipt,
    )


def _save(title: Recognition) -> None:
    """The database lets a business have one title."""
    try:
        with transaction.atomic():
            title.save()
    except IntegrityError as error:
        if ONE_LIVE not in str(error):
            raise
        raise Refusal(
            "这一户已有在有效期内的认定，不能再认定（附件三(四)）。", what_to_do="请决定不予认定，并写明理由。"
        ) from None


def _record(by: User, verb: str, title: Recognition, detail: Mapping[str, object]) -> None:
    clause = PUBLISH_CLAUSE if verb.endswith("publish_title") else CLAUSE
    record(
        by=by,
        verb=verb,
        subject=f"recognition:{title.pk}",
        detail=detail,
        clause=clause,
        jurisdiction=title.jurisdiction_id,
    )
