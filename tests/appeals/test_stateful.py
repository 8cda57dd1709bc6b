"""Any deeds by anybody in any order: what was refused left nothing, what was done obeyed the table."""

from collections.abc import Callable

from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from jieti.accounts.models import User
from jieti.appeals import handling
from jieti.appeals.filing import supply_evidence, withdraw
from jieti.appeals.models import Objection
from jieti.audit.models import Event
from jieti.determinations.models import Result
from jieti.directory.corrections import correct_result
from jieti.directory.models import DirectoryEntry
from jieti.domain.workflows.objection import OBJECTION
from jieti.kit.errors import Refusal
from tests.appeals.court import DEVELOPMENT_TURNOVER, Court
from tests.web import district

RIGHT, USED = DEVELOPMENT_TURNOVER, "654321.00"
REASON_OF = {
    "not_accept": handling.not_accept,
    "ask_evidence": handling.ask_evidence,
    "recall": handling.recall,
    "send_back": handling.send_back,
    "uphold": handling.uphold,
    "refuse": handling.refuse,
}
PLAIN = {
    "accept": handling.accept,
    "verify": handling.verify,
    "end_waiting": handling.end_waiting,
    "correct": correct_result,
    "withdraw": withdraw,
}
WHO = st.sampled_from(["clerk", "reviewer", "second_reviewer", "approver", "both", "proprietor", "tax", "outsider"])
STALE = st.sampled_from([0, 0, 0, 0, 1])


class Course(RuleBasedStateMachine):
    """One business, one objection after another; every deed by anybody at any time, sometimes from a stale page."""

    court: Court

    @initialize()
    def begin(self) -> None:
        self.people: dict[str, User] = {
            "clerk": self.court.people.clerk,
            "reviewer": self.court.people.reviewer,
            "second_reviewer": self.court.second_reviewer,
            "approver": self.court.people.approver,
            "both": self.court.both,
            "proprietor": self.court.people.proprietor,
            "tax": self.court.tax_officer,
            "outsider": self.court.people.outsider,
        }
        self.one: Objection | None = None
        self.done: list[tuple[str, str]] = []

    @rule(who=WHO)
    def file(self, who: str) -> None:
        value = RIGHT if self.court.result.version == 1 else "700000.00"
        try:
            with transaction.atomic():
                filed = self.court.file(by=self.people[who], claims={"turnover": value})
        except Refusal:
            assert who != "proprietor" or (self.one is not None and self.one.is_open)
            return
        assert who == "proprietor"
        assert self.one is None or not self.one.is_open
        self.one, self.done = filed, [("file", who)]

    @rule(who=WHO, step=st.sampled_from([*PLAIN, *REASON_OF]), stale=STALE, reason=st.sampled_from(["有据", " "]))
    def deed(self, who: str, step: str, stale: int, reason: str) -> None:
        if self.one is None:
            return
        one, by = self.one, self.people[who]
        version = one.version - stale
        if step in REASON_OF:
            verb = REASON_OF[step]
            self.attempt(step, who, lambda: verb(by=by, objection=one, version=version, reason=reason))
        else:
            plain = PLAIN[step]
            self.attempt(step, who, lambda: plain(by=by, objection=one, version=version))

    @rule(who=WHO, value=st.sampled_from([RIGHT, USED]))
    def conclude(self, who: str, value: str) -> None:
        one = self.one
        if one is not None:
            values = {"turnover": value}
            self.attempt("conclude", who, lambda: handling.conclude(
                by=self.people[who], objection=one, version=one.version, values=values, reason="核对"))  # fmt: skip

    @rule(who=WHO)
    def consult(self, who: str) -> None:
        one = self.one
        if one is not None:
            self.attempt("consult", who, lambda: handling.consult(
                by=self.people[who], objection=one, version=one.version,
                facts=["turnover"], question="请核对"))  # fmt: skip

    @rule(who=WHO)
    def answer(self, who: str) -> None:
        one = self.one
        if one is not None:
            self.attempt("answer", who, lambda: handling.answer(
                by=self.people[who], objection=one, fact="turnover", value=USED, reason="一致"))  # fmt: skip

    @rule(who=WHO)
    def supply(self, who: str) -> None:
        one = self.one
        if one is not None:
            self.attempt("supply_evidence", who, lambda: supply_evidence(
                by=self.people[who], objection=one, version=one.version, statement="见说明"))  # fmt: skip

    @rule(who=WHO)
    def reply(self, who: str) -> None:
        one = self.one
        if one is not None:
            self.attempt("reply", who, lambda: handling.reply(
                by=self.people[who], objection=one, version=one.version, message="请知悉"))  # fmt: skip

    def attempt(self, step: str, who: str, deed: Callable[[], object]) -> None:
        """Either it is refused and everything is as it was, or it is a step of the table by somebody who may."""
        assert self.one is not None
        before, events = self.snapshot(), Event.objects.count()
        try:
            with transaction.atomic():
                deed()
        except Refusal:
            assert self.snapshot() == before
            assert Event.objects.count() == events
            return
        self.one = Objection.objects.get(pk=self.one.pk)
        assert before["state"] in OBJECTION.step(step).sources
        assert self.one.state == OBJECTION.step(step).target
        assert who != "outsider"
        concluded = {by for key, by in self.done if key == "conclude"}
        assert step not in {"uphold", "refuse", "send_back"} or who not in concluded
        self.done.append((step, who))

    def snapshot(self) -> dict[str, object]:
        assert self.one is not None
        row = Objection.objects.filter(pk=self.one.pk).values().get()
        facts = tuple(self.one.disputed.order_by("pk").values_list())
        return row | {"facts": facts, "steps": self.one.steps.count(), "results": Result.objects.count()}

    @invariant()
    def holds(self) -> None:
        if getattr(self, "one", None) is None:
            return
        one = Objection.objects.get(pk=self.one.pk)  # type: ignore[union-attr]
        assert one.steps.count() == one.version == len(self.done)
        assert one.is_open == (one.due_latest is not None)
        assert (one.state == "replied") == bool(one.reply_number)
        assert (one.corrected_id is not None) == (one.outcome == "upheld" and one.state in {"corrected", "replied"})
        current = Result.objects.current().get(uscc=district.GROWTH, run=self.court.run)
        assert DirectoryEntry.objects.get(pk=district.GROWTH).tier == current.tier
        versions = Result.objects.filter(uscc=district.GROWTH, run=self.court.run).count()
        assert current.version == versions


def test_any_deeds_in_any_order(court: Court) -> None:
    class OfThisCourt(Course):
        pass

    OfThisCourt.court = court

    class Isolated(OfThisCourt):
        """Every example begins at the same savepoint."""

        def __init__(self) -> None:
            super().__init__()
            self.savepoint = transaction.savepoint()

        def teardown(self) -> None:
            transaction.savepoint_rollback(self.savepoint)

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


def test_every_step_is_tried() -> None:
    """The machine above is worth something only if it tries everything."""
    assert {*PLAIN, *REASON_OF, "file", "conclude", "consult", "answer", "supply_evidence", "reply"} == {
        step.key for step in OBJECTION.steps
    }
