"""Pages of the services to owners: grievances, needs, offers, events, duties, records, and the owner's home."""

import io
from datetime import timedelta

import pytest
from django.test import Client
from icalendar import Calendar
from pytest_django import Settings
from python_calamine import CalamineWorkbook

from jieti.accounts.models import DISTRICT_REGULATOR
from jieti.audit.models import Event
from jieti.determinations.models import Run
from jieti.engagement import gatherings, needs
from jieti.engagement.gatherings import Plan
from jieti.engagement.grievances import Account, lodge, new_number
from jieti.engagement.models import Award, Conversion, Duty, Gathering, Grievance, Invitation, Meeting, Need, Offer
from jieti.kit import clock
from tests.engagement.staff import Staff, make_staff
from tests.web import district
from tests.web.conftest import LogIn, downloaded

HOME = f"/my/{district.GROWTH}/home/"
OFFICERS = (
    "complaints",
    "needs",
    "offers",
    "association-visits",
    "duties",
    "meetings",
    "opinion",
    "party",
    "awards",
    "conversions",
    "events",
)


@pytest.fixture(autouse=True)
def simulation(settings: Settings) -> None:
    settings.SIMULATED_CLOCK = True


@pytest.fixture
def staff(run: Run, people: district.People) -> Staff:
    """After the year's publication."""
    return make_staff(people)


