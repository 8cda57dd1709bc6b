"""A corrected fact, followed to everything that used it: what is listed equals a full recomputation, what is carried
out is what the directory then says.
"""

import datetime
import random

import pytest

from jieti.accounts.actions import add_member
from jieti.accounts.models import Jurisdiction, Role, User
from jieti.accounts.rulebook_files import folder_of
from jieti.audit.models import Event
from jieti.determinations.actions import start_run
from jieti.determinations.amending import amend_result
from jieti.determinations.exports import make_export, mark_sent
from jieti.determinations.models import Result, Run
from jieti.determinations.recomputing import recompute
from jieti.determinations.running import execute
from jieti.directory.actions import follow_results, publish_run, republish, republish_all
from jieti.directory.models import DirectoryEntry
from jieti.kit.errors import Refusal
from jieti.measures.actions import load_measures
from jieti.notices.models import Notice
from jieti.registry.actions import link_proprietor
from jieti.registry.corrections import answer_corrected, raise_correction, uphold
from jieti.registry.models import Business, CorrectionRequest, Delivery
from jieti.rulebooks.actions import approve_norm, propose_norm
from jieti.supervision.consequences import carry_out, keep
from jieti.supervision.effects import effects_of_delivery, trace_all, trace_delivery, trace_request, trace_versions
from jieti.supervision.models import Effect, Trace
from tests.factories.accounts import make_officer, make_user
from tests.factories.deliveries import delivered as deliver_table
from tests.factories.deliveries import make_feeds, organisation
from tests.factories.tables import Rows, code, register, registered, xlsx

BASIS = datetime.date(2026, 7, 1)
BUSINESSES = 120
NORM = {
    "growth_turnover": "300000",
    "growth_tax_paid": "10000",
    "development_turnover": "3000000",
    "development_tax_paid": "100000",
}
HEADERS = {
    "annual_reports": ("统一社会信用代码", "年报年度", "报送日期", "营业收入"),
    "tax": ("统一社会信用代码", "所属年度", "已办税务登记", "纳税人类型", "非正常户", "实际入库税款", "退库税款"),
    "social_insurance": ("统一社会信用代码", "费款所属期", "参保形式", "参保人数"),
    "credit": ("统一社会信用代码", "类别", "作出决定日期"),
    "intellectual_property": ("统一社会信用代码", "权利种类"),
    "courts": ("统一社会信用代码", "发布日期"),
    "suspension": ("统一社会信用代码", "备案日期", "歇业截止日期"),
}


class District:
    """A small district whose facts can be changed: turnovers, taxes, headcounts, marks, by number of business."""

    def __init__(self, seed: int, clerk: User) -> None:
        self.rng, self.clerk, self.made = random.Random(seed), clerk, 0
        numbers = range(1, BUSINESSES + 1)
        self.turnover: dict[int, int | None] = {n: self.draw_turnover() for n in numbers}
        self.paid = {n: self.draw_paid() for n in numbers}
        self.heads = {n: self.rng.choice((0, 0, 0, 1, 2, 4, 9)) for n in numbers}
        self.marked = {n: self.rng.random() < 0.1 for n in numbers}

    def draw_turnover(self) -> int | None:
        return self.rng.choice((None, 0, 20_000, 299_999, 300_000, 900_000, 3_000_000, 5_000_000))

    def draw_paid(self) -> int:
        return self.rng.choice((0, 0, 9_999, 10_000, 99_999, 100_000))

    @property
    def almost_growing(self) -> int:
        """A business of the survival tier that a tax of 10,000 would make grow."""
        poor = (n for n, turnover in self.turnover.items() if turnover == 20_000 and not self.marked[n])
        return next(n for n in poor if not self.paid[n] + self.heads[n])

    def table(self, source: str) -> Rows:
        rows: dict[str, list[list[object]]] = {
            "annual_reports": [[code(n), 2025, "2026-03-01", amount] for n, amount in self.turnover.items()],
            "tax": [[code(n), 2025, "是", "小规模纳税人", "否", paid, 0] for n, paid in self.paid.items()],
            "social_insurance": [[code(n), "2025-07", "单位", heads] for n, heads in self.heads.items() if heads],
            "credit": [[code(n), "经营异常状态", "2026-01-05"] for n, marked in self.marked.items() if marked],
        }
        return [HEADERS[source], *rows.get(source, [])]

    def deliver(self, source: str, *, as_of: datetime.date = BASIS, rows: Rows | None = None) -> Delivery:
        self.made += 1
        found = deliver_table(
            by=self.clerk,
            source=source,
            file=xlsx(rows or self.table(source)),
            file_name=f"{source}-{self.made}.xlsx",
            as_of=as_of,
            reason="更正",
        )
        assert found.status == Delivery.Status.ACCEPTED, found.message
        return found

    def deliver_all(self) -> None:
        towns = ("怀柔镇", "雁栖镇", "渤海镇")
        rows = [registered(n, 所属镇街=towns[n % 3]) for n in range(1, BUSINESSES + 1)]
        self.deliver("registration", rows=register(*rows))
        for source in HEADERS:
            self.deliver(source)

    def correct(self, source: str, share: float) -> Delivery:
        """Random corrections of one table, told anew about the same day."""
        for n in self.rng.sample(range(1, BUSINESSES + 1), int(BUSINESSES * share)):
            match source:
                case "annual_reports":
                    self.turnover[n] = self.draw_turnover()
                case "tax":
                    self.paid[n] = self.draw_paid()
                case "social_insurance":
                    self.heads[n] = self.rng.choice((0, 1, 4))
                case _:
                    self.marked[n] = not self.marked[n]
        return self.deliver(source)


