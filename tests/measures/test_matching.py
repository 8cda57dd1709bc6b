"""Matching by the engine: who gets what, why not, what changes it; bucketed and naive agree."""

import datetime
import random
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.db import connection
from pytest_django import Settings

from jieti.accounts.models import Jurisdiction
from jieti.determinations.models import Result
from jieti.kit import clock
from jieti.measures.authoring import retire
from jieti.measures.conditions import Rule, asking
from jieti.measures.inputs import gather, norms_of
from jieti.measures.matching import follow, match_all, reasons, reasons_of, rematch, rules_in_force
from jieti.measures.models import Matching, Measure, Signature, Standing, holds, numbers_in, words_of
from jieti.registry.models import Business, Feed
from jieti.rulebooks.catalogue import current_rulebook
from rulecore.engines import load as load_engine
from rulecore.plan import bind
from tests.factories.recognitions import make_business, make_published_run, make_recognition, make_result
from tests.measures import shops

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(db: None) -> Jurisdiction:
    return shops.load()


def keys(shop: Business, kind: str = "matched") -> set[str]:
    """The measures that a business matches, or of which it is unknown."""
    signature = Standing.objects.select_related("signature").get(pk=shop.pk).signature
    numbers = numbers_in(getattr(signature, kind))
    return set(Measure.objects.filter(number__in=numbers).values_list("key", flat=True))


def keys_for(**scope: str) -> set[str]:
    return set(Measure.objects.filter(**scope).values_list("key", flat=True))


def general() -> set[str]:
    return keys_for(scope_kind="general")


def test_words_hold_any_number_of_measures() -> None:
    for numbers in ([], [0], [61, 62, 63], [0, 130]):
        words = words_of(numbers)
        assert numbers_in(words) == numbers
        assert all(holds(words, number) for number in numbers)
        assert not holds(words, 200)


@pytest.mark.clause("附件二.a", "附件四.a", "正文二(二)5.a")
def test_union_of_general_tier_and_category_measures(home: Jurisdiction) -> None:
    plain, recognised = make_business(), make_business()
    for shop, tier in ((plain, "survival"), (recognised, "growth")):
        make_result(shop, tier)
    last_year = datetime.date(clock.today().year - 1, 11, 20)
    make_recognition(business=recognised, category="quality", recognised_on=last_year)
    shops.deliver([plain, recognised])
    match_all(by=None, jurisdiction=home, cause="首次匹配")
    assert keys(plain) == general() | keys_for(scope="survival")
    assert keys(recognised) == general() | keys_for(scope="growth") | keys_for(scope="quality")


@pytest.mark.clause("正文二(一)3.d")
def test_benefits_of_a_recognition_begin_on_1_january_and_end_with_it(home: Jurisdiction, settings: Settings) -> None:
    settings.SIMULATED_CLOCK = True
    shop, year = make_business(), clock.today().year
    make_result(shop, "growth")
    title = make_recognition(business=shop, category="renowned", recognised_on=datetime.date(year, 11, 20))
    shops.deliver([shop])
    with clock.at(datetime.date(year, 12, 31)):
        match_all(by=None, jurisdiction=home, cause="年末")
        assert not keys(shop) & keys_for(scope="renowned")
        number = Measure.objects.get(key="K1").number
        assert "次年1月1日" in reasons(shop, rules_in_force(home))[number].text
    with clock.at(datetime.date(year + 1, 1, 1)):
        follow(jurisdiction=home)
        assert keys_for(scope="renowned") <= keys(shop)
        title.ended_on, title.end_kind = datetime.date(year + 1, 1, 1), "withdrawn"
        title.save()
        matching = follow(jurisdiction=home)
        assert matching is not None
        assert not matching.is_whole
        assert not keys(shop) & keys_for(scope="renowned")


def test_pending_is_unknown_where_it_is_still_possible_and_no_where_it_is_not(home: Jurisdiction) -> None:
    shop, unpublished = make_business(), make_business()
    result = make_result(shop, "growth")
    Result.objects.filter(pk=result.pk).update(tier=None, possible=["growth", "development"])
    shops.deliver([shop, unpublished])
    match_all(by=None, jurisdiction=home, cause="首次匹配")
    assert keys(shop, "unknown") == keys_for(scope="growth") | keys_for(scope="development")
    assert keys(shop) == general()
    assert keys_for(scope_kind="tier") == keys(unpublished, "unknown")
    found = reasons(shop, rules_in_force(home))
    survival, growth = (found[Measure.objects.get(key=key).number] for key in ("S1a", "G1a"))
    assert survival.outcome is False
    assert growth.outcome is None
    assert "还缺" in growth.text


