"""The pages of measures: the public's, the owner's, the departments'; who may open which, and a whole journey."""

import io
from collections.abc import Iterator

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from python_calamine import CalamineWorkbook

from jieti.accounts.models import Jurisdiction, OrganisationKind, Role, User
from jieti.determinations.models import Run
from jieti.kit import clock
from jieti.measures.delivering import HEADERS
from jieti.measures.matching import match_all
from jieti.measures.models import Measure, MeasureVersion, ReachEvent, Standing
from jieti.measures.reach import balance, is_accounted_for
from jieti.measures.tasks import follow_one
from jieti.notices.models import Notice
from tests.factories.accounts import make_district, make_jurisdiction, make_officer, make_organisation
from tests.measures import shops
from tests.web import district
from tests.web.conftest import LogIn, downloaded
from tests.web.district import DEVELOPMENT, GROWTH, PENDING, SURVIVAL

MINE = f"/my/{GROWTH}/measures/"
FILLED = {
    "title": "社会保险补贴",
    "gist": "对成长型个体工商户按规定给予社会保险补贴。",
    "strength": "duty",
    "scope": "tier:growth",
    "delivery": "automatic",
    "clause": "附件二(二)2",
    "legal_basis": "京人社就字〔2024〕1号",
    "lead": shops.LABOUR,
    "contact": "就业科 69600000",
    "definite": ["beneficiary", "basis", "content", "validity"],
    "starts_on": clock.today().isoformat(),
    "ends_on": clock.today().replace(year=clock.today().year + 1, day=1).isoformat(),
}


@pytest.fixture
def home(run: Run) -> Jurisdiction:
    """The small published district, matched."""
    found = make_jurisdiction()
    match_all(by=None, jurisdiction=found, cause="首次匹配")
    return found


@pytest.fixture
def bureau(people: district.People) -> User:
    """An officer of the bureau of human resources."""
    return make_officer(shops.labour(), Role.DEPARTMENT_OFFICER, username="labour-officer")


@pytest.fixture
def town(people: district.People) -> User:
    body = make_organisation("area_108", "渤海镇", OrganisationKind.TOWN)
    return make_officer(body, Role.TOWN_OFFICER, username="town-officer")


