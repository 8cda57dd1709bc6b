"""May it apply, before anybody writes a word: every bar, to the day, with its clause and what would help."""

from datetime import date

import pytest

from jieti.accounts.models import Jurisdiction
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.recognitions import filing, nominating, reviewing
from jieti.recognitions.models import Recognition
from jieti.recognitions.screening import refusal_of, screen
from tests.factories.accounts import make_jurisdiction
from tests.factories.recognitions import make_business, make_recognition, make_result, make_table
from tests.recognitions.intake import OPEN, Intake

FINE = {
    "kind": "penalty",
    "penalty_kind": "fine",
    "decided_on": date(2025, 1, 10),
    "published": True,
}


def test_a_growth_business_may_apply_and_knows_what_is_met(intake: Intake) -> None:
    make_table("awards", _row(intake, kind="time_honoured_brand", level="district", body_kind="government"))
    found = screen(intake.business, path="self")
    assert found.eligibility.tier == "eligible"
    assert found.met == ("quality",)
    assert set(found.possible) == {"renowned", "distinctive", "quality", "emerging"}
    assert found.extension.tier == "extend"


@pytest.mark.clause("附件三(三)1.a")
@pytest.mark.clause("附件三(三)1.b")
def test_a_survival_business_is_nominated_but_does_not_apply(intake: Intake) -> None:
    poor = make_business()
    make_result(poor, "survival")
    found = screen(poor, path="self")
    assert found.excluded
    assert "附件三(三)1" in refusal_of(found).message
    assert screen(poor, path="nomination").eligibility.tier == "eligible"


@pytest.mark.clause("附件三(三)1.c")
def test_a_veteran_goes_to_review_and_needs_a_written_reason(intake: Intake) -> None:
    shop = make_business()
    make_result(shop, "survival")
    make_table("founder_groups", {"uscc": shop.pk, "founder_group": "veteran", "verified_on": date(2025, 5, 1)})
    assert screen(shop, path="self").eligibility.possible == ("outside_source", "eligible")
    given = {"relaxation_reason_written": True}
    assert screen(shop, path="self", given=given).eligibility.tier == "eligible"


def test_an_ineligible_business_is_refused_on_every_path(intake: Intake) -> None:
    bad = make_business()
    make_result(bad, "ineligible")
    for path in ("self", "nomination"):
        assert screen(bad, path=path).eligibility.tier == "barred"
    with pytest.raises(Refusal, match=r"附件三\(三\)1"):
        nominating.draft(
            by=intake.nominator, nominator=intake.department, business=bad, category="quality", opinion="好"
        )


@pytest.mark.clause("附件三(三)1(1)")
@pytest.mark.parametrize(
    ("changes", "tier"),
    [
        ({}, "barred"),
        ({"decided_on": date(2024, 9, 1)}, "barred"),
        ({"decided_on": date(2024, 8, 31)}, "eligible"),
        ({"penalty_kind": "warning"}, "eligible"),
        ({"restored_on": date(2026, 8, 1)}, "eligible"),
    ],
)
def test_a_published_fine_of_two_years_bars(intake: Intake, changes: dict[str, object], tier: str) -> None:
    make_table("credit", {"uscc": intake.business.pk} | FINE | changes)
    assert screen(intake.business, path="self").eligibility.tier == tier


@pytest.mark.clause("附件三(三)1(2)")
def test_a_judgment_defaulter_is_barred_on_both_paths(intake: Intake) -> None:
    make_table("courts", {"uscc": intake.business.pk, "published_on": date(2026, 1, 5)})
    for path in ("self", "nomination"):
        assert screen(intake.business, path=path).eligibility.tier == "barred"
    with pytest.raises(Refusal, match=r"失信被执行人.*附件三\(三\)1\(2\)") as refused:
        intake.start()
    assert "执行法院" in refused.value.what_to_do


@pytest.mark.clause("附件三(四).b")
def test_a_live_title_excludes_another(intake: Intake) -> None:
    make_recognition(business=intake.business, recognised_on=date(2025, 11, 20))
    with pytest.raises(Refusal, match=r"附件三\(四\)") as refused:
        intake.start()
    assert "2028年11月20日" in refused.value.what_to_do


@pytest.mark.clause("附件三(五).i")
def test_the_ban_ends_to_the_day(intake: Intake) -> None:
    shop = make_business()
    make_recognition(
        business=shop,
        recognised_on=date(2024, 11, 25),
        ended_on=date(2025, 3, 1),
        end_kind=Recognition.End.REVOKED,
        end_reason="以欺骗手段取得",
    )
    make_result(shop, year=2026)
    for day, tier in ((date(2030, 3, 1), "barred"), (date(2030, 3, 2), "eligible")):
        with clock.at(day):
            assert screen(shop, path="self").eligibility.tier == tier
    with clock.at(OPEN):
        assert "2030年3月2日起可以再次申报" in refusal_of(screen(shop, path="self")).what_to_do
        found = screen(shop, path="nomination")
        assert found.eligibility.possible == ("barred", "eligible")
        excepted = screen(shop, path="nomination", given={"ban_exception_written": True})
        assert excepted.eligibility.tier == "eligible"


@pytest.mark.clause("附件三.b")
def test_another_district_is_refused(intake: Intake) -> None:
    other = make_jurisdiction("110117", "北京市平谷区", "cn-999999-demo-variant")
    assert other.level == Jurisdiction.Level.DISTRICT
    away = make_business(jurisdiction=other)
    with pytest.raises(Refusal, match="平谷区的个体工商户不能在"):
        nominating.draft(
            by=intake.nominator,
            nominator=intake.department,
            business=away,
            category="quality",
            opinion="好",
            campaign=intake.campaign,
        )
    with pytest.raises(Refusal, match="只有经营者本人"):
        filing.start(by=intake.proprietor, business=away, campaign=intake.campaign)


def test_a_business_founded_after_july_has_the_tier_of_new_ones(intake: Intake) -> None:
    new = make_business(established_on=date(2026, 8, 3))
    found = screen(new, path="self")
    assert found.value("tier") == "survival"
    assert found.excluded


def test_what_no_feed_brought_is_unknown_and_may_be_judged(intake: Intake) -> None:
    one = intake.reviewing()
    assert reviewing.assessable(one, "eligibility", "no_judgment_default") == ()
    assert reviewing.assessable(one, "distinctive", "local_feature") == (
        "distinctive_trade",
        "distinctive_and_representative",
    )
    with pytest.raises(Refusal, match="由共享数据得出"):
        reviewing.assess(
            by=intake.reviewer,
            application=one,
            standard="eligibility",
            criterion="no_judgment_default",
            judged={"judgment_defaulter": "false"},
            evidence="查询",
            note="没有",
        )


def _row(intake: Intake, **values: object) -> dict[str, object]:
    return {"uscc": intake.business.pk, "recipient": "business", "awarded_on": date(2024, 1, 1)} | values
