"""比选: the published rule alone makes the order, for everybody the same, and nobody sees another's scores before."""

import json
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jieti.audit.models import Event
from jieti.kit.errors import Refusal
from jieti.notices.models import Notice
from jieti.recognitions import comparing, places
from jieti.recognitions.models import Application, InterestDeclaration, Score
from jieti.recognitions.scoring import BY_FACTORS, BY_TIME, Entrant, Factor, digest, order, two_decimals
from tests.recognitions.bench import Bench, fresh

TWO = (Factor("quality", "质量", 60, 10), Factor("feature", "特色", 40, 5))
POINTS = st.tuples(st.integers(0, 10), st.integers(0, 10), st.integers(0, 5), st.integers(0, 5))


def entrant(number: int, quality: list[int], feature: list[int], submitted: str = "2026-08-12") -> Entrant:
    return Entrant(number, submitted, {"quality": quality, "feature": feature})


def test_totals_are_exact() -> None:
    (one,) = order(TWO, [entrant(1, [10, 9, 9], [4, 4, 5])])
    assert one.parts == (Fraction(56), Fraction(520, 15))
    assert one.total == Fraction(56) + Fraction(520, 15)
    assert two_decimals(one.total) == "90.67"
    assert two_decimals(Fraction(1, 200)) == "0.01"


@pytest.mark.clause("附件三(三)2.a")
def test_ties_go_by_the_published_rule() -> None:
    found = order(
        TWO,
        [
            entrant(1, [5], [5]),  # 30 + 40
            entrant(2, [10], [1], "2026-08-13"),  # 60 + 8
            entrant(3, [9], [2]),  # 54 + 16
            entrant(4, [9], [2], "2026-08-11"),
        ],
    )
    assert [(one.application, one.tie) for one in found] == [(4, ""), (3, BY_TIME), (1, BY_FACTORS), (2, "")]


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(POINTS, min_size=1, max_size=8).flatmap(lambda points: st.permutations(list(enumerate(points)))))
def test_the_order_does_not_depend_on_the_order(shuffled: list[tuple[int, tuple[int, int, int, int]]]) -> None:
    given_order = [entrant(at, [a, b], [c, d]) for at, (a, b, c, d) in shuffled]
    entrants = sorted(given_order, key=lambda one: one.application)
    assert order(TWO, given_order) == order(TWO, entrants)
    assert digest(TWO, given_order, places=3, tie_rule="") == digest(TWO, entrants, places=3, tie_rule="")
    totals = [one.total for one in order(TWO, entrants)]
    assert totals == sorted(totals, reverse=True)


def test_a_ranking_is_demanded_where_there_are_too_few_places(bench: Bench) -> None:
    bench.campaign.ceiling = 1
    bench.campaign.save(update_fields=["ceiling"])
    first, _ = bench.case(), bench.case()
    assert places.must_compare(bench.campaign)
    with pytest.raises(Refusal, match="必须比选"):
        bench.proposed(first)


def test_the_best_are_chosen_and_the_others_told_why(bench: Bench) -> None:
    bench.campaign.ceiling = 1
    bench.campaign.save(update_fields=["ceiling"])
    low, high = bench.compared([(5, 3), (9, 4)])
    ranking = comparing.rank(by=bench.reviewer, campaign=bench.campaign)
    assert [(row["application"], row["chosen"]) for row in ranking.rows] == [(high.pk, True), (low.pk, False)]
    assert json.loads(json.dumps(ranking.rows))[0]["total"] == "86"
    assert comparing.holds(ranking)
    with pytest.raises(Refusal, match="没有入选"):
        choose(bench, low)
    with pytest.raises(Refusal, match="已经入选"):
        comparing.not_choose(by=bench.approver, application=high, version=high.version, reason="不选")
    assert choose(bench, high).state == "proposed"
    done = comparing.not_choose(by=bench.approver, application=low, version=low.version, reason="特色不够突出")
    assert done.state == "not_chosen"
    card = comparing.card_of(done)
    assert card is not None
    assert (card.place, card.of, card.total, card.last_chosen) == (2, 2, "54.00", "86.00")
    told = Notice.objects.get(subject=f"application:{low.pk}", kind="selection_result").body
    assert "名次第2，总分54.00分" in told
    assert "特色不够突出" in told


def test_changed_scores_are_found_out(bench: Bench) -> None:
    bench.compared([(5, 3), (9, 4)])
    ranking = comparing.rank(by=bench.reviewer, campaign=bench.campaign)
    Score.objects.filter(points=5).update(points=10)
    assert not comparing.holds(ranking)


