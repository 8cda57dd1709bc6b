"""What officers do, through the pages."""

from typing import cast

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from jieti.audit.models import Event
from jieti.determinations.models import Run
from jieti.directory.models import DirectoryEntry
from jieti.kit import clock
from jieti.registry.models import Delivery
from jieti.registry.reading import read_delivery
from jieti.rulebooks.models import AnnualNorm
from tests.web import district
from tests.web.conftest import LogIn
from tests.web.test_public import flat, sheet


def upload(client: Client, text: str, source: str = "registration", **fields: str) -> HttpResponse:
    file = SimpleUploadedFile("名册.csv", text.encode())
    data = {"source": source, "as_of": clock.today().isoformat(), "mode": "full", "file": file, **fields}
    return cast("HttpResponse", client.post("/officer/deliveries/new/", data, follow=True))


def report(client: Client) -> str:
    """The page of the newest delivery, once the worker has read it."""
    delivery = read_delivery(Delivery.objects.latest("pk"))
    return client.get(f"/officer/deliveries/{delivery.pk}/").content.decode()


def test_an_upload_is_reported_row_by_row(people: district.People, log_in: LogIn) -> None:
    broken = district.REGISTRATION + "123,坏代码店,登记在册,2020-01-01,张三,某处,雁栖镇,6210,否\n"
    client = log_in(people.clerk)
    assert "<progress" in upload(client, broken).content.decode()
    text = report(client)
    assert "读入6行，退回1行" in text
    assert "第8行" in text
    delivery = Delivery.objects.get()
    rows = sheet(client.get(f"/officer/deliveries/{delivery.pk}/refused.xlsx"))
    assert "坏代码店" in flat(rows)
    assert Event.objects.filter(verb="registry.receive_delivery").exists()


def test_an_unusable_file_says_why_and_changes_nothing(people: district.People, log_in: LogIn) -> None:
    client = log_in(people.clerk)
    upload(client, "这不是,要的表\n1,2\n")
    text = report(client)
    assert "整份退回" in text
    assert Delivery.objects.get().status == Delivery.Status.REFUSED


def test_the_same_file_twice_is_read_once(people: district.People, log_in: LogIn) -> None:
    client = log_in(people.clerk)
    upload(client, district.REGISTRATION)
    assert "以前已经收到过" in upload(client, district.REGISTRATION).content.decode()
    assert Delivery.objects.count() == 1


def test_missing_fields_are_named_and_linked(people: district.People, log_in: LogIn) -> None:
    response = log_in(people.clerk).post("/officer/deliveries/new/", {})
    text = response.content.decode()
    assert response.status_code == 422
    for field, message in {
        "source": "请选择数据来源。",
        "as_of": "请填写数据截止日期。",
        "file": "请选择数据文件。",
    }.items():
        assert f'<a href="#id_{field}">{message}</a>' in text


def test_data_of_tomorrow_are_refused(people: district.People, log_in: LogIn) -> None:
    response = log_in(people.clerk).post("/officer/deliveries/new/", {"source": "tax", "as_of": "2099-01-01"})
    assert "不能晚于今天" in response.content.decode()


def norm_data(**fields: str) -> dict[str, str]:
    return {"year": str(district.YEAR), "document_number": "京市监发〔1〕号", "growth_turnover": "300000", **fields}


def test_a_norm_is_checked_then_proposed_then_approved_by_another(people: district.People, log_in: LogIn) -> None:
    reviewer, approver = log_in(people.reviewer), log_in(people.approver)
    check = reviewer.post("/officer/norms/new/", norm_data(step="check"))
    assert "请核对录入内容" in check.content.decode()
    assert not AnnualNorm.objects.exists()
    edit = reviewer.post("/officer/norms/new/", norm_data(step="edit"))
    assert 'value="300000"' in edit.content.decode()
    reviewer.post("/officer/norms/new/", norm_data(step="propose"))
    norm = AnnualNorm.objects.get()
    assert reviewer.post(f"/officer/norms/{norm.pk}/", {"decision": "approve"}).status_code == 409
    assert "由另一位" in reviewer.get(f"/officer/norms/{norm.pk}/").content.decode()
    approver.post(f"/officer/norms/{norm.pk}/", {"decision": "approve"})
    norm.refresh_from_db()
    assert norm.approved_by == people.approver


def test_a_norm_is_sent_back_with_a_reason(people: district.People, log_in: LogIn) -> None:
    log_in(people.reviewer).post("/officer/norms/new/", norm_data(step="propose"))
    norm, approver = AnnualNorm.objects.get(), log_in(people.approver)
    assert approver.post(f"/officer/norms/{norm.pk}/", {"decision": "refuse"}).status_code == 409
    approver.post(f"/officer/norms/{norm.pk}/", {"decision": "refuse", "reason": "与文件不符"})
    assert "与文件不符" in approver.get(f"/officer/norms/{norm.pk}/").content.decode()


def test_a_norm_out_of_order_is_refused_at_its_field(people: district.People, log_in: LogIn) -> None:
    data = norm_data(step="check", growth_turnover="500", development_turnover="500")
    response = log_in(people.reviewer).post("/officer/norms/new/", data)
    assert response.status_code == 422
    assert 'href="#id_growth_turnover"' in response.content.decode()


def test_an_official_norm_needs_its_document(people: district.People, log_in: LogIn) -> None:
    response = log_in(people.reviewer).post("/officer/norms/new/", norm_data(step="check", document_number=""))
    assert "请填写公布标准的文件文号" in response.content.decode()


