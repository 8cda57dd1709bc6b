"""An objection from the filing to the letter: every way through, and everything that is out of order."""

from datetime import date, timedelta

import pytest

from jieti.appeals import handling
from jieti.appeals.filing import supply_evidence, withdraw
from jieti.appeals.letters import remedies
from jieti.appeals.models import LetterSeries, Objection
from jieti.audit.models import Event
from jieti.determinations.models import Result
from jieti.directory.corrections import correct_result
from jieti.directory.models import DirectoryEntry
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.kit.protection import decrypting_reader
from jieti.notices.models import Notice
from tests.appeals.court import DEVELOPMENT_TURNOVER, TAX_RIGHT, Court, kept
from tests.web import district


@pytest.mark.clause("附件一(二)3.c")
def test_an_upheld_objection_corrects_the_result_and_answers(court: Court) -> None:
    first = court.result
    done = court.replied()
    assert (done.state, done.outcome, done.closed_on) == ("replied", "upheld", clock.today())
    assert done.corrected is not None
    assert (done.corrected.version, done.corrected.tier, done.corrected.cause) == (
        2,
        "development",
        f"objection:{done.pk}",
    )
    first.refresh_from_db()
    assert (first.tier, first.is_current) == ("growth", False)
    assert DirectoryEntry.objects.get(pk=district.GROWTH).tier == "development"
    assert done.reply_number == f"怀市监异字〔{clock.today().year}〕1号"
    for part in (
        "异议成立",
        "由“成长型”更正为“发展型”",
        "3,000,000.00 元",
        "年报漏填一笔",
        "感谢您的指正。",
        "特此答复。",
    ):
        assert part in done.reply_text
    assert "行政复议" not in done.reply_text
    with decrypting_reader(done.reply_file) as file:
        assert file.read(5) == b"%PDF-"
    assert not done.reply_file.read_bytes().startswith(b"%PDF")
    steps = list(done.steps.values_list("step", flat=True))
    assert steps == ["file", "accept", "verify", "conclude", "uphold", "correct", "reply"]
    verbs = set(Event.objects.filter(subject=f"objection:{done.pk}").values_list("verb", flat=True))
    assert verbs == {f"objection.{step}" for step in steps}


@pytest.mark.clause("附件一(二)3.c")
def test_a_refused_objection_names_the_further_remedies(court: Court) -> None:
    one = court.concluded(value="654321.00")
    one = handling.refuse(by=court.people.approver, objection=one, version=one.version, reason="与账簿一致")
    one = handling.reply(by=court.people.clerk, objection=one, version=one.version, message="请知悉。")
    assert (one.outcome, one.corrected) == ("refused", None)
    for part in ("异议不成立", "60日内", "北京市怀柔区人民政府申请行政复议", "6个月内", "行政诉讼", "与账簿一致"):
        assert part in one.reply_text
    assert remedies(one) in one.reply_text
    assert court.result.version == 1


def test_one_that_is_not_accepted_is_answered_too(court: Court) -> None:
    one = court.file()
    one = handling.not_accept(by=court.people.clerk, objection=one, version=one.version, reason="不属于分型异议")
    one = handling.reply(by=court.people.clerk, objection=one, version=one.version, message="请另行反映。")
    assert (one.outcome, one.state) == ("not_accepted", "replied")
    assert "不予受理" in one.reply_text
    assert "行政复议" in one.reply_text


def test_letters_are_numbered_without_gaps(court: Court) -> None:
    numbers = []
    for _ in range(2):
        one = court.file()
        one = handling.not_accept(by=court.people.clerk, objection=one, version=one.version, reason="重复")
        with pytest.raises(Refusal):
            handling.reply(by=court.people.clerk, objection=one, version=one.version, message="  ")
        one = handling.reply(by=court.people.clerk, objection=one, version=one.version, message="请知悉。")
        numbers.append(one.reply_number.partition("〕")[2])
    assert numbers == ["1号", "2号"]
    assert LetterSeries.objects.get().last == 2