def test_closed_businesses_match_nothing_and_are_told_why(home: Jurisdiction) -> None:
    shop = make_business(registration_status="deregistered")
    make_result(shop, "ineligible")
    shops.deliver([shop])
    match_all(by=None, jurisdiction=home, cause="首次匹配")
    assert not keys(shop)
    assert not keys(shop, "unknown")
    found = reasons(shop, rules_in_force(home))
    assert all(one.outcome is False and "附件一(三)1" in one.text and "注销" in one.text for one in found.values())


def test_a_business_that_the_register_lacks_is_unknown_not_dropped(home: Jurisdiction) -> None:
    here, nowhere = make_business(), make_business()
    shops.deliver([here])
    match_all(by=None, jurisdiction=home, cause="首次匹配")
    assert keys(nowhere, "unknown") == keys_for()


def test_without_a_register_everything_is_unknown_of_everybody(home: Jurisdiction) -> None:
    shop = make_business()
    assert follow(jurisdiction=home) is not None
    assert keys(shop, "unknown") == keys_for()
    assert {one.outcome for one in reasons(shop, rules_in_force(home)).values()} <= {None, False}


CONDITIONS = (
    ("{fact: insured_headcount, at_least: 3}", "上一年度参保3人以上。"),
    ("{fact: established_on, before: 2002-01-01}", "2002年以前成立。"),
    (
        "{any: [{fact: insured_headcount, is: 1}, {not: {fact: insured_headcount, less_than: 9}}]}",
        "参保1人或者9人以上。",
    ),
    ("{fact: turnover, at_least: {parameter: growth_turnover}}", "营业收入达到成长型标准。"),
    ("{all: [{fact: is_growth, is: true}, {fact: benefits_as_quality, is: false}]}", "成长型，未认定为优质。"),
)