@pytest.fixture
def decider(db: None) -> User:
    """An approver who has nothing to do with the deliveries."""
    make_feeds()
    return make_officer(organisation(), Role.APPROVER, username="decider")


@pytest.fixture
def place(intake_clerk: User, reviewer: User, approver: User, decider: User) -> District:
    """A published run of a district of 120 businesses; its package was sent."""
    load_measures(folder=folder_of(), by=None)
    found = District(7, intake_clerk)
    found.deliver_all()
    approve_norm(by=approver, norm=propose_norm(by=reviewer, year=2026, values=NORM, is_sample=True))
    run = execute(start_run(by=reviewer, year=2026))
    publish_run(run=run, by=approver)
    mark_sent(by=approver, export=make_export(by=approver, run=run), receipt="回执1")
    return found


@pytest.fixture
def run(place: District) -> Run:
    return Run.objects.get(status=Run.Status.PUBLISHED)


def differences(run: Run) -> dict[str, tuple[str | None, list[str]]]:
    """By what was accepted last of every source: the labels of a full recomputation that are not the current ones."""
    newest = Delivery.objects.accepted().latest_by_source()
    found = recompute(run, inputs={key: {"delivery": newest[key].pk} for key in run.inputs})
    return {one.before.uscc: (one.tier, list(one.possible)) for one in found if one.moves}


def listed(cause: str) -> dict[str, tuple[str | None, list[str]]]:
    effects = Effect.objects.open().filter(kind="result", cause=cause)
    return {one.uscc: (one.after["tier"], one.after["possible"]) for one in effects}


def directory() -> dict[str, tuple[str | None, list[str]]]:
    return {one.uscc: (one.tier, list(one.possible)) for one in DirectoryEntry.objects.all()}


def current(run: Run) -> dict[str, tuple[str | None, list[str]]]:
    return {one.uscc: (one.tier, list(one.possible)) for one in Result.objects.current().filter(run=run)}


@pytest.mark.clause("附件一(二)3.c")
@pytest.mark.parametrize("seed", range(2))
def test_what_is_listed_is_the_difference_to_a_full_recomputation(
    place: District, run: Run, decider: User, seed: int
) -> None:
    place.rng.seed(seed)
    for source in place.rng.sample(("annual_reports", "tax", "social_insurance", "credit"), 4):
        delivery = place.correct(source, 0.2)
        expected, published = differences(run), directory()
        trace_delivery(by=None, delivery=delivery, run=run)
        cause = f"delivery:{delivery.pk}"
        assert listed(cause) == expected
        assert expected, "the corrections are to move somebody"
        assert directory() == published == current(run), "a published result is a snapshot"
        carry_out(by=decider, run=run, cause=cause, usccs=sorted(expected), reason="更正", republish=republish_all)
        assert differences(run) == {}
        assert directory() == current(run)
        assert {uscc: directory()[uscc] for uscc in expected} == expected
    assert not Effect.objects.open().exists()
    tiers = Result.objects.current().filter(run=run).by_tier()
    base = tiers.get("growth", 0) + tiers.get("development", 0)
    last = Effect.objects.filter(kind="quota", status="done").order_by("pk").last()
    assert last is not None
    assert last.after["base"] == base, "the base counted on through every decision"


