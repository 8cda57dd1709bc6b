"""推荐 by a department: only with the proprietor's consent beforehand, to the bureau of its own level (附件三(二)2)."""

from pathlib import Path

from django.conf import settings
from django.db import IntegrityError, transaction

from jieti.accounts.models import (
    CITY_REGULATOR,
    DISTRICT_REGULATOR,
    Jurisdiction,
    Organisation,
    OrganisationKind,
    Role,
    User,
)
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.kit.evidence import JPEG, PDF, PNG, WEBP, Kept
from jieti.kit.protection import decrypting_reader
from jieti.recognitions import telling
from jieti.recognitions.campaigns import NOMINATION, campaign_for
from jieti.recognitions.desk import NOMINATIONS
from jieti.recognitions.filing import open_case
from jieti.recognitions.models import Application, Campaign, Nomination
from jieti.recognitions.screening import refusal_of, screen
from jieti.registry.mandates import proprietors_of
from jieti.registry.models import Business

SIGNS = {PDF: b"%PDF-", JPEG: b"\xff\xd8\xff", PNG: b"\x89PNG", WEBP: b"WEBP"}
CONSENTS = "recognitions/consents"
"""Where signed scans are kept, below settings.DATA_DIR."""


@transaction.atomic
def draft(
    *,
    by: User,
    nominator: Organisation,
    business: Business,
    category: str,
    opinion: str,
    campaign: Campaign | None = None,
) -> Nomination:
    """A department's officer begins to nominate a business of the campaign's district; `opinion` says why.

    Raises Refusal outside the phase, for a department of another level or district, for a business of another
    district or one that certainly may not be nominated, and while the department has one open for it.
    """
    chosen = campaign or campaign_for(business.jurisdiction, NOMINATION)
    _demand_same_level(nominator, chosen)
    _demand_district(business, chosen)
    found = screen(business, path=Application.Path.NOMINATION)
    if found.excluded:
        raise refusal_of(found)
    one = Nomination(
        campaign=chosen,
        business=business,
        nominator=nominator,
        category=category,
        opinion=opinion.strip(),
        owner=nominator.key,
        year=chosen.year,
    )
    try:
        with transaction.atomic():
            return NOMINATIONS.open(one, "draft", by=by, reason=opinion)
    except IntegrityError as error:
        if "recognitions_nomination_one_open" not in str(error):
            raise
        raise Refusal("贵单位对这一个体工商户的推荐正在办理。", what_to_do="请在“部门推荐”里继续办理。") from None


@transaction.atomic
def ask_consent(*, by: User, nomination: Nomination, version: int) -> Nomination:
    """Asks the proprietor in the application. Raises Refusal where the proprietor has no account here."""
    if not proprietors_of(nomination.business):
        raise Refusal("经营者还没有绑定本平台的账号。", what_to_do="请上传经营者签字的同意书。")
    done = NOMINATIONS.advance(nomination, "ask_consent", by=by, version=version)
    telling.tell_asked(done)
    return done


@transaction.atomic
def consent(*, by: User, nomination: Nomination, version: int) -> Nomination:
    """The proprietor agrees to be nominated."""
    done = NOMINATIONS.advance(
        nomination,
        "consent",
        by=by,
        version=version,
        consent=Nomination.Consent.IN_APP.value,
        consented_by=by,
        consented_at=clock.now(),
    )
    telling.tell_nominator(done, answer="同意")
    return done


@transaction.atomic
def record_consent(*, by: User, nomination: Nomination, version: int, scan: Kept, note: str) -> Nomination:
    """The department keeps a scan of what the proprietor signed; `note` says when and before whom."""
    return NOMINATIONS.advance(
        nomination,
        "record_consent",
        by=by,
        version=version,
        reason=note,
        consent=Nomination.Consent.SIGNED_SCAN.value,
        consented_at=clock.now(),
        consent_path=scan.stored_as,
    )


@transaction.atomic
def refuse_consent(*, by: User, nomination: Nomination, version: int) -> Nomination:
    """The proprietor does not want to be nominated; the nomination ends."""
    done = NOMINATIONS.advance(nomination, "refuse_consent", by=by, version=version)
    telling.tell_nominator(done, answer="不同意")
    return done


