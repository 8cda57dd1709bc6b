"""Any deeds of the intake by anybody in any order: what was refused left nothing, what was done obeyed the rules."""

from collections.abc import Callable, Mapping

from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from jieti.accounts.models import Role, User
from jieti.audit.models import Event
from jieti.domain.workflows.nomination import NOMINATION
from jieti.domain.workflows.recognition import RECOGNITION
from jieti.kit.errors import Refusal
from jieti.recognitions import filing, interests, nominating, reviewing
from jieti.recognitions.models import Application, InterestDeclaration, Nomination
from tests.factories.accounts import make_district, make_officer, make_user
from tests.recognitions.intake import Intake, kept

REASONED: Mapping[str, Callable[..., Application]] = {
    "turn_away": reviewing.turn_away,
    "ask_evidence": reviewing.ask_evidence,
    "pass_to_visit": reviewing.pass_to_visit,
    "pass_review": reviewing.pass_review,
    "fail": reviewing.fail,
    "look_again": reviewing.look_again,
    "refuse": reviewing.refuse,
}
PLAIN: Mapping[str, Callable[..., Application]] = {
    "submit": filing.submit,
    "accept": reviewing.accept,
    "review": reviewing.review,
    "end_waiting": reviewing.end_waiting,
    "withdraw": filing.withdraw,
}
NOMINATING: Mapping[str, Callable[..., object]] = {
    "ask_consent": nominating.ask_consent,
    "consent": nominating.consent,
    "refuse_consent": nominating.refuse_consent,
    "revoke_consent": nominating.revoke_consent,
    "stop_asking": nominating.stop_asking,
}
WHO = st.sampled_from(
    ["clerk", "reviewer", "reviewer2", "approver", "proprietor", "culture", "culture2", "agent", "stranger", "relative"]
)
OFFICERS = ("reviewer", "reviewer2", "approver", "relative")
REASON = st.sampled_from(["有据", "有据", " "])
STALE = st.sampled_from([0, 0, 0, 0, 1])