def test_the_proposer_does_not_decide(court: Court) -> None:
    one = court.verifying()
    values = {"turnover": DEVELOPMENT_TURNOVER}
    one = handling.conclude(by=court.both, objection=one, version=one.version, values=values, reason="核对无误")
    for decide in (handling.uphold, handling.refuse, handling.send_back):
        with pytest.raises(Refusal, match="另一人"):
            decide(by=court.both, objection=one, version=one.version, reason="同意")
    assert (
        handling.uphold(by=court.people.approver, objection=one, version=one.version, reason="同意").state == "upheld"
    )


def test_the_decision_follows_the_facts(court: Court) -> None:
    one = court.concluded(value="654321.00")
    with pytest.raises(Refusal, match="不能成立"):
        handling.uphold(by=court.people.approver, objection=one, version=one.version, reason="同情")
    one = handling.send_back(by=court.people.approver, objection=one, version=one.version, reason="再查账")
    values = {"turnover": DEVELOPMENT_TURNOVER}
    one = handling.conclude(by=court.people.reviewer, objection=one, version=one.version, values=values, reason="漏填")
    with pytest.raises(Refusal, match="有误"):
        handling.refuse(by=court.people.approver, objection=one, version=one.version, reason="不同意")


def test_nothing_is_proposed_before_every_fact_is_verified(court: Court) -> None:
    one = court.verifying(claims={"turnover": DEVELOPMENT_TURNOVER, "insured_headcount": "4"})
    with pytest.raises(Refusal, match="1项"):
        handling.conclude(
            by=court.people.reviewer,
            objection=one,
            version=one.version,
            values={"turnover": DEVELOPMENT_TURNOVER},
            reason="核对",
        )
    with pytest.raises(Refusal, match="不是"):
        handling.conclude(
            by=court.people.reviewer, objection=one, version=one.version, values={"turnover": "很多"}, reason="核对"
        )
    assert not one.disputed.filter(verified__isnull=False).exists()


def test_a_supplier_is_consulted_about_its_own_fact_alone(court: Court) -> None:
    one = court.verifying(claims={"tax_paid": "6000.00", "turnover": DEVELOPMENT_TURNOVER})
    one = handling.consult(
        by=court.people.reviewer, objection=one, version=one.version, facts=["tax_paid"], question="请核对入库税款"
    )
    assert (one.state, one.owner) == ("consulting", "tax_bureau")
    assert Notice.objects.for_user(court.tax_officer).filter(subject=f"objection:{one.pk}").exists()
    for wrong in (court.people.reviewer, court.people.proprietor, court.people.outsider):
        with pytest.raises(Refusal, match="答复"):
            handling.answer(by=wrong, objection=one, fact="tax_paid", value="6000.00", reason="有票")
    with pytest.raises(Refusal, match="没有等待答复"):
        handling.answer(by=court.tax_officer, objection=one, fact="turnover", value="1.00", reason="x")
    with pytest.raises(Refusal, match="理由"):
        handling.answer(by=court.tax_officer, objection=one, fact="tax_paid", value="6000.00", reason=" ")
    one = handling.answer(by=court.tax_officer, objection=one, fact="tax_paid", value="6000.00", reason="含补缴")
    assert (one.state, one.owner) == ("verifying", "district_regulator")
    fact = one.disputed.get(fact="tax_paid")
    assert (fact.verified, fact.answer, fact.answered_by) == ("6000.00", "含补缴", court.tax_officer)
    with pytest.raises(Refusal, match="没有等待答复"):
        handling.answer(by=court.tax_officer, objection=one, fact="tax_paid", value="7000.00", reason="再答")


def test_two_suppliers_answer_before_it_goes_on(court: Court) -> None:
    one = court.verifying(claims={"tax_paid": "6000.00", "turnover": DEVELOPMENT_TURNOVER})
    one = handling.consult(
        by=court.people.reviewer,
        objection=one,
        version=one.version,
        facts=["tax_paid", "turnover"],
        question="请核对",
    )
    assert one.owner == "district_regulator"
    one = handling.answer(by=court.tax_officer, objection=one, fact="tax_paid", value=None, reason="查不到")
    assert one.state == "consulting"
    assert Event.objects.filter(verb="appeals.answer_fact", subject=f"objection:{one.pk}").exists()
    one = handling.answer(by=court.second_reviewer, objection=one, fact="turnover", value="654321.00", reason="一致")
    assert one.state == "verifying"
    assert one.disputed.get(fact="tax_paid").verified is None


