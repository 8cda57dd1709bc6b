"""What must hold of every table, under every choice that a rulebook has; and that the checks find what is wrong."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache

import pytest
import yaml
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from jieti.domain.workflows import WORKFLOWS
from jieti.domain.workflows.checks import always_before, faults, unset
from jieti.domain.workflows.table import KEPT, NONE, RESUMED, Parts, State, Step, Workflow, parts_of, within, workflow
from rulecore.source import load_rulebook
from tests.architecture.tree import ROOT
from tests.rulebooks.files import DEMO, HUAIROU

PROCEDURE = load_rulebook(HUAIROU).procedure
TABLES = list(WORKFLOWS.values())
SELF = WORKFLOWS["recognition"].switched(parts_of(PROCEDURE, path="self"))
NOMINATED = WORKFLOWS["recognition"].switched(parts_of(PROCEDURE, path="nomination"))


@cache
def registered_clauses() -> tuple[str, ...]:
    listed = yaml.safe_load((ROOT / "docs" / "clauses.yaml").read_text(encoding="utf-8"))["clauses"]
    return tuple(str(one["clause"]) for one in listed)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.key)
def test_no_choice_of_parts_leaves_a_fault(table: Workflow) -> None:
    assert {fault for variant in table.variants() for fault in faults(variant)} == set()


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.key)
def test_every_clause_is_in_the_register(table: Workflow) -> None:
    cited = {step.clause for step in table.steps} | {table.clause}
    assert {clause for clause in cited if not any(known.startswith(clause) for known in registered_clauses())} == set()


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.key)
def test_huairou_sets_every_limit_that_a_table_asks_for(table: Workflow) -> None:
    assert unset(table, PROCEDURE) == ()


def test_a_rulebook_without_the_limits_is_told_which() -> None:
    missing = unset(WORKFLOWS["objection"], load_rulebook(DEMO).procedure)
    assert missing == ("objection_correct", "objection_decide", "objection_evidence")


def test_parts_follow_the_path() -> None:
    assert parts_of(PROCEDURE, path="self").needed >= {"application", "site_visit", "public_notice", "city_report"}
    nominated = parts_of(PROCEDURE, path="nomination")
    assert {"consent", "nomination"} <= nominated.needed
    assert not {"application", "site_visit", "city_report"} & nominated.held
    assert "comparison" in nominated.held - nominated.needed


def test_each_path_has_its_own_way_in() -> None:
    assert [step.key for step in SELF.openings] == ["draft"]
    assert [step.key for step in NOMINATED.openings] == ["receive_nomination"]


@pytest.mark.parametrize(
    ("table", "earlier", "state"),
    [
        (SELF, {"accept"}, "recognised"),
        (SELF, {"pass_to_visit"}, "recognised"),
        (SELF, {"record_visit"}, "recognised"),
        (SELF, {"give_notice"}, "recognised"),
        (SELF, {"end_notice", "dismiss_objections"}, "recognised"),
        (SELF, {"propose", "choose"}, "noticed"),
        (SELF, {"report"}, "in_force"),
        (NOMINATED, {"give_notice"}, "recognised"),
        (WORKFLOWS["nomination"], {"consent", "record_consent"}, "submitted"),
        (WORKFLOWS["objection"], {"accept"}, "upheld"),
        (WORKFLOWS["objection"], {"reply"}, "replied"),
        (WORKFLOWS["objection"], {"correct", "refuse", "not_accept"}, "replied"),
        (WORKFLOWS["extension"], {"conclude"}, "extended"),
        (WORKFLOWS["revocation"], {"notify"}, "decided"),
        (WORKFLOWS["revocation"], {"state", "waive", "end_hearing"}, "decided"),
        (WORKFLOWS["withdrawal"], {"notify"}, "decided"),
        (WORKFLOWS["correction"], {"raise"}, "corrected"),
        (WORKFLOWS["delivery"], {"check", "hold"}, "accepted"),
        (WORKFLOWS["delivery"], {"confirm", "confirm_held", "order", "order_held"}, "accepted"),
    ],
)  # fmt: skip
def test_what_the_document_wants_first_cannot_be_left_out(table: Workflow, earlier: set[str], state: str) -> None:
    assert state in table.states
    assert always_before(table, earlier, state)


def test_the_check_of_order_finds_a_way_around() -> None:
    assert not always_before(NOMINATED, {"record_visit"}, "recognised")
    assert not always_before(SELF, {"compare"}, "recognised")


def test_a_needed_comparison_cannot_be_skipped() -> None:
    whole = parts_of(PROCEDURE, path="self")
    strict = WORKFLOWS["recognition"].switched(Parts(whole.held, whole.needed | {"comparison"}))
    assert always_before(strict, {"compare"}, "recognised")
    assert "comparing" not in WORKFLOWS["recognition"].switched(Parts(whole.held - {"comparison"}, whole.needed)).states


def small(*steps: Step, states: Iterable[State] = ()) -> Workflow:
    listed = (State("open", "甲"), State("done", "乙", final=True), *states)
    return workflow("small", "小", "附件一", states=listed, steps=steps, roles={"officer": "人员"})


OPEN = Step("open", "开", (), "open", "officer", "附件一", within("limit"))
CLOSE = Step("close", "关", ("open",), "done", "officer", "附件一", NONE)


def test_the_smallest_table_is_sound() -> None:
    assert faults(small(OPEN, CLOSE)) == ()


@pytest.mark.parametrize(
    ("steps", "states", "fault"),
    [
        ((OPEN, replace(CLOSE, clause="")), (), "cites no clause"),
        ((OPEN, CLOSE), (State("lonely", "丙"),), "nothing leads to lonely"),
        ((OPEN, CLOSE, replace(CLOSE, key="s", target="trap", due=KEPT)), (State("trap", "丙"),), "has no way out"),
        ((replace(OPEN, due=NONE), CLOSE), (), "an open case without a deadline"),
        ((OPEN, replace(CLOSE, due=KEPT)), (), "a closed case with a deadline"),
        ((replace(OPEN, due=KEPT), CLOSE), (), "has no deadline to go on with"),
        ((OPEN, CLOSE, replace(OPEN, key="again", sources=("done",))), (), "leaves a closed state"),
        ((OPEN, replace(CLOSE, role="nobody")), (), "a role without a name"),
        ((OPEN, replace(CLOSE, target="nowhere")), (), "a state that does not exist"),
        ((OPEN, replace(CLOSE, not_by=frozenset({"ghost"}))), (), "steps that do not exist"),
        ((OPEN, replace(CLOSE, not_by=frozenset({"close"}))), (), "without a first person"),
        ((OPEN, CLOSE, replace(OPEN, key="resume", sources=("open",), due=RESUMED)), (), "resumes a clock that runs"),
        (
            (OPEN, CLOSE, replace(OPEN, key="stop", sources=("open",), target="wait", stops_clock=True),
             replace(OPEN, key="back", sources=("wait",), due=KEPT)),
            (State("wait", "丙"),), "leaves one stopped",
        ),
        (
            (OPEN, CLOSE, replace(OPEN, key="look", sources=("open",), target="seen", due=KEPT),
             replace(CLOSE, key="decide", sources=("open", "seen"), not_by=frozenset({"look"}))),
            (State("seen", "丙"),), "without a first person",
        ),
    ],
)  # fmt: skip
def test_the_checks_find(steps: tuple[Step, ...], states: tuple[State, ...], fault: str) -> None:
    assert fault in " ".join(faults(small(*steps, states=states)))


def test_a_key_stands_once() -> None:
    with pytest.raises(ValueError, match="stands twice"):
        small(OPEN, CLOSE, CLOSE)


def test_an_unknown_step_is_an_error() -> None:
    with pytest.raises(KeyError):
        WORKFLOWS["objection"].step("burn")


class Walk(RuleBasedStateMachine):
    """Any row of allowed steps by any of three people: what the table promises holds wherever it leads."""

    table: Workflow

    def __init__(self) -> None:
        super().__init__()
        self.state = ""
        self.taken: list[tuple[str, int]] = []
        self.stopped = False

    @precondition(lambda self: not (self.state and self.table.states[self.state].final))
    @rule(data=st.data(), person=st.integers(1, 3))
    def step(self, data: st.DataObject, person: int) -> None:
        offered = self.table.steps_from(self.state) if self.state else self.table.openings
        allowed = [one for one in offered if not {(key, person) for key in one.not_by} & set(self.taken)]
        if allowed:
            chosen = data.draw(st.sampled_from(allowed))
            self.taken.append((chosen.key, person))
            self.state = chosen.target
            self.stopped = chosen.stops_clock or (self.stopped and chosen.due not in {RESUMED, NONE})

    @precondition(lambda self: bool(self.state) and self.table.states[self.state].final)
    @rule()
    def begin_anew(self) -> None:
        assert not self.table.steps_from(self.state)
        self.state, self.taken, self.stopped = "", [], False

    @invariant()
    def a_clock_is_stopped_only_while_waiting(self) -> None:
        assert self.stopped == (self.state == "waiting_for_evidence" and any(s.stops_clock for s in self.table.steps))

    @invariant()
    def what_two_must_do_was_done_by_two(self) -> None:
        for place, (key, person) in enumerate(self.taken):
            shut_out = self.table.step(key).not_by
            if shut_out:
                assert {who for done, who in self.taken[:place] if done in shut_out} - {person}

    @invariant()
    def recognised_only_after_visit_and_notice(self) -> None:
        done = {key for key, _ in self.taken}
        if self.table is SELF and "recognise" in done:
            assert {"record_visit", "give_notice"} <= done


@pytest.mark.parametrize(
    "table", [*(one for one in TABLES if one.key != "recognition"), SELF, NOMINATED], ids=lambda t: t.key
)
def test_no_row_of_allowed_steps_breaks_the_promises(table: Workflow) -> None:
    machine = type(f"Walk{table.key}", (Walk,), {"table": table})
    run_state_machine_as_test(machine, settings=settings(max_examples=30, stateful_step_count=30, deadline=None))
