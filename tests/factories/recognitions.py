"""Recognitions as plain rows that satisfy the database, for tests of what comes after; no action is called."""

import datetime
from collections.abc import Mapping
from itertools import count
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings

from jieti.accounts.models import Jurisdiction, Organisation, OrganisationKind, Role, User
from jieti.determinations.models import Result, Run
from jieti.domain.periods import last_day_of_validity
from jieti.domain.quota import Quota
from jieti.domain.terms import RegistrationStatus
from jieti.kit import clock
from jieti.recognitions.models import Application, Campaign, Nomination, Recognition
from jieti.registry.models import Business, Delivery
from jieti.rulebooks.catalogue import current_rulebook
from jieti.rulebooks.models import AnnualNorm, RulebookVersion
from rulecore.source import source_schema
from tests.factories.accounts import make_district, make_jurisdiction, make_officer, make_organisation, make_user
from tests.factories.tables import code

TIERS = {"ineligible": 5, "survival": 300, "growth": 800, "development": 239, "pending": 0}
"""By default the base of the quota is 1,039 businesses, its ceiling 51."""
FACTORS = [{"key": "quality", "label": "质量和信誉", "weight": 100, "most": 10}]
RECEIPT = "ab" * 32
_numbers = count(900_000)


def person(username: str) -> User:
    """The account of that name, made when it is first asked for."""
    return User.objects.filter(username=username).first() or make_user(username)


def officer(role: Role, *, username: str = "", jurisdiction: Jurisdiction | None = None) -> User:
    """An officer of the district regulator, made when first asked for."""
    name = username or f"recognition-{role.value}"
    found = User.objects.filter(username=name).first()
    return found or make_officer(make_district(jurisdiction), role, username=name)


def make_business(*, uscc: str = "", jurisdiction: Jurisdiction | None = None, **changes: object) -> Business:
    """A business of the register, by default the next one that no test's table holds."""
    home = jurisdiction or make_jurisdiction()
    number = next(_numbers)
    values: dict[str, object] = {
        "uscc": uscc or code(number),
        "jurisdiction": home,
        "name": f"怀柔雁栖老张农家院{number}号",
        "registration_status": RegistrationStatus.ACTIVE,
        "established_on": datetime.date(2001, 5, 20),
        "proprietor": "张秀英",
        "address": "官地村6号",
        "town": "雁栖镇",
        "industry": "6190",
        "delivery": _delivery(home),
    }
    return Business.objects.create(**(values | changes))


def make_published_run(
    *, year: int | None = None, jurisdiction: Jurisdiction | None = None, tiers: Mapping[str, int] = TIERS
) -> Run:
    """A year's published main run with these counts by tier, without a result of anybody."""
    home, of = jurisdiction or make_jurisdiction(), year or clock.today().year
    found = Run.objects.main_of(home.rulebook, of)
    return found or _run(home, of, tiers)


def make_result(business: Business, tier: str = "growth", *, year: int | None = None) -> Result:
    """What the year's published run found of a business."""
    run = make_published_run(year=year, jurisdiction=business.jurisdiction)
    return Result.objects.create(run=run, uscc=business.pk, tier=tier, possible=[tier], true_bits=0, unknown_bits=0)


def make_table(
    source_key: str,
    *rows: Mapping[str, object],
    as_of: datetime.date | None = None,
    jurisdiction: Jurisdiction | None = None,
) -> Delivery:
    """An accepted delivery of a source whose clean table holds just these rows; without rows an empty table."""
    home, number = jurisdiction or make_jurisdiction(), next(_numbers)
    source = current_rulebook(home).sources[source_key]
    place = Path(settings.DATA_DIR) / "clean" / f"{source_key}-{number}.parquet"
    place.parent.mkdir(exist_ok=True)
    pq.write_table(pa.Table.from_pylist([dict(row) for row in rows], source_schema(source)), place)
    now = clock.now()
    return Delivery.objects.create(
        jurisdiction=home,
        source_key=source_key,
        file_name=f"{source_key}.csv",
        sha256=f"{number:064x}",
        stored_as=f"deliveries/{number}",
        as_of=as_of or clock.today(),
        received_at=now,
        received_by=officer(Role.INTAKE_CLERK, jurisdiction=home),
        status=Delivery.Status.ACCEPTED,
        clean_path=str(place.relative_to(settings.DATA_DIR)),
        known_at=now,
    )


