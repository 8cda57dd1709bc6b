"""个转企 of a business with a live title: what it had as an individually-owned business ends, nothing is lost."""

from datetime import timedelta

import pytest
from pytest_django import Settings

from jieti.accounts.models import Jurisdiction, Role
from jieti.directory.actions import follow_conversion
from jieti.directory.models import DirectoryEntry
from jieti.engagement.conversions import record_conversion
from jieti.engagement.models import Conversion
from jieti.kit import clock
from jieti.measures.matching import follow, match_all, reasons, rules_in_force
from jieti.measures.models import Measure, Standing
from jieti.measures.reach import balance
from jieti.measures.telling import tell
from jieti.recognitions.models import Recognition
from jieti.registry.models import Business
from jieti.rulebooks.actions import load_site
from tests.factories.recognitions import make_business, make_recognition, make_result, officer
from tests.measures import shops

YEAR = timedelta(days=365)


@pytest.fixture
def home(db: None, settings: Settings) -> Jurisdiction:
    settings.SIMULATED_CLOCK = True
    shops.load()
    return load_site(by=None)


@pytest.fixture
def shop(home: Jurisdiction) -> Business:
    """A business of the growth tier with a title in force, told of its measures; another one beside it."""
    found, other = make_business(name="老王农家院"), make_business(name="老李饭馆")
    for one in (found, other):
        make_result(one)
        shops.owner_of(one)
    shops.deliver([found, other])
    make_recognition(business=found, category="renowned", recognised_on=clock.today() - YEAR)
    match_all(by=None, jurisdiction=home, cause="首次匹配")
    tell(by=None, jurisdiction=home)
    return found


def matched(shop: Business) -> set[str]:
    """The measures that are for the business by the naive reading, which the ledger must agree with."""
    rules = rules_in_force(shop.jurisdiction)
    said = reasons(shop, rules)
    found = {rule.key for rule in rules if said[rule.number].outcome}
    home = shop.jurisdiction
    own = Standing.objects.filter(business=shop)
    held = {one.key for one in Measure.objects.of(home) if own.matched_by(home, one.number).exists()}
    assert held == found
    return found


def convert(shop: Business, home: Jurisdiction) -> Conversion:
    reviewer = officer(Role.REVIEWER, username="converter")
    done = record_conversion(
        by=reviewer,
        business=shop,
        converted_on=clock.today(),
        enterprise_name="老王农家院有限公司",
        enterprise_uscc=shop.pk,
    )
    follow_conversion(by=reviewer, business=shop)
    follow(jurisdiction=home)
    return done


@pytest.mark.clause("附件二(三)2")
def test_tier_title_and_measures_end_and_nothing_is_lost(home: Jurisdiction, shop: Business) -> None:
    assert {"G1a", "K1"} <= matched(shop)
    before = {line.measure.key: line.counts for line in balance(home)}
    convert(shop, home)
    title = Recognition.objects.get(business=shop)
    assert (title.end_kind, title.ended_on) == (Recognition.End.CONVERTED, clock.today())
    assert "转为企业" in title.end_reason
    shop.refresh_from_db()
    assert shop.converted_on == clock.today()
    assert matched(shop) == set()
    rules = rules_in_force(home)
    said = reasons(shop, rules)
    assert all("转为企业" in said[rule.number].text for rule in rules)
    for line in balance(home):
        assert line.balances
        assert line.counts.told + line.counts.told_before == before[line.measure.key].told
    assert next(one for one in balance(home) if one.measure.key == "K1").counts.told_before == 1


def test_the_hint_list_keeps_it_whatever_the_register_says_next(home: Jurisdiction, shop: Business) -> None:
    one = convert(shop, home)
    other = Business.objects.exclude(pk=shop.pk).get()
    shops.deliver([shop, other])
    follow(jurisdiction=home)
    assert matched(Business.objects.get(pk=shop.pk)) == set()
    assert matched(other)
    assert list(Conversion.objects.of(home).filter(advised_on=None)) == [one]


def test_the_directory_says_that_it_became_an_enterprise(home: Jurisdiction, shop: Business) -> None:
    DirectoryEntry.objects.create(
        uscc=shop.pk,
        jurisdiction=home,
        name=shop.name,
        search_name=shop.name,
        initials="",
        town=shop.town,
        tier="growth",
        possible=["growth"],
        year=clock.today().year,
        status="active",
        published_at=clock.now(),
    )
    convert(shop, home)
    assert DirectoryEntry.objects.get(pk=shop.pk).status == "converted"
