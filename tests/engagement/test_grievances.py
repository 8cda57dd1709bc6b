"""诉求: taken in by the right body, never read by the one complained of, answered in words."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from jieti.accounts.models import DISTRICT_REGULATOR, Role, User
from jieti.audit.models import Event
from jieti.engagement import duties, grievances, reminding
from jieti.engagement.desks import GRIEVANCES
from jieti.engagement.duties import Task
from jieti.engagement.grievances import Account, lodge, new_number
from jieti.engagement.models import Duty, Grievance
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.notices.models import Notice
from tests.engagement.staff import Staff, also_works_for

FEE = Account("fee", "被要求交会费", "办许可时被要求交会费", asker="王建国", contact="13800000000")
QUESTION = Account("question", "怎样报名培训", "想学烹饪")


def lodged(staff: Staff, account: Account = QUESTION, *, by: User | None = None) -> Grievance:
    return lodge(by=by, jurisdiction=staff.site, account=account, number=new_number())


def readers(staff: Staff, one: Grievance) -> set[str]:
    everybody = [*User.objects.filter(memberships__isnull=False).distinct()]
    found = Grievance.objects.of(staff.site)
    regulator = {user.pk for user in everybody if user.memberships.filter(organisation__key=DISTRICT_REGULATOR)}
    return {
        user.username
        for user in everybody
        if found.readable_by(user, oversees=user.pk in regulator).filter(pk=one.pk).exists()
    }


@pytest.mark.clause("正文二(三)7.e")
@pytest.mark.clause("正文三(二).c")
def test_a_complaint_about_fees_reaches_discipline_alone(staff: Staff) -> None:
    accused = staff.body(DISTRICT_REGULATOR)
    one = lodged(staff, Account("fee", FEE.title, FEE.statement, accused, FEE.asker, FEE.contact))
    assert one.handler.key == "discipline_office"
    assert readers(staff, one) == {"of-discipline_office"}
    assert not GRIEVANCES.offers(one, by=staff.people.reviewer)
    assert [step.key for step in GRIEVANCES.offers(one, by=staff.discipline)] == ["accept", "hand_over"]
    told = Notice.objects.get(kind="service_task")
    assert told.organisation == one.handler
    assert FEE.title not in told.body


def test_whoever_works_for_the_accused_as_well_is_shut_out(staff: Staff) -> None:
    one = lodged(staff, Account("conduct", "推诿", "三次不办", staff.body("commerce_bureau")))
    assert readers(staff, one) == {"of-discipline_office"}
    also_works_for(staff.discipline, staff.body("commerce_bureau"), Role.DEPARTMENT_OFFICER)
    assert readers(staff, one) == set()
    with pytest.raises(Refusal, match="您不能办理"):
        grievances.accept(by=staff.discipline, grievance=one, version=one.version)


def test_a_complaint_about_discipline_goes_to_the_city(staff: Staff) -> None:
    one = lodged(staff, Account("fee", FEE.title, FEE.statement, staff.body("discipline_office")))
    assert one.handler.key == "city_regulator"
    assert readers(staff, one) == {"of-city"}
    with transaction.atomic(), pytest.raises(IntegrityError):
        Grievance.objects.filter(pk=one.pk).update(handler=staff.body("discipline_office"))


def test_the_record_does_not_name_who_complained(staff: Staff) -> None:
    one = lodge(
        by=staff.people.proprietor,
        jurisdiction=staff.site,
        account=FEE,
        number=new_number(),
        business=staff.business,
    )
    event = Event.objects.get(subject=f"grievance:{one.pk}")
    assert event.actor_id is None
    for secret in ("王建国", "13800000000", FEE.title, staff.business.pk, "laowang"):
        assert secret not in f"{event.actor}{event.detail}{event.after}{event.on_behalf_of}"
    assert one.steps.get().by is None
    with pytest.raises(Refusal, match="由纪检办理"):
        grievances.withdraw(by=staff.people.proprietor, grievance=one, version=one.version)


def test_what_is_not_in_confidence_names_its_asker_and_is_overseen(staff: Staff) -> None:
    one = lodged(staff, by=staff.people.proprietor)
    assert one.handler.key == DISTRICT_REGULATOR
    assert Event.objects.get(subject=f"grievance:{one.pk}").actor_id == staff.people.proprietor.pk
    assert "of-tax_bureau" not in readers(staff, one)
    assert {"clerk", "reviewer", "approver", "auditor"} <= readers(staff, one)


def test_an_ordinary_complaint_is_hidden_from_the_regulator_it_is_about(staff: Staff) -> None:
    one = lodged(staff, Account("suggestion", "窗口太少", "排队太久", staff.body(DISTRICT_REGULATOR)))
    assert one.handler.key == "city_regulator"
    assert readers(staff, one) == {"of-city"}


@pytest.mark.clause("正文二(三)7.c")
def test_it_is_answered_in_words_and_closes(staff: Staff) -> None:
    one = lodged(staff, by=staff.people.proprietor)
    one = grievances.hand_over(
        by=staff.people.reviewer,
        grievance=one,
        version=one.version,
        to=staff.body("human_resources_bureau"),
        reason="由人社部门答复",
    )
    with pytest.raises(Refusal, match="您不能办理"):
        grievances.answer(by=staff.tax, grievance=one, version=one.version, words="好")
    with pytest.raises(Refusal, match="必须写明理由"):
        grievances.answer(by=staff.human_resources, grievance=one, version=one.version, words=" ")
    one = grievances.answer(by=staff.human_resources, grievance=one, version=one.version, words="每周三开课")
    assert (one.state, one.closed_on) == ("answered", clock.today())
    assert Notice.objects.filter(recipient=staff.people.proprietor, kind="service_answered").count() == 1


def test_it_goes_neither_to_the_accused_nor_out_of_confidence(staff: Staff) -> None:
    accused = staff.body("commerce_bureau")
    one = lodged(staff, Account("fee", "收费", "收了赞助费", accused))
    with pytest.raises(Refusal, match="被投诉"):
        grievances.hand_over(by=staff.discipline, grievance=one, version=one.version, to=accused, reason="转")
    to = staff.body("tax_bureau")
    with pytest.raises(Refusal, match="只能转纪检"):
        grievances.hand_over(by=staff.discipline, grievance=one, version=one.version, to=to, reason="转")
    with pytest.raises(Refusal, match="已经由"):
        grievances.hand_over(by=staff.discipline, grievance=one, version=one.version, to=one.handler, reason="转")


def test_the_number_finds_it_and_sent_twice_it_is_one(staff: Staff) -> None:
    number = new_number()
    first = lodge(by=None, jurisdiction=staff.site, account=FEE, number=number)
    again = lodge(by=None, jurisdiction=staff.site, account=FEE, number=number)
    assert first.pk == again.pk
    assert Grievance.objects.count() == 1
    assert Notice.objects.filter(kind="service_task").count() == 1
    assert grievances.find(f" {number[:4]}-{number[4:].lower()} ") == first
    assert grievances.find(new_number()) is None
    assert grievances.find("") is None


@pytest.mark.parametrize(
    ("account", "number", "words"),
    [
        (Account("fee", " ", "什么"), "2" * 16, "没有填写完整"),
        (Account("fee", "什么", ""), "2" * 16, "没有填写完整"),
        (Account("bribe", "什么", "什么"), "2" * 16, "没有这个种类"),
        (Account("fee", "什么", "什么"), "1234", "查询码无效"),
    ],
)
def test_what_is_incomplete_is_refused(staff: Staff, account: Account, number: str, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        lodge(by=None, jurisdiction=staff.site, account=account, number=number)


def test_nobody_speaks_for_anothers_business(staff: Staff) -> None:
    for by in (None, staff.people.outsider, staff.other_owner):
        with pytest.raises(Refusal, match="不能替这一户"):
            lodge(by=by, jurisdiction=staff.site, account=FEE, number=new_number(), business=staff.business)


def test_a_stale_page_is_told_what_happened(staff: Staff) -> None:
    one = lodged(staff)
    grievances.accept(by=staff.people.reviewer, grievance=one, version=one.version)
    with pytest.raises(Refusal, match="已经办过“受理”"):
        grievances.accept(by=staff.people.clerk, grievance=one, version=one.version)


@pytest.mark.clause("正文二(三)7.c")
def test_what_is_late_is_urged_once(staff: Staff) -> None:
    one, secret = lodged(staff), lodged(staff, FEE)
    with clock.at(clock.today() + timedelta(days=60)):
        assert reminding.remind() > 0
        assert reminding.remind() == 0
        one.refresh_from_db()
        assert one.state == "urged"
        approvers = Notice.objects.filter(kind="service_overdue", role=Role.APPROVER.value)
        assert {notice.subject for notice in approvers} == {f"grievance:{one.pk}"}
        secret.refresh_from_db()
        assert secret.state == "urged"
        assert set(
            Notice.objects.filter(subject=f"grievance:{secret.pk}").values_list("organisation__key", flat=True)
        ) == {"discipline_office"}


def test_a_duty_from_a_grievance_closes_after_its_asker_is_answered(staff: Staff) -> None:
    one = lodged(staff, by=staff.people.proprietor)
    task = Task("答复培训咨询", "三日内答复", clock.today(), grievance=one)
    body = staff.body("human_resources_bureau")
    duty = duties.assign(by=staff.people.reviewer, jurisdiction=staff.site, responsible=body, task=task)
    duty = duties.report(by=staff.human_resources, duty=duty, version=duty.version, words="已联系")
    with pytest.raises(Refusal, match="还没有答复提出人"):
        duties.close(by=staff.people.approver, duty=duty, version=duty.version, reply="已办")
    one = grievances.accept(by=staff.people.reviewer, grievance=one, version=one.version)
    grievances.answer(by=staff.people.reviewer, grievance=one, version=one.version, words="每周三开课")
    assert duties.close(by=staff.people.approver, duty=duty, version=duty.version, reply="已办").state == "closed"


def test_a_secret_never_becomes_a_duty(staff: Staff) -> None:
    task = Task("查", "查", clock.today(), grievance=lodged(staff, FEE))
    with pytest.raises(Refusal, match="不能转成督办"):
        duties.assign(
            by=staff.people.reviewer, jurisdiction=staff.site, responsible=staff.body("tax_bureau"), task=task
        )
    assert not Duty.objects.exists()