def make_full_tables(**tables: Mapping[str, object]) -> None:
    """Every source of the recognition's standards delivered, empty but for one row of those that are named."""
    rulebook = current_rulebook(make_jurisdiction())
    standards = ("eligibility", "renowned", "distinctive", "quality", "emerging")
    sources = {
        key for standard in standards for key, one in rulebook.sources_of(standard).items() if one.rows == "many"
    }
    for key in sorted(sources - {"published_tiers", "recognitions"}):
        make_table(key, *([tables[key]] if key in tables else []))


def make_campaign(
    *, year: int | None = None, jurisdiction: Jurisdiction | None = None, run: Run | None = None, **changes: object
) -> Campaign:
    """The year's campaign, made once; by default open from 11 August to 30 November."""
    home, of = jurisdiction or make_jurisdiction(), year or clock.today().year
    found = Campaign.objects.filter(jurisdiction=home, year=of).first()
    if found is not None:
        return found
    base_run = run or make_published_run(year=of, jurisdiction=home)
    quota = Quota.of(current_rulebook(home).procedure)
    assert quota is not None, "the rulebook has a quota"
    base = quota.base_count(base_run.counts["tiers"])
    values: dict[str, object] = {
        "jurisdiction": home,
        "year": of,
        "run": base_run,
        "receipt": base_run.merkle_root,
        "base": base,
        "ceiling": quota.ceiling(base),
        "opens_on": datetime.date(of, 8, 11),
        "closes_on": datetime.date(of, 11, 30),
        "factors": FACTORS,
        "tie_rule": "先比申报时间，并写明理由",
        "opened_by": officer(Role.APPROVER, jurisdiction=home),
    }
    return Campaign.objects.create(**(values | changes))


def make_nomination(
    *,
    business: Business | None = None,
    campaign: Campaign | None = None,
    nominator: Organisation | None = None,
    category: str = "distinctive",
    state: str = "submitted",
    **changes: object,
) -> Nomination:
    """A department's nomination, by default submitted with the proprietor's consent."""
    shop = business or make_business()
    one = campaign or make_campaign(jurisdiction=shop.jurisdiction)
    made = nominator or make_organisation(
        "culture_tourism_bureau", "区文化和旅游局", OrganisationKind.DEPARTMENT, one.jurisdiction
    )
    values: dict[str, object] = {
        "campaign": one,
        "business": shop,
        "nominator": made,
        "category": category,
        "opinion": "经营有特色，游客评价好",
        "owner": made.key,
        "year": one.year,
    }
    if state in {"consented", "submitted"}:
        consent = {"consent": Nomination.Consent.IN_APP, "consented_by": person("recognition-proprietor")}
        values |= consent | {"consented_at": clock.now()}
    is_open = state in {"drafted", "asking_consent", "consented"}
    return Nomination.objects.create(**(values | _case(one, state, is_open=is_open) | changes))


def make_application(
    *,
    business: Business | None = None,
    campaign: Campaign | None = None,
    path: str = Application.Path.SELF,
    state: str = "submitted",
    category: str = "distinctive",
    is_open: bool = True,
    **changes: object,
) -> Application:
    """An application in a state that no step has led to; closed ones say `is_open=False`."""
    shop = business or make_business()
    one = campaign or make_campaign(jurisdiction=shop.jurisdiction)
    values: dict[str, object] = {
        "campaign": one,
        "business": shop,
        "path": path,
        "preferred_category": category,
        "introduction": "三代人经营的虹鳟鱼农家院",
        "owner": make_district(one.jurisdiction).key,
        "year": one.year,
    }
    if path == Application.Path.NOMINATION:
        nomination = changes.pop("nomination", None)
        values["nomination"] = nomination or make_nomination(business=shop, campaign=one, category=category)
    else:
        values["applicant"] = person("recognition-proprietor")
    return Application.objects.create(**(values | _case(one, state, is_open=is_open) | changes))