def test_the_uses_of_one_result(place: District, run: Run, decider: User) -> None:
    one = place.almost_growing
    place.paid[one] = 10_000
    delivery = place.deliver("tax")
    before = Result.objects.filter(run=run).by_tier()
    trace_delivery(by=None, delivery=delivery, run=run)
    effects = {effect.kind: effect for effect in Effect.objects.filter(uscc=code(one))}
    assert set(effects) == {"result", "directory", "quota", "measures", "statistics", "export"}
    assert effects["result"].facts == {"tax_paid": "10000.00"}
    base = before["growth"] + before["development"]
    assert (effects["quota"].before["base"], effects["quota"].after["base"]) == (base, base + 1)
    statistics = effects["statistics"]
    assert statistics.after["growth"] == statistics.before["growth"] + 1
    assert statistics.after["survival"] == statistics.before["survival"] - 1
    assert effects["measures"].before != effects["measures"].after
    cause = f"delivery:{delivery.pk}"
    carry_out(by=decider, run=run, cause=cause, usccs=[code(one)], reason="税务局更正", republish=republish_all)
    settled = {effect.kind: effect for effect in Effect.objects.filter(uscc=code(one))}
    assert settled["directory"].status == settled["quota"].status == "done"
    assert settled["export"].status == settled["statistics"].status == "annotated"
    place_in_package = Result.objects.current().filter(run=run, uscc__lte=code(one)).count()
    assert f"第{place_in_package}户已更正" in settled["export"].note
    export = run.exports.get()
    assert Effect.objects.of_export(export.pk).count() == 1
    version = Result.objects.current().get(run=run, uscc=code(one))
    assert (version.version, version.tier, version.cause, version.decided_by) == (2, "growth", cause, decider)
    assert Event.objects.filter(verb="supervision.carry_out").count() == 1


def test_kept_as_published(place: District, run: Run, decider: User) -> None:
    delivery = place.correct("tax", 0.2)
    trace_delivery(by=None, delivery=delivery, run=run)
    cause, published = f"delivery:{delivery.pk}", directory()
    usccs = sorted(listed(cause))
    assert keep(by=decider, run=run, cause=cause, usccs=usccs, reason="以7月1日为准") == len(usccs)
    assert directory() == published
    assert not Effect.objects.open().exists()
    assert set(Effect.objects.values_list("status", "note").distinct()) == {("kept", "以7月1日为准")}
    with pytest.raises(Refusal, match="已经处理"):
        carry_out(by=decider, run=run, cause=cause, usccs=usccs, reason="又", republish=republish_all)


def test_who_may_decide(place: District, run: Run, decider: User, reviewer: User, intake_clerk: User) -> None:
    delivery = place.correct("tax", 0.2)
    trace_delivery(by=None, delivery=delivery, run=run)
    cause = f"delivery:{delivery.pk}"
    usccs = sorted(listed(cause))

    def decide(by: User, reason: str = "更正") -> None:
        carry_out(by=by, run=run, cause=cause, usccs=usccs, reason=reason, republish=republish_all)

    with pytest.raises(Refusal, match="不能决定"):
        decide(reviewer)
    with pytest.raises(Refusal, match="不能决定"):
        decide(make_user("nobody"))
    with pytest.raises(Refusal, match="理由"):
        decide(decider, " ")
    add_member(by=None, user=intake_clerk, organisation=organisation(), role=Role.APPROVER)
    with pytest.raises(Refusal, match="送交"):
        decide(intake_clerk)
    assert Effect.objects.exclude(status="open").count() == 0


def test_a_newer_delivery_takes_the_place_of_what_waits(place: District, run: Run) -> None:
    one = place.almost_growing
    place.paid[one] = 10_000
    first = place.deliver("tax")
    trace_delivery(by=None, delivery=first, run=run)
    assert code(one) in listed(f"delivery:{first.pk}")
    place.paid[one] = 0
    second = place.deliver("tax", rows=[*place.table("tax")[:1], *reversed(place.table("tax")[1:])])
    trace_delivery(by=None, delivery=second, run=run)
    assert not Effect.objects.open().exists(), "the second delivery has taken the first one's correction back"
    assert differences(run) == {}


def test_data_of_later_days_are_for_the_next_run(place: District, run: Run) -> None:
    place.paid = dict.fromkeys(place.paid, 100_000)
    later = place.deliver("tax", as_of=BASIS + datetime.timedelta(days=30))
    assert effects_of_delivery(later, run=run) == []


