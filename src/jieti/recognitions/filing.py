"""What the applicant does: a draft kept while it is written, evidence, the submission, answers, the way back.

附件三(二)2. Drafts stay as they are when the phase closes; the calendar lapses them (`lapse`).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from django.conf import settings
from django.db import IntegrityError, transaction

from jieti.accounts.models import DISTRICT_REGULATOR, Role, User
from jieti.audit.actions import record
from jieti.determinations.fact_texts import text_of, value_of
from jieti.domain.terms import Category
from jieti.kit.errors import Refusal
from jieti.kit.evidence import MOST_FILES, Kept, forget
from jieti.recognitions import telling
from jieti.recognitions.campaigns import APPLICATION, campaign_for
from jieti.recognitions.desk import APPLICATIONS
from jieti.recognitions.models import Application, Attachment, Campaign
from jieti.recognitions.screening import fact_of, refusal_of, screen
from jieti.registry.mandates import acts_for, on_behalf
from jieti.registry.models import Business

CLAUSE = "附件三(二)2"
FOLDER = "recognitions/evidence"
"""Where evidence is kept, below settings.DATA_DIR."""
SUPPLYING = "waiting_for_evidence"
LONGEST = 1_000
ONE_OPEN = "recognitions_application_one_open"


@transaction.atomic
def start(*, by: User, business: Business, campaign: Campaign | None = None) -> Application:
    """Begins a draft in the open campaign; what was written in an earlier one that lapsed is in it again.

    Raises Refusal for somebody who may not speak for the business, in another district, outside the phase, for a
    business that certainly may not apply (with the clauses), and while an application of it is open.
    """
    _demand_speaker(by, business)
    chosen = campaign or campaign_for(business.jurisdiction, APPLICATION)
    _demand_district(business, chosen)
    found = screen(business, path=Application.Path.SELF)
    if found.excluded:
        raise refusal_of(found)
    draft = Application(
        campaign=chosen,
        business=business,
        path=Application.Path.SELF,
        applicant=by,
        owner=DISTRICT_REGULATOR,
        year=chosen.year,
        screening=found.as_json(),
        **_kept_words(business),
    )
    return open_case(draft, "draft", by=by, on_behalf_of=on_behalf(by, business))


@transaction.atomic
def save_draft(
    *,
    by: User,
    application: Application,
    preferred_category: str | None = None,
    introduction: str | None = None,
    answers: Mapping[str, str] | None = None,
) -> Application:
    """Keeps what was written so far; None leaves a part as it is. It works after the phase has closed as well.

    ``answers`` are values of facts that no feed supplies, by key, as kept. Raises Refusal where it is no draft any
    more, and for a category or a value that there is not.
    """
    locked = _locked_draft(by, application)
    if preferred_category is not None:
        locked.preferred_category = _category(preferred_category)
    if introduction is not None:
        locked.introduction = introduction.strip()[:LONGEST]
    if answers is not None:
        facts = {key: fact_of(locked.business, key) for key in answers}
        locked.answers = {key: text_of(facts[key], value_of(facts[key], text)) for key, text in answers.items() if text}
    locked.save(update_fields=["preferred_category", "introduction", "answers"])
    _record(by, "recognitions.save_draft", locked, {})
    return locked


@transaction.atomic
def attach(*, by: User, application: Application, evidence: Sequence[Kept], criterion: str = "") -> list[Attachment]:
    """Adds files, for one criterion (`renowned.known_trademark`) or the whole; the same file twice is one.

    Raises Refusal for more files than ten, and where the application takes none now.
    """
    locked = _locked(by, application)
    if locked.state not in {"draft", SUPPLYING}:
        raise Refusal("现在不能添加材料。", what_to_do="审核人员要求补充材料时可以添加。")
    return _attach(by, locked, evidence, criterion)


@transaction.atomic
def detach(*, by: User, application: Application, attachment: Attachment) -> None:
    """Takes a file out of the draft again. Raises Refusal once it is submitted."""
    locked = _locked_draft(by, application)
    one = locked.attachments.filter(pk=attachment.pk).first()
    if one is None:
        return
    place = one.stored_as
    one.delete()
    transaction.on_commit(lambda: forget(place))
    _record(by, "recognitions.detach", locked, {})


@transaction.atomic
def submit(*, by: User, application: Application, version: int) -> Application:
    """Hands the draft in. Raises Refusal outside the phase, for a business that may not apply, an unfinished form."""
    found = screen(application.business, path=Application.Path.SELF)
    if found.excluded:
        raise refusal_of(found)
    behalf = on_behalf(by, application.business)
    done = APPLICATIONS.advance(
        application, "submit", by=by, version=version, on_behalf_of=behalf, screening=found.as_json()
    )
    telling.tell_officers(done, role=Role.INTAKE_CLERK, task="决定是否受理")
    return done


@transaction.atomic
def supply_evidence(
    *, by: User, application: Application, version: int, statement: str, evidence: Sequence[Kept] = ()
) -> Application:
    """Answers a request for evidence; the clock that it stopped runs on. Raises Refusal for an answer of nothing."""
    if not statement.strip() and not evidence:
        raise Refusal("没有填写说明，也没有选择文件。", what_to_do="请写明情况，或者选择要补充的材料。")
    behalf = on_behalf(by, application.business)
    done = APPLICATIONS.advance(
        application, "supply_evidence", by=by, version=version, reason=statement.strip(), on_behalf_of=behalf
    )
    _attach(by, done, evidence, "")
    telling.tell_officers(done, role=Role.REVIEWER, task="申报人已经补充材料，继续审核")
    return done


@transaction.atomic
def withdraw(*, by: User, application: Application, version: int) -> Application:
    """Takes the application back, up to the decision. Raises what `Desk.advance` raises."""
    behalf, was_draft = on_behalf(by, application.business), application.state == "draft"
    done = APPLICATIONS.advance(application, "withdraw", by=by, version=version, on_behalf_of=behalf)
    if not was_draft:
        telling.tell_officers(done, role=Role.REVIEWER, task="", kind=telling.WITHDRAWN)
    return done


@transaction.atomic
def lapse(*, application: Application) -> Application:
    """The calendar closes a draft whose phase is over; what was written stays readable, and comes into the next one."""
    done = APPLICATIONS.advance(application, "lapse", by=None, version=application.version)
    telling.tell_applicant(telling.LAPSED, done)
    return done


def open_case(case: Application, step: str, *, by: User, reason: str = "", on_behalf_of: str = "") -> Application:
    """Opens an application; of two of one business that come together the database lets one through."""
    try:
        with transaction.atomic():
            return APPLICATIONS.open(case, step, by=by, reason=reason, on_behalf_of=on_behalf_of)
    except IntegrityError as error:
        if ONE_OPEN not in str(error):
            raise
        raise Refusal(
            "这一个体工商户已经有一件申报或者推荐在办（附件三(四)）。",
            what_to_do="请在“名特优新申报”里查看进度；要重新申报的，先撤回在办的一件。",
        ) from None


def _kept_words(business: Business) -> dict[str, object]:
    """What was written in the newest draft that lapsed."""
    last = Application.objects.filter(business=business, state="lapsed").order_by("-pk").first()
    if last is None:
        return {}
    return {
        "preferred_category": last.preferred_category,
        "introduction": last.introduction,
        "answers": last.answers,
    }


def _demand_speaker(by: User, business: Business) -> None:
    if not acts_for(by, business):
        raise Refusal(
            "只有经营者本人或者受托人可以申报。", what_to_do="请由经营者本人登录后办理，或者由经营者授权代理。"
        )


def _demand_district(business: Business, campaign: Campaign) -> None:
    if business.jurisdiction_id != campaign.jurisdiction_id:
        raise Refusal(
            f"登记在{business.jurisdiction}的个体工商户不能在{campaign.jurisdiction}申报（附件三）。",
            what_to_do=f"请向{business.jurisdiction}的市场监管部门申报。",
        )


def _category(key: str) -> str:
    if key and key not in {one.value for one in Category}:
        raise Refusal("没有这一类别。", what_to_do="请选择知名、特色、优质、新兴中的一类。")
    return key


def _locked(by: User, application: Application) -> Application:
    _demand_speaker(by, application.business)
    return (
        Application.objects.select_for_update(of=("self",))
        .select_related("business", "campaign")
        .get(pk=application.pk)
    )


def _locked_draft(by: User, application: Application) -> Application:
    locked = _locked(by, application)
    if locked.state != "draft":
        raise Refusal("申报已经提交或者结束，不能再改。", what_to_do="需要更正的，可以撤回后重新申报。")
    return locked


def _attach(by: User, application: Application, evidence: Sequence[Kept], criterion: str) -> list[Attachment]:
    held = set(application.attachments.values_list("sha256", flat=True))
    fresh = {one.sha256: one for one in evidence if one.sha256 not in held}
    if len(held) + len(fresh) > MOST_FILES:
        raise Refusal(f"材料超过{MOST_FILES}个文件。", what_to_do="请合并成一个PDF，或者只提交最能说明问题的。")
    if any(not (Path(settings.DATA_DIR) / one.stored_as).exists() for one in fresh.values()):
        raise Refusal("选择的文件搁置太久，已经清除。", what_to_do="请重新选择材料后提交。")
    made = Attachment.objects.bulk_create(
        Attachment(
            application=application,
            criterion=criterion,
            name=one.name,
            kind=one.kind,
            size=one.size,
            sha256=one.sha256,
            stored_as=one.stored_as,
            uploaded_by=by,
        )
        for one in fresh.values()
    )
    if made:
        _record(by, "recognitions.attach", application, {"files": len(made), "criterion": criterion})
    return made


def _record(by: User, verb: str, application: Application, detail: Mapping[str, object]) -> None:
    record(
        by=by,
        verb=verb,
        subject=f"application:{application.pk}",
        detail=detail,
        clause=CLAUSE,
        on_behalf_of=on_behalf(by, application.business),
        jurisdiction=application.jurisdiction_code,
    )