def test_a_question_is_taken_back(court: Court) -> None:
    one = court.verifying(claims={"tax_paid": "6000.00"})
    one = handling.consult(
        by=court.people.reviewer, objection=one, version=one.version, facts=["tax_paid"], question="请核对"
    )
    one = handling.recall(by=court.people.reviewer, objection=one, version=one.version, reason="已有完税证明")
    assert one.owner == "district_regulator"
    with pytest.raises(Refusal):
        handling.answer(by=court.tax_officer, objection=one, fact="tax_paid", value="6000.00", reason="晚了")


def test_the_clock_stands_while_evidence_is_awaited(court: Court) -> None:
    start = date(clock.today().year, 9, 1)
    with clock.at(clock.today()):
        one = court.verifying()
    due = one.due_latest
    one = handling.ask_evidence(by=court.people.reviewer, objection=one, version=one.version, reason="请补完税证明")
    assert one.clock_left == 20
    wanted = Notice.objects.get(kind="objection_evidence_wanted")
    assert (wanted.recipient, "请补完税证明" in wanted.body) == (court.people.proprietor, True)
    with pytest.raises(Refusal, match="未满"):
        handling.end_waiting(by=court.people.reviewer, objection=one, version=one.version)
    later = clock.today() + timedelta(days=7)
    with clock.at(later):
        with pytest.raises(Refusal, match="没有填写说明"):
            supply_evidence(by=court.people.proprietor, objection=one, version=one.version, statement=" ")
        one = supply_evidence(
            by=court.people.proprietor, objection=one, version=one.version, statement="见附件", evidence=[kept()]
        )
    assert one.evidence.count() == 1
    assert one.due_latest is not None
    assert due is not None
    assert one.due_latest > due
    assert one.clock_left is None
    assert start < later


def test_it_goes_on_without_the_evidence_after_the_time(court: Court) -> None:
    one = court.verifying()
    one = handling.ask_evidence(by=court.people.reviewer, objection=one, version=one.version, reason="请补证明")
    with clock.at(clock.today() + timedelta(days=60)):
        one = handling.end_waiting(by=court.people.reviewer, objection=one, version=one.version)
    assert one.state == "verifying"


def test_double_submits_and_stale_pages_change_nothing(court: Court) -> None:
    one = court.file()
    seen = one.version
    handling.accept(by=court.people.clerk, objection=one, version=seen)
    for again in (court.people.clerk, court.people.reviewer):
        with pytest.raises(Refusal, match="已经办过“受理”"):
            handling.accept(by=again, objection=one, version=seen)
    with pytest.raises(Refusal, match="已经办过"):
        handling.not_accept(by=court.people.clerk, objection=one, version=seen, reason="不受理")
    assert one.steps.count() == 2


def test_correcting_twice_makes_one_version(court: Court) -> None:
    one = court.concluded()
    one = handling.uphold(by=court.people.approver, objection=one, version=one.version, reason="成立")
    correct_result(by=court.people.reviewer, objection=one, version=one.version)
    with pytest.raises(Refusal, match="已经办过“更正结果”"):
        correct_result(by=court.people.reviewer, objection=one, version=one.version)
    assert Result.objects.filter(uscc=district.GROWTH).count() == 2


def test_somebody_without_the_role_corrects_nothing(court: Court) -> None:
    one = court.concluded()
    one = handling.uphold(by=court.people.approver, objection=one, version=one.version, reason="成立")
    for wrong in (court.people.approver, court.people.clerk, court.people.proprietor, court.tax_officer):
        with pytest.raises(Refusal, match="不能办理"):
            correct_result(by=wrong, objection=one, version=one.version)
    assert court.result.version == 1
    assert DirectoryEntry.objects.get(pk=district.GROWTH).tier == "growth"