def shown(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, path
    return response.content.decode()


def sheet_of(client: Client, path: str) -> list[list[object]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(downloaded(client.get(path))))
    return [list(row) for row in book.get_sheet_by_index(0).to_python()]


def table(*rows: list[object]) -> SimpleUploadedFile:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    page = book.add_worksheet()
    for number, row in enumerate([list(HEADERS), *rows]):
        page.write_row(number, 0, row)
    book.close()
    return SimpleUploadedFile("回执.xlsx", out.getvalue())


@pytest.mark.clause("正文二(一)1.c")
def test_every_measure_is_public_with_its_department_or_as_a_gap(home: Jurisdiction, client: Client) -> None:
    text = shown(client, "/measures/")
    for measure in Measure.objects.all():
        assert measure.title in text
        assert measure.department in text
    gaps = Measure.objects.without_department().count()
    assert text.count('<span class="tag warn">待明确</span>') == gaps
    assert f"文件没有点名单位的{gaps}项" in text
    assert shown(client, "/measures/?department=open").count('<span class="tag warn">待明确</span>') == gaps
    assert "税收减免" not in shown(client, "/measures/?department=commerce_bureau")
    rows = sheet_of(client, "/measures.xlsx")
    assert len(rows) == 76
    assert all(row[6] == "不产生请求给付的权利" for row in rows[1:] if row[5] != "应当落实")


def journey_pages(home: Jurisdiction) -> Iterator[str]:
    measure = Measure.objects.get(key="G2a")
    version = measure.versions.get()
    yield from ("/officer/measures/", "/officer/measures.xlsx", f"/officer/measures/{measure.pk}/")
    yield from (f"/officer/measures/{measure.pk}/businesses/", f"/officer/measures/{measure.pk}/businesses.xlsx")
    yield from (f"/officer/measures/{measure.pk}/leaflet/", f"/officer/measures/versions/{version.pk}/")
    yield from ("/officer/reach/", "/officer/reach.xlsx", "/officer/reach/report/", "/officer/reach/report.xlsx")
    yield from (f"/officer/reach/?by={by}" for by in ("department", "town", "tier"))


def test_officers_pages_open_to_who_may_and_to_nobody_else(
    home: Jurisdiction, people: district.People, bureau: User, log_in: LogIn
) -> None:
    for path in journey_pages(home):
        for user, status in ((None, 302), (people.outsider, 403), (people.proprietor, 403), (people.clerk, 403)):
            assert log_in(user).get(path).status_code == status, (path, user)
        for user in (people.reviewer, people.auditor, bureau):
            response = log_in(user).get(path)
            assert response.status_code == 200, (path, user)
            if response.streaming:
                downloaded(response)


def test_a_body_sees_its_own_measures_alone(
    home: Jurisdiction, bureau: User, town: User, people: district.People, log_in: LogIn
) -> None:
    taxes, labour = Measure.objects.get(key="BG2"), Measure.objects.get(key="G2a")
    for path in ("", "businesses/", "businesses.xlsx", "leaflet/", "receipts/"):
        assert log_in(bureau).get(f"/officer/measures/{taxes.pk}/{path}").status_code == 404
    text = shown(log_in(bureau), "/officer/measures/")
    assert labour.title in text
    assert taxes.title not in text
    assert log_in(people.auditor).get(f"/officer/measures/{labour.pk}/receipts/").status_code == 403


def test_a_town_sees_its_own_businesses_alone(
    home: Jurisdiction, town: User, people: district.People, log_in: LogIn
) -> None:
    measure = Measure.objects.get(key="S2b")
    Measure.objects.filter(pk=measure.pk).update(scope_kind="general", scope="")
    measure.versions.update(scope_kind="general", scope="")
    match_all(by=None, jurisdiction=home, cause="措施变动")
    path = f"/officer/measures/{measure.pk}/businesses/"
    text = shown(log_in(town), path)
    assert DEVELOPMENT in text
    assert GROWTH not in text
    assert GROWTH in shown(log_in(people.reviewer), path)
    assert {row[0] for row in sheet_of(log_in(town), path[:-1] + ".xlsx")[1:]} == {DEVELOPMENT, PENDING}


def test_lists_hold_the_least_data(home: Jurisdiction, bureau: User, log_in: LogIn) -> None:
    measure = Measure.objects.get(key="G2a")
    text = shown(log_in(bureau), f"/officer/measures/{measure.pk}/businesses/")
    assert GROWTH in text
    assert not [secret for secret in district.SECRETS if secret in text]
    pending = shown(log_in(bureau), f"/officer/measures/{measure.pk}/businesses/?state=unknown")
    assert PENDING in pending


@pytest.mark.clause("正文二(二)4.a", "正文二(三)6.a")
def test_a_journey_from_the_department_to_the_ledger(
    home: Jurisdiction, people: district.People, bureau: User, log_in: LogIn
) -> None:
    """Written by the bureau, published by the regulator; told, confirmed on the phone, delivered, accounted for."""
    writer, approver, owner = log_in(bureau), log_in(people.approver), log_in(people.proprietor)
    assert "可以用的事实" in shown(writer, "/officer/measures/new/")
    response = writer.post("/officer/measures/new/", FILLED)
    assert response.status_code == 302, response.content.decode()
    version = MeasureVersion.objects.get(key="N1")
    at = f"/officer/measures/versions/{version.pk}/"
    assert writer.post(at, {"decision": "publish"}).status_code == 403
    assert writer.post(at, {"decision": "submit"}).status_code == 302
    assert "审核发布措施" in shown(approver, "/officer/")
    assert approver.post(at, {"decision": "return", "reason": ""}).status_code == 409
    assert approver.post(at, {"decision": "publish"}).status_code == 302
    follow_one(home.pk)
    notice = Notice.objects.filter(recipient=people.proprietor, kind="measures_told_duty").first()
    assert notice is not None
    measure = Measure.objects.get(key="N1")
    text = shown(owner, notice.link)
    assert "免申即享（1项）" in text
    assert "为什么适合您" in text
    answer = f"{MINE}{measure.pk}/"
    assert owner.post(answer, {"answer": "confirm"}).status_code == 302
    assert owner.post(answer, {"answer": "confirm"}).status_code == 409
    receipts = f"/officer/measures/{measure.pk}/receipts/"
    today = clock.today().isoformat()
    file = table([GROWTH, today, "怀人社〔1〕", "", ""], [SURVIVAL, today, "怀人社〔2〕", "", ""])
    response = writer.post(receipts, {"file": file}, follow=True)
    assert "收下1行，退回1行" in response.content.decode()
    assert "不符合：面向最近公布的分型结果为“成长型”" in response.content.decode()
    refused = sheet_of(writer, f"{response.redirect_chain[-1][0]}refused.xlsx")
    assert refused[1][0] == SURVIVAL
    assert ReachEvent.objects.used().filter(business=GROWTH, organisation__key=shops.LABOUR).exists()
    assert "已享受" in shown(owner, MINE)
    line = next(one for one in balance(home) if one.measure == measure)
    assert (line.counts.matched, line.counts.told, line.seen, line.confirmed, line.used) == (1, 1, 1, 1, 1)
    assert is_accounted_for(home)
    assert "账目相符" in shown(approver, "/officer/reach/")
    assert "社会保险补贴" in shown(writer, "/officer/reach/report/")


def test_an_owner_reads_why_and_why_not(home: Jurisdiction, people: district.People, log_in: LogIn) -> None:
    follow_one(home.pk)
    text = shown(log_in(people.proprietor), MINE)
    assert "参保宣讲" in text
    assert "您符合17项" in text
    assert "面向最近公布的分型结果为“生存型”的个体工商户。" in text
    assert "登记便利" in text
    assert ReachEvent.objects.filter(business=GROWTH, kind="seen").exists()


@pytest.mark.parametrize("path", ["", "wishes/", "1/"])
def test_nobody_else_reads_or_answers_for_an_owner(
    home: Jurisdiction, people: district.People, log_in: LogIn, path: str
) -> None:
    for user, status in ((None, 302), (people.outsider, 404), (people.reviewer, 404)):
        client = log_in(user)
        response = client.post(f"{MINE}{path}", {"answer": "confirm"}) if path else client.get(MINE)
        assert response.status_code == status


def test_an_owner_declines_and_opts_out(home: Jurisdiction, people: district.People, log_in: LogIn) -> None:
    owner = log_in(people.proprietor)
    measure = Measure.objects.get(key="G2a")
    assert owner.post(f"{MINE}{measure.pk}/", {"answer": "decline"}).status_code == 302
    assert "已谢绝" in shown(owner, MINE)
    assert owner.post(f"{MINE}wishes/", {"told": "no"}).status_code == 302
    assert Standing.objects.get(pk=GROWTH).opted_out_on == clock.today()
    assert "谢绝主动告知" in shown(owner, MINE)
    assert owner.post(f"{MINE}wishes/", {"told": "yes"}).status_code == 302
    assert Standing.objects.get(pk=GROWTH).opted_out_on is None
    other = Measure.objects.get(key="S1a")
    assert owner.post(f"{MINE}{other.pk}/", {"answer": "decline"}).status_code == 409


def test_before_anything_was_matched(run: Run, people: district.People, log_in: LogIn) -> None:
    owner = log_in(people.proprietor)
    assert "还没有比对过措施" in shown(owner, MINE)
    assert owner.post(f"{MINE}wishes/", {"told": "no"}).status_code == 409


def test_told_in_person(home: Jurisdiction, bureau: User, log_in: LogIn) -> None:
    measure = Measure.objects.get(key="G2a")
    path = f"/officer/measures/{measure.pk}/"
    assert "未告知" in shown(log_in(bureau), f"{path}businesses/")
    assert log_in(bureau).post(f"{path}told/", {"uscc": [GROWTH, SURVIVAL]}).status_code == 302
    assert "已告知" in shown(log_in(bureau), f"{path}businesses/")
    line = next(one for one in balance(home) if one.measure == measure)
    assert line.counts.told == 1
    assert is_accounted_for(home)


def test_the_gap_is_assigned_by_two_people(home: Jurisdiction, people: district.People, log_in: LogIn) -> None:
    gap = Measure.objects.get(key="BX2")
    reviewer, approver = log_in(people.reviewer), log_in(people.approver)
    assert "为措施明确牵头部门" in shown(reviewer, "/officer/")
    assert gap.title in shown(reviewer, "/officer/measures/")
    path = f"/officer/measures/{gap.pk}/department/"
    assert reviewer.post(path, {"lead": ""}).status_code == 422
    assert approver.post(path, {"lead": "commerce_bureau"}).status_code == 403
    assert reviewer.post(path, {"lead": "commerce_bureau"}).status_code == 302
    version = MeasureVersion.objects.get(key="BX2", version=2)
    assert approver.post(f"/officer/measures/versions/{version.pk}/", {"decision": "publish"}).status_code == 302
    gap.refresh_from_db()
    assert gap.lead_name == "区商务局"


def test_a_wrong_condition_is_said_on_the_page(home: Jurisdiction, bureau: User, log_in: LogIn) -> None:
    writer = log_in(bureau)
    assert writer.post("/officer/measures/new/", {**FILLED, "title": ""}).status_code == 422
    assert writer.post("/officer/measures/new/", {**FILLED, "lead": "commerce_bureau"}).status_code == 422
    writer.post("/officer/measures/new/", {**FILLED, "condition": "{fact: nothing, is: 1}", "sentence": "无。"})
    version = MeasureVersion.objects.get(key="N1")
    path = f"/officer/measures/versions/{version.pk}/"
    response = writer.post(path, {"decision": "submit"})
    assert response.status_code == 409
    assert "no fact or column named nothing" in response.content.decode()
    assert writer.post(f"{path}edit/", FILLED).status_code == 302
    assert writer.post(path, {"decision": "submit"}).status_code == 302


def test_retiring_keeps_the_ledger(home: Jurisdiction, people: district.People, log_in: LogIn) -> None:
    measure = Measure.objects.get(key="G2a")
    path = f"/officer/measures/{measure.pk}/"
    assert log_in(people.reviewer).post(f"{path}retire/", {"reason": "到期"}).status_code == 403
    assert log_in(people.approver).post(f"{path}retire/", {"reason": ""}).status_code == 409
    assert log_in(people.approver).post(f"{path}retire/", {"reason": "到期"}).status_code == 302
    follow_one(home.pk)
    assert "台账保留" in shown(log_in(people.reviewer), path)
    assert is_accounted_for(home)


def test_a_neighbour_sees_nothing(home: Jurisdiction, log_in: LogIn) -> None:
    next_door = make_district(make_jurisdiction("110117", "北京市平谷区", "cn-999999-demo-variant"))
    neighbour = make_officer(next_door, Role.REVIEWER, username="neighbour")
    measure = Measure.objects.get(key="G2a")
    assert log_in(neighbour).get(f"/officer/measures/{measure.pk}/").status_code == 404
    assert "登记便利" not in shown(log_in(neighbour), "/officer/measures/")