def shown(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, f"{path} {response.status_code}"
    return response.content.decode()


def table(client: Client, path: str) -> list[list[object]]:
    response = client.get(path)
    assert response.status_code == 200, path
    return [
        list(row)
        for row in CalamineWorkbook.from_filelike(io.BytesIO(downloaded(response))).get_sheet_by_index(0).to_python()
    ]


def event(staff: Staff) -> Gathering:
    start = clock.now() + timedelta(days=5)
    plan = Plan("job_fair", "秋季招聘会", "现场对接", "体育馆", start, start + timedelta(hours=2), "60000000")
    one = gatherings.plan_gathering(by=staff.human_resources, organiser=staff.body("human_resources_bureau"), plan=plan)
    return gatherings.publish_gathering(by=staff.human_resources, gathering=one)


def test_the_owners_home_says_what_and_why_and_what_next(staff: Staff, log_in: LogIn) -> None:
    page = shown(log_in(staff.people.proprietor), HOME)
    words = (
        "成长型",
        "为什么是这个结果",
        "要到“发展型”",
        "我要招工",
        "诉求和投诉",
        "谁看过我的数据",
        "长者版",
        "通知设置",
    )
    for word in (*words, "给您的帮扶措施", "申报名特优新", "对结果有异议"):
        assert word in page, word
    for client in (log_in(staff.other_owner), log_in(staff.people.outsider), log_in(staff.people.reviewer)):
        shown(client, HOME, 404)
    assert log_in(None).get(HOME).headers["Location"].startswith("/login/")


@pytest.mark.clause("正文二(三)6.f")
def test_an_owner_signs_up_and_the_department_answers(staff: Staff, log_in: LogIn) -> None:
    owner, office = log_in(staff.people.proprietor), log_in(staff.human_resources)
    terms = {"kind": "course", "title": "中式烹调师", "gist": "不收费", "contact": "60000000", "places": "1"}
    body = staff.body("human_resources_bureau").pk
    assert office.post("/officer/offers/new/", terms | {"organiser": body}).status_code == 302
    offer = Offer.objects.get()
    path = f"/my/{district.GROWTH}/needs/new/training/"
    assert "中式烹调师" in shown(owner, path)
    owner.post(f"/my/{district.GROWTH}/offers/{offer.pk}/sign-up/")
    again = owner.post(f"/my/{district.GROWTH}/offers/{offer.pk}/sign-up/")
    assert again.status_code == 409
    need = Need.objects.get()
    assert "已报名" in shown(owner, path)
    assert "北京市怀柔区雁栖老王饭馆" in shown(office, "/officer/needs/")
    answer = {"version": need.version, "outcome": "met", "reason": "已排入10月班"}
    assert office.post(f"/officer/needs/{need.pk}/steps/settle/", answer).status_code == 302
    assert "已排入10月班" in shown(owner, f"/my/{district.GROWTH}/needs/{need.pk}/")
    shown(log_in(staff.other_owner), f"/my/{district.DEVELOPMENT}/needs/{need.pk}/", 404)
    assert table(office, "/officer/needs.xlsx")[1][2] == "北京市怀柔区雁栖老王饭馆"


def test_a_need_is_seen_by_its_body_alone(staff: Staff, log_in: LogIn) -> None:
    need = needs.file_need(by=staff.people.proprietor, business=staff.business, kind="financing", statement="周转")
    assert "周转" in shown(log_in(staff.development), f"/officer/needs/{need.pk}/")
    read = Event.objects.reads_of(f"business:{district.GROWTH}").first()
    assert read is not None
    assert read.detail["fields"] == ["engagement.Need.statement"]
    for user in (staff.tax, staff.town, staff.association):
        shown(log_in(user), f"/officer/needs/{need.pk}/", 404)
        assert len(table(log_in(user), "/officer/needs.xlsx")) == 1


@pytest.mark.clause("正文二(三)7.e")
def test_a_complaint_without_an_account_is_answered_by_its_number(staff: Staff, log_in: LogIn) -> None:
    stranger = log_in(None)
    ticket = stranger.get("/complaints/new/?kind=fee").context["form"].initial["ticket"]
    accused = staff.body(DISTRICT_REGULATOR)
    said = {"kind": "fee", "accused": accused.pk, "title": "被要求交会费", "statement": "办许可时", "ticket": ticket}
    response = stranger.post("/complaints/new/", said)
    assert response.headers["Location"] == "/complaints/received/"
    assert stranger.post("/complaints/new/", said).status_code == 302
    one = Grievance.objects.get()
    number = stranger.get("/complaints/received/").context["number"]
    assert "没有刚提交" in shown(log_in(None), "/complaints/received/")
    for user in (staff.people.reviewer, staff.people.approver, staff.people.clerk, staff.city, staff.tax):
        client = log_in(user)
        shown(client, f"/officer/complaints/{one.pk}/", 404)
        assert "被要求交会费" not in shown(client, "/officer/complaints/")
        assert len(table(client, "/officer/complaints.xlsx")) == 1
    office = log_in(staff.discipline)
    assert "办许可时" in shown(office, f"/officer/complaints/{one.pk}/")
    assert not Event.objects.filter(verb="registry.read_protected").exists()
    assert Event.objects.filter(verb="engagement.read_grievance", subject=f"grievance:{one.pk}").count() == 1
    assert "被要求交会费" not in str(table(office, "/officer/complaints.xlsx"))
    office.post(f"/officer/complaints/{one.pk}/steps/accept/", {"version": one.version})
    office.post(f"/officer/complaints/{one.pk}/steps/answer/", {"version": one.version + 1, "reason": "已退还"})
    answer = log_in(None).post("/complaints/", {"number": number})
    assert "已退还" in answer.content.decode()
    assert log_in(None).post("/complaints/", {"number": "2" * 16}).status_code == 404


def test_a_forged_or_stale_ticket_is_asked_for_again(staff: Staff, log_in: LogIn) -> None:
    said = {"kind": "fee", "title": "a", "statement": "b", "ticket": "2222222222222222"}
    response = log_in(None).post("/complaints/new/", said)
    assert response.status_code == 422
    assert "页面已经失效" in response.content.decode()
    assert not Grievance.objects.exists()


def test_strangers_are_slowed_down(staff: Staff, log_in: LogIn) -> None:
    client = log_in(None)
    for _ in range(30):
        client.post("/complaints/", {"number": "2" * 16})
    assert client.post("/complaints/", {"number": "2" * 16}).status_code == 429


def test_an_owners_grievance_is_theirs_alone(staff: Staff, log_in: LogIn) -> None:
    owner = log_in(staff.people.proprietor)
    ticket = owner.get("/my/complaints/new/").context["form"].initial["ticket"]
    said = {"kind": "question", "title": "培训", "statement": "何时开课", "ticket": ticket, "business": district.GROWTH}
    response = owner.post("/my/complaints/new/", said)
    one = Grievance.objects.get()
    assert response.headers["Location"] == f"/my/complaints/{one.pk}/"
    assert "何时开课" in shown(owner, f"/my/complaints/{one.pk}/")
    shown(log_in(staff.other_owner), f"/my/complaints/{one.pk}/", 404)
    assert owner.post(f"/my/complaints/{one.pk}/withdraw/", {"version": one.version}).status_code == 302
    assert owner.post(f"/my/complaints/{one.pk}/withdraw/", {"version": one.version}).status_code == 409
    foreign = said | {"business": district.DEVELOPMENT}
    assert owner.post("/my/complaints/new/", foreign).status_code == 422


@pytest.mark.clause("正文二(三)7.a")
def test_an_event_from_the_plan_to_its_result(staff: Staff, log_in: LogIn) -> None:
    office, owner = log_in(staff.human_resources), log_in(staff.people.proprietor)
    start = clock.now() + timedelta(days=3)
    values = {
        "kind": "job_fair",
        "organiser": staff.body("human_resources_bureau").pk,
        "title": "冬季招聘会",
        "gist": "现场对接",
        "place": "体育馆",
        "starts_at": f"{start:%Y-%m-%dT09:00}",
        "ends_at": f"{start:%Y-%m-%dT12:00}",
        "contact": "60000000",
        "towns": ["雁栖镇"],
        "tiers": ["growth"],
    }
    assert office.post("/officer/events/new/", values).status_code == 302
    one = Gathering.objects.get()
    shown(log_in(staff.tax), f"/officer/events/{one.pk}/", 404)
    assert "冬季招聘会" not in shown(log_in(None), "/calendar/")
    office.post(f"/officer/events/{one.pk}/do/publish/")
    office.post(f"/officer/events/{one.pk}/do/invite/")
    assert Invitation.objects.get().business_id == district.GROWTH
    assert "邀请您参加" in shown(owner, f"/my/{district.GROWTH}/events/{one.pk}/")
    owner.post(f"/my/{district.GROWTH}/events/{one.pk}/answer/", {"coming": "yes"})
    assert "您报名的“冬季招聘会”" in shown(owner, HOME)
    assert log_in(staff.tax).get(f"/officer/events/{one.pk}/guests.xlsx").status_code == 403
    assert table(office, f"/officer/events/{one.pk}/guests.xlsx")[1][4] == "已报名"
    one.refresh_from_db()
    with clock.at(one.ends_at + timedelta(hours=1)):
        office.post(f"/officer/events/{one.pk}/attendance/", {"came": [district.GROWTH]})
        office.post(f"/officer/events/{one.pk}/report/", {"result": "达成意向3人"})
        assert "达成意向3人" in shown(log_in(None), "/calendar/")
    assert table(office, "/officer/events.xlsx")[1][9] == 1


def test_the_calendar_is_public_and_a_feed(staff: Staff, log_in: LogIn) -> None:
    one = event(staff)
    stranger = log_in(None)
    assert "秋季招聘会" in shown(stranger, "/calendar/")
    assert "体育馆" in shown(stranger, f"/calendar/{one.pk}/")
    feed = stranger.get("/calendar.ics")
    assert feed.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert len(Calendar.from_ical(feed.content).walk("VEVENT")) == 1
    assert len(Calendar.from_ical(stranger.get(f"/calendar/{one.pk}.ics").content).walk("VEVENT")) == 1
    assert table(stranger, "/calendar.xlsx")[1][1] == "秋季招聘会"


def test_duties_meetings_and_records_by_browser(staff: Staff, log_in: LogIn) -> None:
    office, other = log_in(staff.people.reviewer), log_in(staff.people.approver)
    host = staff.body(DISTRICT_REGULATOR).pk
    office.post(
        "/officer/meetings/new/",
        {"host": host, "title": "座谈会", "held_on": clock.today(), "attendees": "各部门", "minutes": "三件事"},
    )
    meeting = Meeting.objects.get()
    task = {"title": "印手册", "task": "印", "due_on": clock.today(), "responsible": staff.body("tax_bureau").pk}
    office.post(f"/officer/duties/new/?meeting={meeting.pk}", task)
    duty = Duty.objects.get()
    assert "印手册" in shown(office, f"/officer/meetings/{meeting.pk}/")
    assert "印手册" in shown(log_in(staff.tax), "/officer/duties/")
    shown(log_in(staff.commerce), f"/officer/duties/{duty.pk}/", 404)
    assert log_in(staff.tax).get("/officer/duties/new/").status_code == 403
    log_in(staff.tax).post(f"/officer/duties/{duty.pk}/steps/report/", {"version": 1, "reason": "已印"})
    assert other.post(f"/officer/duties/{duty.pk}/steps/close/", {"version": 1, "reason": "好"}).status_code == 409
    other.post(f"/officer/duties/{duty.pk}/steps/close/", {"version": 2, "reason": "办结"})
    assert table(office, "/officer/duties.xlsx")[1][8] == "办结"
    assert (
        office.post(
            "/officer/opinion/new/", {"found_on": clock.today(), "origin": "热线", "gist": "问", "weight": "usual"}
        ).status_code
        == 302
    )
    assert log_in(staff.tax).get("/officer/opinion/").status_code == 403


def test_the_association_visits_without_tax_data(staff: Staff, log_in: LogIn) -> None:
    worker = log_in(staff.association)
    said = {"business": district.GROWTH, "visited_on": clock.today(), "found": "客流少", "title": "客流少怎么办"}
    response = worker.post("/officer/association-visits/new/", said)
    page = shown(worker, response.headers["Location"])
    assert "客流少" in page
    assert not [secret for secret in district.SECRETS if secret in page]
    assert Grievance.objects.get().raised_by == staff.association
    assert worker.get(f"/officer/businesses/{district.GROWTH}/").status_code == 403
    assert log_in(staff.tax).get("/officer/association-visits/new/").status_code == 403


def test_awards_and_conversions_by_browser(staff: Staff, log_in: LogIn) -> None:
    office = log_in(staff.people.reviewer)
    award = {
        "business": district.GROWTH,
        "kind": "commendation",
        "name": "文明示范户",
        "level": "district",
        "body": "区政府",
        "body_kind": "government",
        "recipient": "business",
        "awarded_on": clock.today() - timedelta(days=1),
    }
    assert office.post("/officer/awards/new/", award).status_code == 302
    assert office.post("/officer/awards/new/", award).status_code == 409
    assert office.post("/officer/awards/new/", award | {"business": "9" * 18}).status_code == 409
    assert Award.objects.count() == 1
    delivery = office.post("/officer/awards/deliver/", {"mode": "supplement"})
    assert delivery.headers["Location"].startswith("/officer/deliveries/")
    conversion = {
        "business": district.DEVELOPMENT,
        "converted_on": clock.today(),
        "enterprise_name": "老王农家院有限公司",
        "enterprise_uscc": district.DEVELOPMENT,
    }
    office.post("/officer/conversions/new/", conversion)
    one = Conversion.objects.get()
    assert "转为企业" in shown(log_in(staff.other_owner), f"/my/{district.DEVELOPMENT}/home/")
    assert "已转为企业" in shown(log_in(None), f"/business/{district.DEVELOPMENT}/")
    assert office.post(f"/officer/conversions/{one.pk}/advise/").status_code == 403
    assert "老王农家院有限公司" in shown(log_in(staff.economy), "/officer/conversions/")
    log_in(staff.economy).post(f"/officer/conversions/{one.pk}/advise/")
    assert "已辅导" in shown(office, f"/officer/conversions/{one.pk}/")


@pytest.mark.parametrize("name", OFFICERS)
def test_every_list_and_table_opens_for_its_people_and_for_nobody_else(name: str, staff: Staff, log_in: LogIn) -> None:
    shown(log_in(staff.people.reviewer), f"/officer/{name}/")
    assert len(table(log_in(staff.people.reviewer), f"/officer/{name}.xlsx")) == 1
    for path in (f"/officer/{name}/", f"/officer/{name}.xlsx"):
        assert log_in(staff.people.outsider).get(path).status_code == 403
        assert log_in(staff.people.proprietor).get(path).status_code == 403
        assert log_in(None).get(path).headers["Location"].startswith("/login/")


def test_a_form_sent_twice_writes_once(staff: Staff, log_in: LogIn) -> None:
    office = log_in(staff.people.reviewer)
    ticket = office.get("/officer/opinion/new/").context["ticket"]
    said = {"found_on": clock.today(), "origin": "热线", "gist": "问", "weight": "usual", "ticket": ticket}
    first, again = office.post("/officer/opinion/new/", said), office.post("/officer/opinion/new/", said)
    assert first.headers["Location"] == again.headers["Location"]
    assert len(table(office, "/officer/opinion.xlsx")) == 2


def test_the_work_list_says_what_waits(staff: Staff, log_in: LogIn) -> None:
    lodge(by=None, jurisdiction=staff.site, account=Account("question", "问", "问"), number=new_number())
    needs.file_need(by=staff.people.proprietor, business=staff.business, kind="hiring", statement="招人")
    assert "诉求：1件" in shown(log_in(staff.people.reviewer), "/officer/")
    page = shown(log_in(staff.human_resources), "/officer/")
    assert "需求：1件" in page
    assert "诉求：" not in page
