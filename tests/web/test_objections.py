"""The pages of an objection for both sides: who may open what, what they show, and what they refuse."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from jieti.accounts.actions import add_member
from jieti.accounts.models import CITY_REGULATOR, Organisation, Role
from jieti.appeals import handling
from jieti.appeals.models import Evidence, Objection
from jieti.audit.models import Event
from jieti.determinations.models import Run
from jieti.directory.models import DirectoryEntry
from jieti.kit import clock
from tests.appeals.court import DEVELOPMENT_TURNOVER, Court, kept, make_court, photo
from tests.factories.accounts import make_district, make_jurisdiction, make_officer
from tests.web import district
from tests.web.conftest import LogIn, downloaded

MINE = f"/my/{district.GROWTH}/objections/"
OFFICERS = "/officer/objections/"


@pytest.fixture(autouse=True)
def simulation(settings: Settings) -> None:
    settings.SIMULATED_CLOCK = True


@pytest.fixture
def court(db: None) -> Court:
    return make_court()


@pytest.fixture
def owner(court: Court, log_in: LogIn) -> Client:
    return log_in(court.people.proprietor)


def shown(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path, follow=True)
    assert response.status_code == status, path
    return response.content.decode()


def picture(name: str = "完税证明.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, photo(), content_type="image/jpeg")


def filled(owner: Client, **changes: object) -> None:
    """As far as the page on which the answers are checked."""
    assert owner.post(f"{MINE}new/", {"facts": ["turnover"]}).status_code == 302
    answers = {"fact-turnover": "3000000", "statement": "漏报了一笔", "papers": [picture()]}
    response = owner.post(f"{MINE}new/claim/", answers | changes)
    assert response.status_code == 302, response.content.decode()


@pytest.mark.clause("附件一(二)3.a")
def test_an_objection_is_filed_with_the_reasons_at_hand(owner: Client, court: Court) -> None:
    assert "对结果有异议" in shown(owner, f"/my/{district.GROWTH}/")
    first = shown(owner, f"{MINE}new/")
    for part in ("654,321.00 元", "不收取任何费用", "12345", "30日", "参照个体工商户年度报告暂行办法第十九条"):
        assert part in first
    filled(owner)
    check = shown(owner, f"{MINE}new/check/")
    for part in ("您认为：3,000,000.00 元", "判定所用：654,321.00 元", "漏报了一笔", "完税证明.jpg"):
        assert part in check
    assert not Objection.objects.exists()
    response = owner.post(f"{MINE}new/check/")
    one = Objection.objects.get()
    assert response.headers["Location"] == f"{MINE}{one.pk}/"
    fact = one.disputed.get()
    assert (fact.fact, fact.used, fact.claimed) == ("turnover", "654321.00", "3000000.00")
    page = shown(owner, f"{MINE}{one.pk}/")
    for part in ("已提出", "漏报了一笔", "参照个体工商户年度报告暂行办法第十九条", "撤回异议"):
        assert part in page
    again = owner.post(f"{MINE}new/check/")
    assert again.headers["Location"] == MINE
    assert Objection.objects.count() == 1


def test_a_person_is_asked_five_fields_at_most(owner: Client) -> None:
    owner.post(f"{MINE}new/", {"facts": ["turnover", "tax_paid"]})
    form = owner.get(f"{MINE}new/claim/").context["form"]
    assert len(form.fields) + 1 == 5
    answered = owner.post(f"{MINE}new/", {"facts": ["turnover", "tax_paid", "patents"]})
    assert answered.status_code == 422
    assert "一次最多选2项" in answered.content.decode()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"fact-turnover": ""}, "请填写“"),
        ({"fact-turnover": "很多"}, "请填写金额"),
        ({"fact-turnover": "-1"}, "金额不能小于0"),
        ({"fact-turnover": "1.234"}, "两位小数"),
        ({"statement": "  "}, "请写明理由"),
    ],
)
def test_what_is_missing_or_no_value_is_asked_for_again(owner: Client, changes: dict[str, object], words: str) -> None:
    owner.post(f"{MINE}new/", {"facts": ["turnover"]})
    given = {"fact-turnover": "3000000", "statement": "漏报了一笔"} | changes
    response = owner.post(f"{MINE}new/claim/", given)
    assert response.status_code == 422
    assert words in response.content.decode()


def test_a_file_that_lies_is_refused_and_nothing_is_lost(owner: Client) -> None:
    owner.post(f"{MINE}new/", {"facts": ["turnover"]})
    liar = SimpleUploadedFile("税票.jpg", b"MZ\x90 not a picture", content_type="image/jpeg")
    answers = {"fact-turnover": "3000000", "statement": "漏报了一笔", "papers": [picture(), liar]}
    response = owner.post(f"{MINE}new/claim/", answers)
    assert response.status_code == 409
    text = response.content.decode()
    assert "税票.jpg”的内容不是图片或者PDF" in text
    assert "漏报了一笔" in text
    too_many = [SimpleUploadedFile(f"{n}.jpg", photo(size=(40, 30 + n))) for n in range(11)]
    response = owner.post(f"{MINE}new/claim/", answers | {"papers": too_many})
    assert response.status_code == 422
    assert "最多选择10个文件" in response.content.decode()


def test_a_file_is_taken_out_again_before_filing(owner: Client) -> None:
    filled(owner)
    sha256 = owner.session[f"objection:{district.GROWTH}"]["evidence"][0]["sha256"]
    owner.post(f"{MINE}new/files/{sha256}/forget/")
    owner.post(f"{MINE}new/check/")
    assert not Objection.objects.get().evidence.exists()


def test_the_same_value_is_no_objection(owner: Client) -> None:
    filled(owner, **{"fact-turnover": "654321"})
    response = owner.post(f"{MINE}new/check/")
    assert response.status_code == 409
    assert "与判定所用的相同" in response.content.decode()


def test_a_second_one_waits_for_the_first(owner: Client, court: Court) -> None:
    court.file()
    filled(owner)
    response = owner.post(f"{MINE}new/check/")
    assert response.status_code == 409
    assert "正在处理" in response.content.decode()


def test_after_the_last_day_the_page_says_what_else_can_be_done(owner: Client, court: Court) -> None:
    published = court.run.published_at
    assert published is not None
    Run.objects.filter(pk=court.run.pk).update(published_at=published - timedelta(days=60))
    assert "期限已过" in shown(owner, f"{MINE}new/")
    assert "信息有误" in shown(owner, MINE)
    filled(owner)
    response = owner.post(f"{MINE}new/check/")
    assert response.status_code == 409
    assert "更正请求" in response.content.decode()


@pytest.mark.clause("附件一(二)3.a")
def test_strangers_do_not_find_the_proprietors_pages(court: Court, log_in: LogIn) -> None:
    one = court.file(evidence=[kept()])
    number = Evidence.objects.get().pk
    reads = (MINE, f"{MINE}new/", f"{MINE}new/check/", f"{MINE}{one.pk}/", f"{MINE}{one.pk}/files/{number}/")
    for path in (*reads, f"{MINE}{one.pk}/letter.pdf"):
        assert log_in(None).get(path).status_code == 302, path
        for who in (court.people.outsider, court.people.reviewer, court.agent):
            assert log_in(who).get(path).status_code == 404, path
    for path in (f"{MINE}{one.pk}/withdraw/", f"{MINE}{one.pk}/supply/", f"{MINE}new/check/"):
        for who in (court.people.outsider, court.people.clerk, court.agent):
            assert log_in(who).post(path, {"version": one.version}).status_code == 404, path
    one.refresh_from_db()
    assert one.state == "filed"


def test_an_agent_acts_while_the_mandate_lasts(court: Court, log_in: LogIn) -> None:
    mandate = court.mandate(0, 5)
    agent = log_in(court.agent)
    filled(agent)
    agent.post(f"{MINE}new/check/")
    one = Objection.objects.get()
    assert one.steps.get().on_behalf_of == f"business:{district.GROWTH}"
    assert Event.objects.get(verb="objection.file").on_behalf_of == f"business:{district.GROWTH}"
    mandate.ends_on = mandate.starts_on = clock.today() - timedelta(days=1)
    mandate.save()
    assert agent.get(f"{MINE}{one.pk}/").status_code == 404
    assert agent.post(f"{MINE}{one.pk}/withdraw/", {"version": one.version}).status_code == 404


def test_the_appellant_answers_a_request_and_sees_the_answer(owner: Client, court: Court) -> None:
    one = court.verifying()
    one = handling.ask_evidence(by=court.people.reviewer, objection=one, version=one.version, reason="请补完税证明")
    page = shown(owner, f"{MINE}{one.pk}/")
    for part in ("请补完税证明", "等待您补充期间不计入办理时限", "提交补充材料"):
        assert part in page
    response = owner.post(f"{MINE}{one.pk}/supply/", {"version": one.version, "statement": ""})
    assert response.status_code == 409
    given = {"version": one.version, "statement": "见附件", "papers": [picture()]}
    assert owner.post(f"{MINE}{one.pk}/supply/", given).status_code == 302
    stale = owner.post(f"{MINE}{one.pk}/supply/", {"version": one.version, "statement": "再交一次"})
    assert stale.status_code == 409
    assert "已经办过“补充证据”" in stale.content.decode()


def test_the_appellant_takes_it_back(owner: Client, court: Court) -> None:
    one = court.file()
    assert owner.post(f"{MINE}{one.pk}/withdraw/", {"version": "x"}).status_code == 409
    assert owner.post(f"{MINE}{one.pk}/withdraw/", {"version": one.version}).status_code == 302
    assert "已撤回" in shown(owner, f"{MINE}{one.pk}/")


@pytest.mark.clause("附件一(二)3.b", "附件一(二)3.c")
def test_the_whole_way_through_the_pages(owner: Client, court: Court, log_in: LogIn) -> None:
    one = court.file(evidence=[kept()])
    clerk, reviewer, approver = (
        log_in(who) for who in (court.people.clerk, court.people.reviewer, court.people.approver)
    )

    def step(client: Client, key: str, **given: object) -> None:
        path = f"{OFFICERS}{one.pk}/steps/{key}/"
        assert client.get(path).status_code == 200, key
        one.refresh_from_db()
        response = client.post(path, {"version": one.version, **given})
        assert response.status_code == 302, (key, response.content.decode())

    assert "异议申诉：" in shown(clerk, "/officer/")
    step(clerk, "accept")
    step(reviewer, "verify")
    bench = shown(reviewer, f"{OFFICERS}{one.pk}/bench/?fact-turnover=3000000.00")
    for part in ("结果会改变：成长型 → 发展型", "结论改变", "3,000,000.00 元", "不改动任何结果"):
        assert part in bench
    step(reviewer, "conclude", **{"fact-turnover": "3000000", "reason": "账簿一致"})
    assert "更正后：成长型 → 发展型" in shown(approver, f"{OFFICERS}{one.pk}/steps/uphold/")
    step(approver, "uphold", reason="年报漏填")
    step(reviewer, "correct")
    assert DirectoryEntry.objects.get(pk=district.GROWTH).tier == "development"
    step(clerk, "reply", reason="感谢指正。")
    page = shown(owner, f"{MINE}{one.pk}/")
    for part in ("已答复", "怀市监异字〔", "分型结果更正为“发展型”", "核实为：3,000,000.00 元"):
        assert part in page
    for client, path in ((owner, f"{MINE}{one.pk}/letter.pdf"), (clerk, f"{OFFICERS}{one.pk}/letter.pdf")):
        assert downloaded(client.get(path)).startswith(b"%PDF-")
    assert "发展型" in shown(owner, f"/my/{district.GROWTH}/")


def test_a_department_sees_and_answers_its_own_fact_alone(court: Court, log_in: LogIn) -> None:
    tax = log_in(court.tax_officer)
    claims = {"turnover": DEVELOPMENT_TURNOVER, "tax_paid": "6000.00"}
    one = court.verifying(claims=claims, evidence=[kept()])
    path = f"{OFFICERS}{one.pk}/"
    assert tax.get(path).status_code == 404
    one = handling.consult(
        by=court.people.reviewer, objection=one, version=one.version, facts=["tax_paid"], question="请核对入库税款"
    )
    assert "数据提供单位回复" in shown(tax, "/officer/")
    page = shown(tax, path)
    assert "4,321.09 元" in page
    for hidden in ("654,321", "3,000,000", "办理经过"):
        assert hidden not in page
    form = shown(tax, f"{path}answers/tax_paid/")
    assert "请核对入库税款" in form
    assert "没有等待您的单位答复" in shown(tax, f"{path}answers/turnover/", 409)
    empty = tax.post(f"{path}answers/tax_paid/", {"found": "value", "value": "", "reason": "x"})
    assert empty.status_code == 422
    done = tax.post(f"{path}answers/tax_paid/", {"found": "value", "value": "6000", "reason": "含补缴"})
    assert done.status_code == 302
    one.refresh_from_db()
    assert one.state == "verifying"
    reads = Event.objects.filter(verb="registry.read_protected", actor="tax")
    assert reads.exists()


@pytest.mark.clause("附件一(二)3.b")
def test_the_citys_handler_works_with_the_values_that_are_disputed(court: Court, log_in: LogIn) -> None:
    home = court.business.jurisdiction
    city = Organisation.objects.get(key=CITY_REGULATOR, jurisdiction=home.parent)
    reviewer = make_officer(city, Role.REVIEWER, username="city-reviewer")
    approver = make_officer(city, Role.APPROVER, username="city-approver")
    one = court.file(evidence=[kept()])
    assert one.handler == city
    one = handling.accept(by=reviewer, objection=one, version=one.version)
    handling.verify(by=reviewer, objection=one, version=one.version)
    path, letter = f"{OFFICERS}{one.pk}/", "bench/?fact-turnover=3000000.00"
    for who in (reviewer, approver):
        assert "654,321.00 元" in shown(log_in(who), path)
        bench = shown(log_in(who), path + letter)
        assert "结果会改变：成长型 → 发展型" in bench
        assert "不予显示" not in bench
    add_member(by=None, user=reviewer, organisation=city, role=Role.CITY_OFFICER)
    client = log_in(reviewer)
    assert client.post("/officer/jurisdictions/", {"code": home.code}).status_code == 302
    assert "结果会改变：成长型 → 发展型" in shown(client, path + letter), "in the district's view as well"
    assert opened(client, f"{path}files/{Evidence.objects.get().pk}/") == 200
    shown(log_in(court.people.reviewer), path + letter, 403)


PAGES = ("", "?show=overdue", "{one}/", "statistics/", "{one}/letter.pdf", "{one}/files/{file}/", "{one}/bench/")
EXPECTED = {
    "clerk": (200, 200, 200, 200, 404, 200, 403),
    "reviewer": (200, 200, 200, 200, 404, 200, 200),
    "approver": (200, 200, 200, 200, 404, 200, 200),
    "auditor": (200, 200, 200, 200, 404, 200, 403),
    "proprietor": (403,) * 7,
    "outsider": (403,) * 7,
}


def test_who_opens_the_officers_pages(court: Court, log_in: LogIn) -> None:
    one = court.file(evidence=[kept()])
    number = Evidence.objects.get().pk
    paths = [OFFICERS + path.format(one=one.pk, file=number) for path in PAGES]
    for path in paths:
        assert log_in(None).get(path).status_code == 302
    for who, expected in EXPECTED.items():
        client = log_in(getattr(court.people, who))
        assert tuple(opened(client, path) for path in paths) == expected, who


def opened(client: Client, path: str) -> int:
    """The status of the answer; a file is read to its end, which closes it."""
    response = client.get(path)
    if response.streaming:
        assert downloaded(response)
    return response.status_code


def test_the_wrong_role_takes_no_step(court: Court, log_in: LogIn) -> None:
    one = court.file()
    path = f"{OFFICERS}{one.pk}/steps/accept/"
    for who, status in (("approver", 409), ("auditor", 409), ("outsider", 403), ("proprietor", 403)):
        assert log_in(getattr(court.people, who)).post(path, {"version": one.version}).status_code == status
    assert log_in(court.people.clerk).get(f"{OFFICERS}{one.pk}/steps/uphold/").status_code == 409
    for unknown in ("file", "withdraw", "nothing"):
        assert log_in(court.people.clerk).get(f"{OFFICERS}{one.pk}/steps/{unknown}/").status_code == 404
    one.refresh_from_db()
    assert one.state == "filed"


def test_a_stale_form_is_refused_with_what_happened(court: Court, log_in: LogIn) -> None:
    one = court.file()
    clerk = log_in(court.people.clerk)
    path = f"{OFFICERS}{one.pk}/steps/accept/"
    assert clerk.post(path, {"version": one.version}).status_code == 302
    stale = log_in(court.people.reviewer).post(path, {"version": one.version})
    assert stale.status_code == 409
    assert "已经办过“受理”" in stale.content.decode()
    assert clerk.post(path, {}).status_code == 422


def test_alarms_are_listed_by_how_late_they_are(court: Court, log_in: LogIn) -> None:
    one = court.file()
    clerk = log_in(court.people.clerk)
    assert "已逾期 0" in shown(clerk, OFFICERS)
    late = clock.today() - timedelta(days=1)
    Objection.objects.filter(pk=one.pk).update(due_earliest=late, due_latest=late)
    text = shown(clerk, f"{OFFICERS}?show=overdue")
    assert "已逾期 1" in text
    assert "北京市怀柔区雁栖老王饭馆" in text
    Objection.objects.filter(pk=one.pk).update(due_latest=clock.today() + timedelta(days=9), due_provisional=True)
    for tab in ("perhaps", "provisional"):
        assert "（暂定）" in shown(clerk, f"{OFFICERS}?show={tab}")
    assert downloaded(clerk.get("/officer/objections.xlsx")).startswith(b"PK")


@pytest.mark.clause("正文三(三).c")
def test_statistics_have_number_median_and_share(court: Court, log_in: LogIn) -> None:
    court.replied()
    reviewer = log_in(court.people.reviewer)
    text = shown(reviewer, f"{OFFICERS}statistics/")
    for part in ("1件", "100%", "雁栖镇", "北京市怀柔区市场监督管理局", "0天", "<svg"):
        assert part in text
    assert downloaded(reviewer.get(f"{OFFICERS[:-1]}/statistics.xlsx?year={district.YEAR}")).startswith(b"PK")
    for who in (court.people.outsider, court.people.proprietor, court.tax_officer):
        assert log_in(who).get(f"{OFFICERS}statistics/").status_code == 403


def test_another_district_finds_nothing(court: Court, log_in: LogIn) -> None:
    one = court.file()
    other = make_jurisdiction("110117", "北京市平谷区", "cn-110117-pinggu")
    stranger = make_officer(make_district(other), Role.REVIEWER, username="pinggu")
    response = log_in(stranger).get(f"{OFFICERS}{one.pk}/")
    assert response.status_code == 404
