"""A district of many businesses without the way there: register, results, titles and tables as plain rows."""

import datetime
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings

from jieti.accounts.models import Jurisdiction, Organisation, OrganisationKind, Role, User
from jieti.determinations.models import Result
from jieti.kit import clock
from jieti.measures.actions import load_measures
from jieti.measures.authoring import Draft, draft, publish, submit
from jieti.measures.models import Measure
from jieti.registry.models import Business, Proprietorship
from tests.factories.accounts import make_jurisdiction, make_organisation, make_user
from tests.factories.recognitions import make_business, make_published_run, make_recognition, make_table, officer
from tests.kept_worlds import kept_world

TIERS = ("survival", "growth", "development", "ineligible")
STATES = ("active", "active", "active", "active", "deregistered", "licence_revoked", None)
CATEGORIES = ("renowned", "distinctive", "quality", "emerging")
TOWNS = ("雁栖镇", "渤海镇", "泉河街道")
LABOUR = "human_resources_bureau"


@kept_world
def load() -> Jurisdiction:
    """The document's 75 measures, loaded for the site's district."""
    home = make_jurisdiction()
    load_measures(by=None, folder=Path(settings.RULEBOOKS_DIR) / settings.JURISDICTION / settings.EDITION)
    return home


def populate(rng: random.Random, count: int) -> list[Business]:
    """Businesses of every kind: of each tier, pending, without a result, recognised, closed, lacking data."""
    shops = [make_business(registration_status=rng.choice(STATES), town=rng.choice(TOWNS)) for _ in range(count)]
    deliver(shops)
    run = make_published_run()
    Result.objects.bulk_create(
        Result(run=run, uscc=shop.pk, tier=possible[0] if len(possible) == 1 else None, possible=possible,
               true_bits=0, unknown_bits=0)
        for shop in shops if (possible := rng.sample(TIERS, rng.choice((0, 1, 1, 1, 1, 2, 3))))
    )  # fmt: skip
    for shop in rng.sample(shops, count // 4):
        day = clock.today() - datetime.timedelta(days=rng.randrange(20, 600))
        ended = rng.choice((None, None, day + datetime.timedelta(days=rng.randrange(1, 20))))
        kind: dict[str, Any] = {"ended_on": ended, "end_kind": "withdrawn"} if ended else {}
        make_recognition(business=shop, category=rng.choice(CATEGORIES), recognised_on=day, **kind)
    insure(rng, shops)
    return shops


def deliver(shops: Sequence[Business]) -> None:
    """The register as delivered: these businesses, as the database has them."""
    rows = (
        {
            "uscc": shop.pk,
            "name": shop.name,
            "registration_status": shop.registration_status,
            "established_on": shop.established_on,
            "town": shop.town,
        }
        for shop in shops
    )
    make_table("registration", *rows)


def insure(rng: random.Random, shops: Sequence[Business]) -> None:
    """What the bureau delivers on insurance: some of the businesses, some with numbers missing."""
    month = datetime.date(clock.today().year - 1, 5, 1)
    make_table(
        "social_insurance",
        *(
            {"uscc": shop.pk, "month": month, "form": "unit", "headcount": rng.choice((1, 3, 4, 9, None))}
            for shop in rng.sample(shops, len(shops) // 2)
        ),
    )


def owner_of(shop: Business) -> User:
    """The proprietor's account."""
    user = make_user(f"owner-{shop.pk}")
    Proprietorship.objects.create(user=user, business=shop)
    return user


def labour() -> Organisation:
    """The bureau that leads the measures of these tests."""
    return make_organisation(LABOUR, "区人力资源社会保障局", OrganisationKind.DEPARTMENT)


def author() -> User:
    return officer(Role.REVIEWER, username="author")


def approver() -> User:
    return officer(Role.APPROVER, username="approver-of-measures")


def content(**changes: Any) -> Draft:
    """A measure that may be published; by default definite, and delivered by itself."""
    values: dict[str, Any] = {
        "title": "社会保险补贴",
        "gist": "对吸纳就业的个体工商户按规定给予社会保险补贴。",
        "strength": "duty",
        "scope_kind": "general",
        "scope": "",
        "clause": "正文二(三)6",
        "delivery": "automatic",
        "lead": LABOUR,
        "legal_basis": "京人社就字〔2024〕1号",
        "starts_on": clock.today(),
        "ends_on": clock.today() + datetime.timedelta(days=365),
        "beneficiary_definite": True,
        "basis_definite": True,
        "content_definite": True,
        "validity_definite": True,
    }
    return Draft(**(values | changes))


def published(measure: Measure | None = None, **changes: Any) -> Measure:
    """A measure that one has written and another has published."""
    version = draft(
        by=author(),
        jurisdiction=make_jurisdiction(),
        organisation=labour(),
        content=content(**changes),
        measure=measure,
    )
    found = publish(by=approver(), version=submit(by=author(), version=version)).measure
    assert found is not None
    return found