def naive(home: Jurisdiction, rule: Rule, folder: Path) -> dict[str, bool | None]:
    """One measure by itself, row by row, by the engine that is the judge: no buckets, no sharing."""
    book, key = asking(current_rulebook(home), [rule.when])
    plan = bind(book, as_of=clock.today(), norms=norms_of(home), standard=key)
    sources = gather(home, folder, None, whole_register=True)
    judge = load_engine("reference")
    judge.assemble(plan, sources, folder / "facts.parquet")
    judge.run(plan, [folder / "facts.parquet"], folder / "out.parquet")
    rows = pq.read_table(folder / "out.parquet").to_pylist()
    return {row["uscc"]: None if row["unknown_bits"] & 1 else bool(row["true_bits"] & 1) for row in rows}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_bucketed_and_naive_agree_on_the_full_register(home: Jurisdiction, seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    population = shops.populate(rng, 80)
    for condition, sentence in rng.sample(CONDITIONS, 4):
        scope: dict[str, Any] = rng.choice(
            ({"scope_kind": "general", "scope": ""}, {"scope_kind": "tier", "scope": "growth"})
        )
        shops.published(condition=condition, sentence=sentence, lead="district_regulator", **scope)
    match_all(by=None, jurisdiction=home, cause="首次匹配")
    standings = {one.pk: one.signature for one in Standing.objects.select_related("signature")}
    rules = rules_in_force(home)
    assert len(rules) == 79
    for rule in rules:
        for uscc, outcome in naive(home, rule, tmp_path).items():
            signature = standings[uscc]
            assert holds(signature.matched, rule.number) is (outcome is True), (rule.key, uscc)
            assert holds(signature.unknown, rule.number) is (outcome is None), (rule.key, uscc)
    few = [shop.pk for shop in population[:8]]
    for uscc, found in reasons_of(home, few, rules).items():
        for number, reason in found.items():
            assert holds(standings[uscc].matched, number) is (reason.outcome is True)
            assert holds(standings[uscc].unknown, number) is (reason.outcome is None)
            assert reason.text


def test_more_conditions_than_fit_one_mask(home: Jurisdiction) -> None:
    many, few = make_business(), make_business()
    shops.deliver([many, few])
    day = datetime.date(2001, 1, 1)
    for number in range(40):
        later = day + datetime.timedelta(days=number * 5)
        said = f"{later}以前成立。"
        shops.published(condition=f"{{fact: established_on, before: {later}}}", sentence=said, title=f"措施{number}")
    Business.objects.filter(pk=few.pk).update(established_on=datetime.date(2000, 1, 1))
    shops.deliver(list(Business.objects.filter(pk__in=[many.pk, few.pk])))
    match_all(by=None, jurisdiction=home, cause="措施变动")
    added = {f"N{number}" for number in range(1, 41)}
    assert added <= keys(few)
    assert keys(many) & added == {f"N{number + 1}" for number in range(40) if day.toordinal() + number * 5 > 730_625}


def test_a_rematch_touches_those_concerned_alone(home: Jurisdiction) -> None:
    one, other = make_business(), make_business()
    results = [make_result(shop, "survival") for shop in (one, other)]
    shops.deliver([one, other])
    first = match_all(by=None, jurisdiction=home, cause="首次匹配")
    Result.objects.filter(pk__in=[result.pk for result in results]).update(tier="growth", possible=["growth"])
    second = rematch(by=None, jurisdiction=home, usccs=[one.pk], cause="结果更正")
    assert (second.businesses, second.changed, second.is_whole) == (1, 1, False)
    assert keys(one) == general() | keys_for(scope="growth")
    assert keys(other) == general() | keys_for(scope="survival")
    assert Standing.objects.get(pk=other.pk).matching_id == first.pk


def test_following_matches_only_what_has_changed(home: Jurisdiction) -> None:
    shop = make_business()
    make_published_run()
    shops.deliver([shop])
    assert follow(jurisdiction=home) is not None
    assert follow(jurisdiction=home) is None
    make_result(shop, "growth")
    again = follow(jurisdiction=home)
    assert again is not None
    assert (again.is_whole, again.changed) == (False, 1)
    shops.insure(random.Random(1), [shop, shop])
    assert (delivered := follow(jurisdiction=home)) is not None
    assert delivered.is_whole
    assert delivered.cause == "新的数据"
    retire(by=shops.approver(), measure=Measure.objects.get(key="BG1"), reason="并入其他措施")
    assert (changed := follow(jurisdiction=home)) is not None
    assert changed.cause == "措施变动"
    assert "BG1" not in keys(shop)


def test_a_feed_switched_off_makes_unknown_not_no(home: Jurisdiction) -> None:
    shop = make_business()
    shops.deliver([shop])
    shops.insure(random.Random(1), [shop, shop])
    measure = shops.published(condition="{fact: insured_headcount, at_least: 1}", sentence="有参保人员。")
    match_all(by=None, jurisdiction=home, cause="首次匹配")
    signature = Standing.objects.get(pk=shop.pk).signature
    assert holds(signature.matched, measure.number) or holds(signature.unknown, measure.number)
    Feed.objects.create(
        jurisdiction=home, source_key="social_insurance", supplier=shops.labour(), schedule="每月", is_active=False
    )
    follow(jurisdiction=home)
    assert holds(Standing.objects.get(pk=shop.pk).signature.unknown, measure.number)


def test_without_its_index_or_signatures_it_is_the_same(home: Jurisdiction) -> None:
    shops.populate(random.Random(5), 40)
    match_all(by=None, jurisdiction=home, cause="首次匹配")
    before = {one.pk: (one.signature.matched, one.signature.unknown) for one in Standing.objects.all()}
    number = Measure.objects.get(key="BG1").number
    matched = set(Standing.objects.matched_by(home, number).values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute("drop index measures_standing_signature")
    assert set(Standing.objects.matched_by(home, number).values_list("pk", flat=True)) == matched
    Standing.objects.all().delete()
    Signature.objects.all().delete()
    match_all(by=None, jurisdiction=home, cause="重新匹配")
    assert {one.pk: (one.signature.matched, one.signature.unknown) for one in Standing.objects.all()} == before


def test_the_outcome_is_kept_as_a_file_too(home: Jurisdiction) -> None:
    population = shops.populate(random.Random(6), 20)
    for _ in range(4):
        last = match_all(by=None, jurisdiction=home, cause="重新匹配")
    table = pq.read_table(last.file)
    assert set(table.column("uscc").to_pylist()) == {shop.pk for shop in population}
    assert Matching.objects.exclude(path="").count() == 3