def test_scores_are_seen_after_the_ranking_alone(bench: Bench) -> None:
    (case,) = bench.compared([(8, 4)])
    own = comparing.visible_scores(reader=bench.reviewer, campaign=bench.campaign)
    assert {one.by for one in own} == {bench.reviewer}
    assert not comparing.visible_scores(reader=bench.approver, campaign=bench.campaign).exists()
    comparing.rank(by=bench.reviewer, campaign=bench.campaign)
    assert comparing.visible_scores(reader=bench.approver, campaign=bench.campaign).count() == 4
    with pytest.raises(Refusal, match="不能再改"):
        bench.score(case, 9, 5)


def test_scoring_is_refused(bench: Bench) -> None:
    case = bench.case()
    with pytest.raises(Refusal, match="不在比选中"):
        bench.score(case, 9, 5)
    case = comparing.compare(by=bench.reviewer, application=case, version=case.version)
    with pytest.raises(Refusal, match="不能评分"):
        bench.score(case, 9, 5, by=bench.approver)
    for quality, feature in ((11, 5), (9, 6), (-1, 5)):
        with pytest.raises(Refusal, match="分数应当是"):
            bench.score(case, quality, feature)
    with pytest.raises(Refusal, match="评分理由"):
        comparing.score(by=bench.second, application=case, points={"quality": 1, "feature": 1}, notes={}, no_tie=True)
    InterestDeclaration.objects.filter(user=bench.second).delete()
    with pytest.raises(Refusal, match="还没有声明"):
        comparing.score(by=bench.second, application=case, points={}, notes={})
    InterestDeclaration.objects.create(application=case, user=bench.second, has_tie=True, tie="表兄弟")
    with pytest.raises(Refusal, match="不能撤回"):
        bench.score(case, 9, 5, by=bench.second)


def test_ranking_needs_everybody_and_everything(bench: Bench) -> None:
    with pytest.raises(Refusal, match="没有在比选中"):
        comparing.rank(by=bench.reviewer, campaign=bench.campaign)
    case = bench.case()
    waiting = bench.case()
    case = comparing.compare(by=bench.reviewer, application=case, version=case.version)
    with pytest.raises(Refusal, match="没有转入比选"):
        comparing.rank(by=bench.reviewer, campaign=bench.campaign)
    comparing.compare(by=bench.reviewer, application=waiting, version=waiting.version)
    bench.score(case, 9, 5)
    with pytest.raises(Refusal, match="评分不足2人"):
        comparing.rank(by=bench.reviewer, campaign=bench.campaign)
    with pytest.raises(Refusal, match="不能排序"):
        comparing.rank(by=bench.approver, campaign=bench.campaign)


def test_time_decides_only_with_a_reason(bench: Bench) -> None:
    bench.campaign.ceiling = 1
    bench.campaign.save(update_fields=["ceiling"])
    bench.compared([(9, 4), (9, 4)])
    with pytest.raises(Refusal, match="提交先后"):
        comparing.rank(by=bench.reviewer, campaign=bench.campaign)
    ranking = comparing.rank(by=bench.reviewer, campaign=bench.campaign, tie_reason="两户情况完全相同")
    assert [row["tie_reason"] for row in ranking.rows] == ["", "两户情况完全相同"]
    assert Event.objects.get(verb="recognitions.rank").detail["sha256"] == ranking.sha256


def test_a_category_that_is_not_met_cannot_be_decided(bench: Bench) -> None:
    case = bench.case()
    with pytest.raises(Refusal, match="现在符合条件的类别：知名"):
        comparing.propose(
            by=bench.reviewer,
            application=case,
            version=case.version,
            category="emerging",
            category_reason="想当新兴",
            reason="有据",
        )
    assert bench.proposed(fresh(case)).decided_category == "renowned"


def test_without_published_factors_nobody_is_compared(bench: Bench) -> None:
    bench.campaign.factors = []
    bench.campaign.save(update_fields=["factors"])
    case = fresh(bench.case())
    with pytest.raises(Refusal, match="没有公布比选因素"):
        comparing.compare(by=bench.reviewer, application=case, version=case.version)


def choose(bench: Bench, case: Application) -> Application:
    one = fresh(case)
    return comparing.choose(
        by=bench.reviewer,
        application=one,
        version=one.version,
        category="renowned",
        category_reason="品牌突出",
        reason="名次在前",
    )