def corrected_on_request(place: District, number: int) -> CorrectionRequest:
    """The tax bureau corrects one business's value on its proprietor's request, in a table of a later day."""
    owner = make_user("owner")
    business = Business.objects.get(pk=code(number))
    link_proprietor(by=None, user=owner, business=business)
    request = raise_correction(by=owner, business=business, source_key="tax", item="paid", shown_value="0", claim="1万")
    officer = make_officer(organisation("tax_bureau"), Role.DEPARTMENT_OFFICER, username="tax")
    place.paid = dict.fromkeys(place.paid, 10_000)
    delivery = place.deliver("tax", as_of=BASIS + datetime.timedelta(days=30))
    return answer_corrected(by=officer, request=request, delivery=delivery, answer="已更正")


@pytest.mark.clause("附件一(二)3.c")
def test_a_value_corrected_on_request_is_followed_for_its_business_alone(
    place: District, run: Run, decider: User, intake_clerk: User
) -> None:
    one = place.almost_growing
    request = corrected_on_request(place, one)
    assert trace_all(Jurisdiction.objects.site()) == 1, "data of a later day count for the one that asked, nobody else"
    cause = f"correction:{request.pk}"
    assert listed(cause) == {code(one): ("growth", ["growth"])}
    effect = Effect.objects.open().get(uscc=code(one), kind="result")
    assert effect.facts == {"tax_paid": "10000.00"}
    again = trace_request(by=None, request=request, run=run)
    assert (again.changes, Effect.objects.filter(cause=cause, kind="result").count()) == (1, 1)
    add_member(by=None, user=intake_clerk, organisation=organisation(), role=Role.APPROVER)
    with pytest.raises(Refusal, match="送交"):
        carry_out(by=intake_clerk, run=run, cause=cause, usccs=[code(one)], reason="更正", republish=republish_all)
    carry_out(by=decider, run=run, cause=cause, usccs=[code(one)], reason="更正", republish=republish_all)
    assert directory()[code(one)] == ("growth", ["growth"])
    assert directory() == current(run)
    assert Notice.objects.get(kind="result_changed").recipient == request.raised_by


def test_a_request_that_was_not_upheld_has_no_effects(place: District, run: Run) -> None:
    owner, business = make_user("owner"), Business.objects.get(pk=code(1))
    link_proprietor(by=None, user=owner, business=business)
    request = raise_correction(by=owner, business=business, source_key="tax", item="paid", shown_value="0", claim="1万")
    officer = make_officer(organisation("tax_bureau"), Role.DEPARTMENT_OFFICER, username="tax")
    uphold(by=officer, request=request, reasons="与底册一致")
    assert trace_all(Jurisdiction.objects.site()) == 0
    assert trace_request(by=None, request=CorrectionRequest.objects.get(), run=run).changes == 0
    assert not Effect.objects.exists()


def test_an_objections_decision_outlasts_a_delivery(place: District, run: Run, approver: User) -> None:
    one = place.almost_growing
    result = Result.objects.current().get(run=run, uscc=code(one))
    amend_result(by=approver, result=result, facts={"tax_paid": 10_000}, cause="objection:1", clause="附件一(二)3.c")
    republish(by=approver, uscc=code(one), cause="objection:1")
    assert trace_versions(by=None, run=run) == 1
    assert trace_versions(by=None, run=run) == 0
    assert not Effect.objects.open().exists()
    place.paid[one] = 100_000
    place.deliver("tax")
    assert trace_all(Jurisdiction.objects.site()) == 0
    assert Result.objects.current().get(run=run, uscc=code(one)).tier == "growth"


def test_a_version_by_late_data_has_its_entry_issued(place: District, run: Run) -> None:
    one = place.almost_growing
    result = Result.objects.current().get(run=run, uscc=code(one))
    amend_result(by=None, result=result, facts={"tax_paid": 10_000}, cause="delivery:9", clause="附件一(二)1")
    assert follow_results(by=None) == 1
    assert DirectoryEntry.objects.get(pk=code(one)).tier == "growth"
    assert follow_results(by=None) == 0
    trace_all(Jurisdiction.objects.site())
    assert not Effect.objects.open().exists()
    settled = Effect.objects.get(uscc=code(one), kind="directory")
    assert (settled.status, settled.after["tier"]) == ("done", "growth")


def test_everything_is_followed_once(place: District, run: Run) -> None:
    place.correct("tax", 0.1)
    place.correct("credit", 0.1)
    site = Jurisdiction.objects.site()
    assert trace_all(site) > 0
    waiting = Effect.objects.open().count()
    assert trace_all(site) == 0
    assert Effect.objects.open().count() == waiting
    assert Trace.objects.of(site).count() == 2