def test_a_result_corrected_meanwhile_by_a_delivery_is_not_corrected_again(court: Court) -> None:
    from decimal import Decimal

    from jieti.determinations.amending import amend_result

    one = court.concluded()
    one = handling.uphold(by=court.people.approver, objection=one, version=one.version, reason="成立")
    facts = {"turnover": Decimal(DEVELOPMENT_TURNOVER)}
    late = amend_result(by=None, result=court.result, facts=facts, cause="delivery:9", clause="正文三(一)")
    one = correct_result(by=court.people.reviewer, objection=one, version=one.version)
    assert one.corrected == late


def test_out_of_order_is_refused_with_what_can_be_done(court: Court) -> None:
    one = court.file()
    with pytest.raises(Refusal, match="现在的状态是“已提出”") as refused:
        handling.uphold(by=court.people.approver, objection=one, version=one.version, reason="成立")
    assert "受理" in refused.value.what_to_do
    with pytest.raises(Refusal):
        handling.reply(by=court.people.clerk, objection=one, version=one.version, message="答复")
    assert not LetterSeries.objects.exists()


def test_it_is_taken_back_until_it_is_decided(court: Court) -> None:
    one = court.verifying()
    with pytest.raises(Refusal, match="不能办理"):
        withdraw(by=court.people.outsider, objection=one, version=one.version)
    one = withdraw(by=court.people.proprietor, objection=one, version=one.version)
    assert (one.state, one.outcome) == ("withdrawn", "withdrawn")
    again = court.file()
    again = handling.not_accept(by=court.people.clerk, objection=again, version=again.version, reason="已撤回过")
    with pytest.raises(Refusal, match="不予受理"):
        withdraw(by=court.people.proprietor, objection=again, version=again.version)


def told_of_withdrawal(one: Objection) -> set[tuple[str, str]]:
    notices = Notice.objects.filter(kind="objection_withdrawn", subject=f"objection:{one.pk}")
    return {(notice.organisation.key, notice.role) for notice in notices if notice.organisation}


@pytest.mark.clause("附件一(二)3.b")
def test_whoever_had_it_hears_that_it_was_taken_back(court: Court) -> None:
    owner = court.people.proprietor
    one = court.file()
    with pytest.raises(Refusal):
        withdraw(by=court.people.outsider, objection=one, version=one.version)
    assert told_of_withdrawal(one) == set()
    withdraw(by=owner, objection=one, version=one.version)
    assert told_of_withdrawal(one) == {("district_regulator", "intake_clerk")}
    notice = Notice.objects.get(kind="objection_withdrawn")
    assert "不再办理" in notice.body
    assert notice.link == f"/officer/objections/{one.pk}/"

    one = court.concluded()
    withdraw(by=owner, objection=one, version=one.version)
    assert told_of_withdrawal(one) == {("district_regulator", "approver")}

    one = court.verifying(claims={"tax_paid": TAX_RIGHT})
    asked = handling.consult(
        by=court.people.reviewer, objection=one, version=one.version, facts=["tax_paid"], question="请核实"
    )
    withdraw(by=owner, objection=asked, version=asked.version)
    expected = {("district_regulator", "reviewer"), ("tax_bureau", "department_officer")}
    assert told_of_withdrawal(one) == expected, "whoever is to answer need not look it up any more"


def test_the_city_handles_it_where_it_has_people(court: Court) -> None:
    from jieti.accounts.models import CITY_REGULATOR, Organisation, Role
    from tests.factories.accounts import make_officer

    city = Organisation.objects.get(key=CITY_REGULATOR, jurisdiction=court.business.jurisdiction.parent)
    reviewer = make_officer(city, Role.REVIEWER, username="city-reviewer")
    assert court.file().handler.key == "district_regulator"
    make_officer(city, Role.APPROVER, username="city-approver")
    first = Objection.objects.get()
    withdraw(by=court.people.proprietor, objection=first, version=first.version)
    one = court.file()
    assert (one.handler, one.owner) == (city, "city_regulator")
    with pytest.raises(Refusal, match="不能办理"):
        handling.accept(by=court.people.clerk, objection=one, version=one.version)
    assert handling.accept(by=reviewer, objection=one, version=one.version).state == "accepted"
