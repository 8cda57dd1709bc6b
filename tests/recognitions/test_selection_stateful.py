"""Any deeds by anybody in any order: never a title over the ceiling, without a visit, or before its notice is over."""

import datetime
from collections.abc import Callable

from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from jieti.accounts.models import User
from jieti.audit.models import Event
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.recognitions import comparing, deciding, noticing, visiting
from jieti.recognitions.models import Application, NoticeObjection, PublicNotice, Recognition, Visit
from tests.factories.recognitions import make_business
from tests.recognitions.bench import FIRST_DAY, JUDGED, Bench, fresh, seen_of

CEILING = 2
WHO = st.sampled_from(["clerk", "reviewer", "second", "approver", "visitor", "outsider"])
CASE = st.integers(0, 3)
CATEGORY = st.sampled_from([JUDGED, JUDGED, "emerging"])
PROPOSING: dict[str, Callable[..., Application]] = {"propose": comparing.propose, "choose": comparing.choose}
ENDING: dict[str, Callable[..., Application]] = {
    "not_choose": comparing.not_choose,
    "dismiss": noticing.dismiss_objections,
    "uphold": noticing.uphold_objection,
    "decline": deciding.decline,
}


class Selection(RuleBasedStateMachine):
    """Four applications of four businesses that wait for a visit, two places, and days that pass."""

    bench: Bench

    @initialize()
    def begin(self) -> None:
        self.day = FIRST_DAY
        self.cases = [self.bench.case("visiting", business=make_business()) for _ in range(4)]

    def person(self, who: str) -> User:
        found: User = getattr(self.bench, who)
        return found

    def case(self, at: int) -> Application:
        return fresh(self.cases[at])

    @rule(days=st.integers(1, 7))
    def wait(self, days: int) -> None:
        self.day += datetime.timedelta(days=days)

    @rule(who=WHO, at=CASE)
    def plan(self, who: str, at: int) -> None:
        case = self.case(at)
        self.attempt(lambda: visiting.plan_visits(
            by=self.person(who), applications=[case], visitor=self.bench.visitor, on=self.day))  # fmt: skip

    @rule(who=WHO, at=CASE)
    def visit(self, who: str, at: int) -> None:
        found = Visit.objects.filter(application=self.cases[at], sent_at=None).first()
        if found is not None:
            with clock.at(self.day):
                seen = seen_of(found)
            self.attempt(lambda: visiting.record_visit(by=self.person(who), visit=found, seen=seen))

    @rule(who=WHO, at=CASE)
    def compare(self, who: str, at: int) -> None:
        case = self.case(at)
        self.attempt(lambda: comparing.compare(by=self.person(who), application=case, version=case.version))

    @rule(at=CASE, points=st.integers(0, 10))
    def score(self, at: int, points: int) -> None:
        for by in (self.bench.reviewer, self.bench.second):
            self.attempt(lambda by=by: self.bench.score(self.case(at), points, 3, by=by))  # type: ignore[misc]

    @rule(who=WHO)
    def rank(self, who: str) -> None:
        campaign = self.bench.campaign
        self.attempt(lambda: comparing.rank(by=self.person(who), campaign=campaign, tie_reason="情况相同"))

    @rule(who=WHO, at=CASE, step=st.sampled_from(sorted(PROPOSING)), category=CATEGORY)
    def propose(self, who: str, at: int, step: str, category: str) -> None:
        case = self.case(at)
        self.attempt(lambda: PROPOSING[step](
            by=self.person(who), application=case, version=case.version,
            category=category, category_reason="最相符", reason="有据"))  # fmt: skip

    @rule(who=WHO, at=CASE)
    def give_notice(self, who: str, at: int) -> None:
        case = self.case(at)
        self.attempt(lambda: noticing.publish_notice(
            by=self.person(who), campaign=self.bench.campaign, applications=[case]))  # fmt: skip

    @rule(at=CASE)
    def object_to(self, at: int) -> None:
        notice = PublicNotice.objects.filter(applications=self.cases[at]).last()
        if notice is not None:
            case = self.cases[at]
            self.attempt(lambda: noticing.raise_objection(
                by=None, notice=notice, application=case, name="李", contact="1", statement="有"))  # fmt: skip

    @rule(who=WHO, at=CASE, finding=st.sampled_from(["upheld", "dismissed"]))
    def answer(self, who: str, at: int, finding: str) -> None:
        one = NoticeObjection.objects.filter(application=self.cases[at], finding="").first()
        if one is not None:
            self.attempt(lambda: noticing.answer_objection(
                by=self.person(who), objection=one, finding=finding, answer="核实过"))  # fmt: skip

    @rule(who=WHO, at=CASE)
    def close(self, who: str, at: int) -> None:
        notice = PublicNotice.objects.filter(applications=self.cases[at]).last()
        if notice is not None:
            self.attempt(lambda: noticing.close_notice(by=self.person(who), notice=notice))

    @rule(who=WHO, at=CASE, step=st.sampled_from(sorted(ENDING)))
    def end(self, who: str, at: int, step: str) -> None:
        case = self.case(at)
        self.attempt(lambda: ENDING[step](
            by=self.person(who), application=case, version=case.version, reason="有据"))  # fmt: skip

    @rule(who=WHO, at=CASE, stale=st.sampled_from([0, 0, 0, 1]))
    def recognise(self, who: str, at: int, stale: int) -> None:
        case = self.case(at)
        self.attempt(lambda: deciding.recognise(
            by=self.person(who), application=case, version=case.version - stale, reason="有据"))  # fmt: skip

    @rule(at=CASE)
    def hurry(self, at: int) -> None:
        """The straight way as far as it goes, so that decisions are reached."""
        self.plan("clerk", at)
        self.visit("visitor", at)
        self.propose("reviewer", at, "propose", JUDGED)
        self.give_notice("approver", at)

    @rule()
    def finish(self) -> None:
        self.wait(7)
        for at in range(4):
            self.close("clerk", at)
            self.recognise("approver", at, 0)

    def attempt(self, deed: Callable[[], object]) -> None:
        """Either it is done, or it is refused and everything is as it was."""
        before, events = self.snapshot(), Event.objects.count()
        try:
            with clock.at(self.day), transaction.atomic():
                deed()
        except Refusal:
            assert self.snapshot() == before
            assert Event.objects.count() == events

    def snapshot(self) -> list[object]:
        rows = Application.objects.filter(pk__in=[one.pk for one in self.cases]).order_by("pk")
        return [*rows.values(), *Recognition.objects.order_by("pk").values()]

    @invariant()
    def holds(self) -> None:
        titles = Recognition.objects.select_related("application")
        assert titles.unended().count() <= CEILING
        for title in titles:
            case = title.application
            assert case.visits.filter(sent_at__isnull=False).exists()
            assert case.notices.filter(closes_on__lt=title.recognised_on).exists()
            assert not case.notice_objections.exclude(finding="dismissed").exists()
            assert title.category == case.decided_category == JUDGED
            assert case.state == "recognised"
        numbers = [title.number for title in titles.order_by("pk")]
        assert numbers == [f"怀名特优新〔2026〕{at}号" for at in range(1, len(numbers) + 1)]


def test_any_deeds_in_any_order(bench: Bench) -> None:
    bench.campaign.ceiling = CEILING
    bench.campaign.save(update_fields=["ceiling"])

    class Isolated(Selection):
        """Every example begins at the same savepoint."""

        def __init__(self) -> None:
            super().__init__()
            self.savepoint = transaction.savepoint()

        def teardown(self) -> None:
            transaction.savepoint_rollback(self.savepoint)

    Isolated.bench = bench
    run_state_machine_as_test(
        Isolated,
        settings=settings(
            max_examples=12,
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