@transaction.atomic
def revoke_consent(*, by: User, nomination: Nomination, version: int) -> Nomination:
    """The proprietor takes the consent back before the nomination is submitted."""
    done = NOMINATIONS.advance(nomination, "revoke_consent", by=by, version=version)
    telling.tell_nominator(done, answer="撤回同意")
    return done


def stop_asking(*, by: User, nomination: Nomination, version: int) -> Nomination:
    """No answer came in time: back to the draft."""
    return NOMINATIONS.advance(nomination, "stop_asking", by=by, version=version)


def return_draft(*, by: User, nomination: Nomination, version: int, reason: str) -> Nomination:
    """The department's second officer wants it changed."""
    return NOMINATIONS.advance(nomination, "return_draft", by=by, version=version, reason=reason)


@transaction.atomic
def submit(*, by: User, nomination: Nomination, version: int, reason: str) -> Application:
    """The department's second officer nominates: the nomination closes, and an application on that path opens.

    Raises Refusal without recorded consent, outside the phase, for a business that may not be nominated now, and
    while an application of it is open.
    """
    found = screen(nomination.business, path=Application.Path.NOMINATION)
    if found.excluded:
        raise refusal_of(found)
    done = NOMINATIONS.advance(nomination, "submit", by=by, version=version, reason=reason)
    opened = Application(
        campaign=done.campaign,
        business=done.business,
        path=Application.Path.NOMINATION,
        nomination=done,
        preferred_category=done.category,
        introduction=done.opinion,
        owner=DISTRICT_REGULATOR,
        year=done.year,
        screening=found.as_json(),
    )
    opened = open_case(opened, "receive_nomination", by=by, reason=reason)
    telling.tell_officers(opened, role=Role.INTAKE_CLERK, task="决定是否受理部门推荐")
    return opened


def consent_kind(nomination: Nomination) -> str:
    """What kind of file the signed consent is, as `kit.evidence` names it."""
    with decrypting_reader(Path(settings.DATA_DIR) / nomination.consent_path) as file:
        start = file.read(12)
    return next(kind for kind, sign in SIGNS.items() if sign in start)


def withdraw(*, by: User, nomination: Nomination, version: int, reason: str) -> Nomination:
    """The department takes it back before it is submitted."""
    return NOMINATIONS.advance(nomination, "withdraw", by=by, version=version, reason=reason)


def lapse(*, nomination: Nomination) -> Nomination:
    """The calendar closes one that was not submitted while the phase was open."""
    return NOMINATIONS.advance(nomination, "lapse", by=None, version=nomination.version)


def _demand_same_level(nominator: Organisation, campaign: Campaign) -> None:
    """City departments nominate to the city's bureau, district ones to their own district's."""
    of_city = (
        nominator.kind == OrganisationKind.CITY_DEPARTMENT or nominator.jurisdiction.level == Jurisdiction.Level.CITY
    )
    to_city = campaign.jurisdiction.level == Jurisdiction.Level.CITY
    if of_city != to_city:
        other = "市" if of_city else "区"
        raise Refusal(
            f"{nominator}不能向{campaign.jurisdiction}的市场监管部门推荐：推荐由同级部门提出（附件三(二)2）。",
            what_to_do=f"请向{other}市场监管局推荐。",
        )
    if nominator.jurisdiction_id != campaign.jurisdiction_id:
        raise Refusal(f"{nominator}不是{campaign.jurisdiction}的部门。", what_to_do="请向本区的市场监管局推荐。")
    if nominator.key in {DISTRICT_REGULATOR, CITY_REGULATOR}:
        raise Refusal("组织推荐的市场监管部门自己不作推荐。", what_to_do="请由行业主管部门推荐，或者由经营者自主申报。")


def _demand_district(business: Business, campaign: Campaign) -> None:
    """Of the campaign's district or, in the city's, of one of its districts."""
    home = business.jurisdiction
    if campaign.jurisdiction_id not in {home.pk, home.parent_id if campaign.jurisdiction_id != home.pk else None}:
        raise Refusal(
            f"登记在{home}的个体工商户不能在{campaign.jurisdiction}推荐（附件三）。",
            what_to_do=f"请向{home}的市场监管部门推荐。",
        )
