"""A district of several years as plain rows: enough businesses for every figure, made in seconds."""

import datetime
from dataclasses import dataclass, field
from random import Random

from jieti.accounts.models import Jurisdiction, Role
from jieti.determinations.models import Result, Run
from jieti.domain.periods import add_years
from jieti.domain.townships import AREAS
from jieti.kit import clock
from jieti.registry.models import Business, BusinessRecord, Delivery
from jieti.rulebooks.catalogue import current_rulebook
from tests.factories.accounts import make_jurisdiction
from tests.factories.recognitions import make_published_run, officer
from tests.factories.tables import code

INDUSTRIES = ("6210", "5213", "6130", "8040", "5281", "2110")
STEPS: dict[str, tuple[tuple[str, int], ...]] = {
    "new": (("survival", 70), ("growth", 5), ("development", 1), ("ineligible", 24)),
    "survival": (("survival", 86), ("growth", 6), ("development", 1), ("ineligible", 7)),
    "growth": (("survival", 14), ("growth", 78), ("development", 5), ("ineligible", 3)),
    "development": (("survival", 3), ("growth", 12), ("development", 84), ("ineligible", 1)),
    "ineligible": (("survival", 30), ("growth", 1), ("development", 0), ("ineligible", 69)),
}
QUARTERS = 40


@dataclass
class Shop:
    """One business of the made-up district."""

    uscc: str
    town: str
    industry: str
    founded: datetime.date
    ended: datetime.date | None
    tiers: dict[int, str | None] = field(default_factory=dict)


def populate(
    *, businesses: int = 3_000, years: int = 3, seed: int = 1, jurisdiction: Jurisdiction | None = None
) -> list[Run]:
    """Businesses, what deliveries told of them, and the published runs of the last years, the oldest first."""
    home, rng = jurisdiction or make_jurisdiction(), Random(seed)
    last = clock.today().year
    shops = [_shop(rng, number, last) for number in range(businesses)]
    runs = []
    for year in range(last - years + 1, last + 1):
        present = [
            shop for shop in shops if shop.founded.year <= year and (shop.ended is None or shop.ended.year >= year)
        ]
        for shop in present:
            shop.tiers[year] = _tier(rng, shop.tiers.get(year - 1, "new"))
        runs.append(_run(home, year, present))
    _register(home, shops, [run.basis_date for run in runs])
    return runs


def _shop(rng: Random, number: int, last: int) -> Shop:
    start = datetime.date(last - 25, 1, 1)
    founded = start + datetime.timedelta(days=int(365.25 * 25.6 * rng.random() ** 0.6) - 200)
    life = rng.expovariate(1 / 9) + 0.3
    ended = founded + datetime.timedelta(days=int(365 * life))
    town = rng.choices([area.name for area in AREAS], [9, 8, 10, 7, 6, 4, 5, 4, 3, 2, 5, 3, 2, 1, 1, 1, 1])[0]
    over = ended > datetime.date(last, 6, 1)
    return Shop(code(500_000 + number), town, rng.choice(INDUSTRIES), founded, None if over else ended)


def _tier(rng: Random, before: str | None) -> str | None:
    steps = STEPS[before or "survival"]
    (found,) = rng.choices([tier for tier, _ in steps], [weight for _, weight in steps])
    return None if rng.random() < 0.01 else found


def _run(home: Jurisdiction, year: int, shops: list[Shop]) -> Run:
    counts = {tier: sum(shop.tiers[year] == tier for shop in shops) for tier in STEPS}
    run = make_published_run(year=year, jurisdiction=home, tiers=counts)
    bits = {key: bit for bit, key in enumerate(current_rulebook(home).criteria)}
    Result.objects.bulk_create(
        Result(
            run=run,
            uscc=shop.uscc,
            tier=shop.tiers[year],
            possible=[shop.tiers[year]] if shop.tiers[year] else ["survival", "growth"],
            true_bits=_bits(bits, shop.tiers[year]),
            unknown_bits=0,
        )
        for shop in shops
    )
    return run


def _bits(bits: dict[str, int], tier: str | None) -> int:
    held = {"registered", "no_abnormal_taxpayer", "two_years", "tax_registration"}
    held |= set() if tier == "ineligible" else {"annual_report", "no_abnormal_mark"}
    return sum(1 << bits[key] for key in held)


def _register(home: Jurisdiction, shops: list[Shop], days: list[datetime.date]) -> None:
    deliveries = _deliveries(home, days[-1])
    Business.objects.bulk_create(
        Business(
            uscc=shop.uscc,
            jurisdiction=home,
            name=f"怀柔第{shop.uscc[-6:]}号店",
            registration_status="deregistered" if shop.ended else "active",
            established_on=shop.founded,
            town=shop.town,
            industry=shop.industry,
            delivery=deliveries[-1],
        )
        for shop in shops
    )
    BusinessRecord.objects.bulk_create(record for shop in shops for record in _records(home, shop, deliveries))


def _records(home: Jurisdiction, shop: Shop, deliveries: list[Delivery]) -> list[BusinessRecord]:
    first = next((one for one in deliveries if one.as_of >= shop.founded), deliveries[-1])
    end = next((one for one in deliveries if shop.ended and one.as_of >= shop.ended), None)
    gone = end is not None and end.as_of <= first.as_of
    states = [("deregistered" if gone else "active", shop.founded, None if gone or end is None else end.as_of, first)]
    if end is not None and not gone:
        states.append(("deregistered", end.as_of, None, end))
    return [
        BusinessRecord(
            uscc=shop.uscc,
            jurisdiction=home,
            name="店",
            registration_status=status,
            established_on=shop.founded,
            town=shop.town,
            industry=shop.industry,
            valid_from=start,
            valid_to=until,
            known=(clock.now(), None),
            delivery=delivery,
        )
        for status, start, until, delivery in states
    ]


def _deliveries(home: Jurisdiction, last: datetime.date) -> list[Delivery]:
    clerk, now = officer(Role.INTAKE_CLERK, jurisdiction=home), clock.now()
    days = [add_years(last, -(number // 4)) - datetime.timedelta(days=91 * (number % 4)) for number in range(QUARTERS)]
    return Delivery.objects.bulk_create(
        Delivery(
            jurisdiction=home,
            source_key="registration",
            file_name=f"{day}.csv",
            sha256=f"{day:%Y%m%d}".rjust(64, "e"),
            stored_as=f"deliveries/{day}",
            as_of=day,
            received_at=now,
            received_by=clerk,
            status=Delivery.Status.ACCEPTED,
            clean_path=f"clean/{day}.parquet",
            known_at=now,
        )
        for day in sorted(days)
    )