class Course(RuleBasedStateMachine):
    """One business in one campaign; every deed by anybody at any time, sometimes from a stale page."""

    intake: Intake

    @initialize()
    def begin(self) -> None:
        one = self.intake
        self.people: dict[str, User] = {
            "clerk": one.clerk,
            "reviewer": one.reviewer,
            "reviewer2": one.second_reviewer,
            "approver": one.approver,
            "proprietor": one.proprietor,
            "culture": one.nominator,
            "culture2": one.second_nominator,
            "agent": one.agent,
            "stranger": make_user("stranger"),
            "relative": make_officer(make_district(), Role.REVIEWER, username="relative"),
        }

    @rule(who=WHO)
    def start(self, who: str) -> None:
        def deed() -> None:
            one = self.intake.start(by=self.people[who])
            filing.save_draft(
                by=self.people[who], application=one, preferred_category="distinctive", introduction="自养虹鳟鱼"
            )

        had = self.open_one()
        if self.attempt(deed):
            assert who == "proprietor"
            assert had is None

    @rule(
        who=WHO, step=st.sampled_from([*PLAIN, *REASONED]), stale=STALE, reason=st.sampled_from(["有据", "有据", " "])
    )
    def deed(self, who: str, step: str, stale: int, reason: str) -> None:
        one = self.open_one()
        if one is None:
            return
        given = {"by": self.people[who], "application": one, "version": one.version - stale}
        verb = PLAIN.get(step) or REASONED[step]
        extra = {"reason": reason} if step in REASONED else {}
        if self.attempt(lambda: verb(**given, **extra)):
            row = RECOGNITION.step(step)
            one.refresh_from_db()
            assert one.state == row.target
            self.acted(who, one, step)

    @rule(who=st.sampled_from(OFFICERS), tie=st.booleans())
    def declare(self, who: str, tie: bool) -> None:
        one = self.open_one()
        if one is None:
            return
        tie = tie if who != "relative" else True
        said = "经营者是亲属" if tie else ""
        self.attempt(lambda: interests.declare(by=self.people[who], application=one, tie=tie, detail=said))

    @rule(who=WHO)
    def judge(self, who: str) -> None:
        one = self.open_one()
        if one is None:
            return
        if self.attempt(lambda: self.intake.judge(one, by=self.people[who])):
            self.acted(who, one, "assess")

    @rule(who=WHO, category=st.sampled_from(["distinctive", "quality"]))
    def decide_category(self, who: str, category: str) -> None:
        one = self.open_one()
        if one is None:
            return
        by = self.people[who]
        if self.attempt(lambda: reviewing.decide_category(by=by, application=one, category=category, reason="更合适")):
            self.acted(who, one, "decide_category")

    @rule(who=WHO)
    def supply(self, who: str) -> None:
        one = self.open_one()
        if one is None:
            return
        by = self.people[who]
        self.attempt(lambda: filing.supply_evidence(by=by, application=one, version=one.version, statement="见说明"))

    @rule(who=WHO)
    def nominate(self, who: str) -> None:
        if self.attempt(lambda: self.intake.nominated(by=self.people[who])):
            assert who in {"culture", "culture2"}

    @rule(who=WHO, step=st.sampled_from([*NOMINATING]), stale=STALE)
    def go_on_nominating(self, who: str, step: str, stale: int) -> None:
        one = self.open_nomination()
        if one is None:
            return
        verb, by = NOMINATING[step], self.people[who]
        if self.attempt(lambda: verb(by=by, nomination=one, version=one.version - stale)):
            assert who == "proprietor" or step in {"ask_consent", "stop_asking"}
            one.refresh_from_db()
            assert one.state == NOMINATION.step(step).target

    @rule(who=WHO)
    def scan(self, who: str) -> None:
        one = self.open_nomination()
        if one is None:
            return
        by, paper = self.people[who], kept(folder=nominating.CONSENTS)
        self.attempt(
            lambda: nominating.record_consent(by=by, nomination=one, version=one.version, scan=paper, note="当面签")
        )

    @rule(who=WHO)
    def submit_nomination(self, who: str) -> None:
        one = self.open_nomination()
        if one is None:
            return
        by, had, consented = self.people[who], self.open_one(), one.consented_at is not None
        if self.attempt(lambda: nominating.submit(by=by, nomination=one, version=one.version, reason="同意")):
            assert consented
            assert had is None
            assert one.steps.get(step="draft").by_id != by.pk

    def attempt(self, deed: Callable[[], object]) -> bool:
        """Whether it was done; refused, everything is as it was."""
        before = self.snapshot()
        try:
            with transaction.atomic():
                deed()
        except Refusal as refusal:
            said = refusal.what_to_do
        else:
            return True
        assert said
        assert self.snapshot() == before
        return False

    def acted(self, who: str, one: Application, step: str) -> None:
        """Nobody with a tie takes a step, and nobody without a role here."""
        assert who not in {"stranger", "agent"}
        assert not InterestDeclaration.objects.filter(application=one, user=self.people[who], has_tie=True).exists()
        if step in {"look_again", "refuse"}:
            assert one.steps.filter(step="fail").last().by_id != self.people[who].pk  # type: ignore[union-attr]

    def open_one(self) -> Application | None:
        return Application.objects.open().filter(business=self.intake.business).first()

    def open_nomination(self) -> Nomination | None:
        return Nomination.objects.open().filter(business=self.intake.business).first()

    def snapshot(self) -> list[object]:
        return [
            list(Application.objects.order_by("pk").values()),
            list(Nomination.objects.order_by("pk").values()),
            InterestDeclaration.objects.count(),
            Event.objects.count(),
        ]

    @invariant()
    def holds(self) -> None:
        assert Application.objects.open().filter(business=self.intake.business).count() <= 1
        for one in Application.objects.select_related("nomination"):
            assert one.steps.count() == one.version
            assert one.is_open == (one.due_latest is not None)
            if one.nomination is not None:
                opened = one.steps.get(number=1)
                assert one.nomination.state == "submitted"
                assert one.nomination.consented_at is not None
                assert one.nomination.consented_at <= opened.at
            if one.decided_category:
                assert one.category_reason
        for nomination in Nomination.objects.filter(state="submitted"):
            assert nomination.consent
            assert Application.objects.filter(nomination=nomination).count() == 1


def test_any_deeds_in_any_order(intake: Intake) -> None:
    class Isolated(Course):
        """Every example begins at the same savepoint."""

        def __init__(self) -> None:
            super().__init__()
            self.savepoint = transaction.savepoint()

        def teardown(self) -> None:
            transaction.savepoint_rollback(self.savepoint)

    Isolated.intake = intake
    run_state_machine_as_test(
        Isolated,
        settings=settings(
            max_examples=15,
            stateful_step_count=50,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