def make_recognition(
    *,
    business: Business | None = None,
    category: str = "distinctive",
    path: str = Application.Path.SELF,
    recognised_on: datetime.date | None = None,
    **changes: object,
) -> Recognition:
    """A title given on that day, with the application and the campaign it came from; by default live."""
    shop, day = business or make_business(), recognised_on or clock.today()
    campaign = make_campaign(jurisdiction=shop.jurisdiction, year=day.year)
    application = make_application(
        business=shop,
        campaign=campaign,
        path=path,
        state="in_force",
        category=category,
        is_open=False,
        closed_on=day,
        decided_category=category,
        category_reason="与经营特色最相符",
    )
    values: dict[str, object] = {
        "jurisdiction": campaign.jurisdiction,
        "business": shop,
        "application": application,
        "category": category,
        "path": path,
        "number": f"怀名特优新〔{day.year}〕{next(_numbers)}号",
        "year": day.year,
        "recognised_on": day,
        "last_day": last_day_of_validity(day, years=3),
        "benefits_from": datetime.date(day.year + 1, 1, 1),
        "tier_at_recognition": "growth",
        "base": campaign.base,
        "ceiling": campaign.ceiling,
        "receipt": campaign.receipt,
    }
    return Recognition.objects.create(**(values | changes))


def _case(campaign: Campaign, state: str, *, is_open: bool) -> dict[str, object]:
    due = campaign.closes_on if is_open else None
    return {
        "state": state,
        "version": 1,
        "opened_on": campaign.opens_on,
        "closed_on": None if is_open else campaign.closes_on,
        "due_earliest": due,
        "due_latest": due,
        "deadline_clause": "附件三(二)1" if is_open else "",
    }


def _delivery(home: Jurisdiction) -> Delivery:
    """The delivery from which made-up businesses come, one for each district; its table is not kept."""
    found = Delivery.objects.filter(jurisdiction=home, file_name="recognitions.csv").first()
    if found is not None:
        return found
    now = clock.now()
    return Delivery.objects.create(
        jurisdiction=home,
        source_key="made_up",
        file_name="recognitions.csv",
        sha256="cd" * 32,
        stored_as="deliveries/recognitions.csv",
        as_of=clock.today(),
        received_at=now,
        received_by=officer(Role.INTAKE_CLERK, jurisdiction=home),
        status=Delivery.Status.ACCEPTED,
        clean_path="clean/recognitions.parquet",
        known_at=now,
    )


def _run(home: Jurisdiction, year: int, tiers: Mapping[str, int]) -> Run:
    now, rulebook = clock.now(), current_rulebook(home)
    starter = officer(Role.REVIEWER, jurisdiction=home)
    publisher = officer(Role.APPROVER, jurisdiction=home)
    version, _ = RulebookVersion.objects.get_or_create(
        sha256=rulebook.sha256,
        defaults={"key": rulebook.key, "edition": rulebook.edition, "title": rulebook.title},
    )
    norm = AnnualNorm.objects.filter(rulebook_key=home.rulebook, year=year, approved_at__isnull=False).first()
    return Run.objects.create(
        year=year,
        basis_date=datetime.date(year, 7, 1),
        rulebook_key=home.rulebook,
        rulebook=version,
        norm=norm or _norm(home, year, starter, publisher),
        status=Run.Status.PUBLISHED,
        progress=100,
        counts={"tiers": dict(tiers), "businesses": sum(tiers.values())},
        facts_path=f"runs/made-up-{year}/facts.parquet",
        results_path=f"runs/made-up-{year}/results.parquet",
        merkle_root=RECEIPT,
        started_by=starter,
        started_at=now,
        finished_at=now,
        published_by=publisher,
        published_at=now,
    )


def _norm(home: Jurisdiction, year: int, proposer: User, approver: User) -> AnnualNorm:
    return AnnualNorm.objects.create(
        rulebook_key=home.rulebook,
        year=year,
        values={"growth_turnover": "300000", "growth_tax_paid": "5000", "development_turnover": "3000000"},
        document_number="样例〔1〕号",
        is_sample=True,
        proposed_by=proposer,
        approved_by=approver,
        approved_at=clock.now(),
    )