def test_a_second_norm_of_the_year_is_refused(run: Run, people: district.People, log_in: LogIn) -> None:
    response = log_in(people.reviewer).post("/officer/norms/new/", norm_data(step="propose"))
    assert response.status_code == 422
    assert "已经审批" in response.content.decode()


def run_data(**fields: str) -> dict[str, str]:
    return {"year": str(district.YEAR), "basis_date": f"{district.YEAR}-07-01", "kind": "main", **fields}


def test_a_run_without_its_preconditions_says_which(people: district.People, log_in: LogIn) -> None:
    client = log_in(people.reviewer)
    assert "认定标准还没有审批" in client.get("/officer/runs/new/").content.decode()
    response = client.post("/officer/runs/new/", run_data())
    assert response.status_code == 409
    assert "还不能判定" in response.content.decode()


def test_a_second_main_run_of_the_year_is_refused(run: Run, people: district.People, log_in: LogIn) -> None:
    response = log_in(people.reviewer).post("/officer/runs/new/", run_data())
    assert response.status_code == 409
    assert "一年只作一次" in response.content.decode()


def test_a_run_is_started_and_watched(run: Run, people: district.People, log_in: LogIn) -> None:
    client = log_in(people.reviewer)
    response = client.post("/officer/runs/new/", run_data(kind="shadow"), follow=True)
    text = response.content.decode()
    assert "<progress" in text
    assert "htmx-2.0.11.min.js" in text
    shadow = Run.objects.get(kind="shadow")
    assert "<progress" in client.get(f"/officer/runs/{shadow.pk}/progress/").content.decode()
    assert client.get(f"/officer/runs/{run.pk}/progress/").headers["HX-Refresh"] == "true"
    assert client.get(f"/officer/runs/{shadow.pk}/results/").status_code == 404


def test_a_failed_run_can_be_tried_again(run: Run, people: district.People, log_in: LogIn) -> None:
    client = log_in(people.reviewer)
    client.post("/officer/runs/new/", run_data(kind="shadow"))
    Run.objects.filter(kind="shadow").update(status="failed", message="磁盘已满", finished_at=clock.now())
    shadow = Run.objects.get(kind="shadow")
    assert "磁盘已满" in client.get(f"/officer/runs/{shadow.pk}/").content.decode()
    client.post(f"/officer/runs/{shadow.pk}/retry/")
    shadow.refresh_from_db()
    assert shadow.status == Run.Status.QUEUED


def test_the_figures_add_up_everywhere(run: Run, people: district.People, log_in: LogIn) -> None:
    client = log_in(people.auditor)
    text = client.get(f"/officer/runs/{run.pk}/").content.decode()
    assert "待数据的原因" in text
    assert "上一年度年报填报的销售额或营业收入" in text
    rows = sheet(client.get(f"/officer/runs/{run.pk}/counts.xlsx"))
    assert rows[0] == ["镇乡街道", "生存型", "成长型", "发展型", "不符合分型条件", "待数据", "合计"]
    assert rows[-1] == ["合计", 2, 1, 1, 1, 1, 6]


def test_results_are_narrowed(run: Run, people: district.People, log_in: LogIn) -> None:
    client, base = log_in(people.auditor), f"/officer/runs/{run.pk}/results"
    for query, count in {
        "": 6,
        "mark=pending": 1,
        "town=渤海镇": 2,
        "q=老王": 4,
        "q=" + district.NEW: 1,
        "mark=x": 0,
    }.items():
        assert f"共{count}户" in client.get(f"{base}/?{query}").content.decode(), query
    assert len(sheet(client.get(f"{base}.xlsx?town=渤海镇"))) == 3


def test_publishing_needs_a_yes_and_happens_once(people: district.People, log_in: LogIn) -> None:
    run, client = district.determined(people), log_in(people.approver)
    address = f"/officer/runs/{run.pk}/publish/"
    assert "样例" in client.get(address).content.decode()
    assert not DirectoryEntry.objects.exists()
    client.post(address)
    assert DirectoryEntry.objects.count() == 6
    assert Event.objects.filter(verb="directory.published", subject=f"run:{run.pk}").count() == 1
    again = client.post(address)
    assert again.status_code == 409
    assert "不需要再次公布" in again.content.decode()


def test_any_business_is_explained_clause_by_clause(run: Run, people: district.People, log_in: LogIn) -> None:
    text = log_in(people.auditor).get(f"/officer/businesses/{district.PENDING}/").content.decode()
    for shown in ("还缺什么，由谁提供", "待数据", "附件一(三)2(3)A", "营业收入达到发展型标准", "标准："):
        assert shown in text


def test_a_code_typed_in_the_search_opens_its_business(run: Run, people: district.People, log_in: LogIn) -> None:
    response = log_in(people.auditor).get("/officer/businesses/", {"q": district.NEW.lower()})
    assert response.headers["Location"] == f"/officer/businesses/{district.NEW}/"


def test_the_work_list_knows_what_to_do_next(people: district.People, log_in: LogIn) -> None:
    client = log_in(people.reviewer)
    text = client.get("/officer/").content.decode()
    assert "已生效0项，共7项" in text
    assert "认定“名特优新”时还要用到的数据（8项）" in text
    assert "尚未录入" in text
    district.determined(people)
    text = client.get("/officer/").content.decode()
    assert "已生效7项，共7项" in text
    assert "核对并公布" in text
