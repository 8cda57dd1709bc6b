"""The open directory: history, proof, publications, open data, conditional answers, errors reported."""

import csv
import io
import json
import re
import subprocess
from pathlib import Path
from shutil import which

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings
from python_calamine import CalamineWorkbook

from jieti.audit.models import Event
from jieti.determinations.amending import amend_result
from jieti.determinations.models import Result, Run
from jieti.directory.actions import republish
from jieti.directory.models import DirectoryEntry, ErrorReport, Publication
from jieti.directory.publications import make
from jieti.directory.reporting import answer_report, raise_report
from jieti.kit.errors import Refusal
from jieti.web.public import reports
from tests.factories.accounts import make_jurisdiction
from tests.web import district
from tests.web.conftest import LogIn, downloaded

PAGE = f"/business/{district.PENDING}/"
CLAIM = {"claim": "名称少了一个字", "reporter": "张三丰", "contact": "13800138000"}


def corrected(people: district.People) -> None:
    result = Result.objects.latest_for(district.PENDING)
    assert result is not None
    facts = {"turnover": 12000}
    amend_result(by=people.approver, result=result, facts=facts, cause="objection:7", clause="附件一(二)3.c")
    republish(by=people.approver, uscc=district.PENDING, cause="objection:7")


@pytest.mark.clause("正文一.b")
def test_the_history_keeps_what_was_corrected(client: Client, run: Run, people: district.People) -> None:
    before = client.get(PAGE).content.decode()
    assert "更正：" not in before
    corrected(people)
    text = client.get(PAGE).content.decode()
    assert f"{district.YEAR}年度分型结果：生存型" in text
    assert "更正：异议核实后更正" in text
    assert "（已更正，不再有效）" in text
    assert text.index("更正：异议") < text.index("年度集中判定")


@pytest.mark.clause("附件一(二)2.c")
def test_the_mark_for_the_publicity_system(client: Client, run: Run) -> None:
    assert f"成长型（{district.YEAR}年度）" in client.get(f"/business/{district.GROWTH}/").content.decode()
    assert "待数据，暂不标注" in client.get(PAGE).content.decode()


def test_a_proof_from_the_page_holds_against_the_published_root(client: Client, run: Run, tmp_path: Path) -> None:
    page = client.get(PAGE).content.decode()
    link = re.search(r'href="([^"]*proof\.json)"', page)
    assert link
    proof, root = tmp_path / "proof.json", tmp_path / "root.json"
    proof.write_bytes(client.get(link[1]).content)
    root.write_bytes(client.get("/publications/110116/1.json").content)
    script = Path(settings.ROOT) / "scripts" / "verify-proof.mjs"
    node = which("node")
    assert node
    done = subprocess.run([node, script, proof, root], capture_output=True, text=True, check=False)
    assert (done.returncode, "老李民宿" in done.stdout) == (0, True), done.stderr
    other = json.loads(root.read_text()) | {"root": "0" * 64}
    root.write_text(json.dumps(other))
    assert subprocess.run([node, script, proof, root], capture_output=True, check=False).returncode == 1


def test_the_picture_leads_to_the_page(client: Client, run: Run) -> None:
    response = client.get(f"/business/{district.GROWTH}/code.svg")
    assert response.headers["Content-Type"] == "image/svg+xml"
    assert response.content.startswith(b"<?xml")
    assert client.get("/business/92110116MA00A1B20Y/code.svg").status_code == 404
    assert client.get("/business/92110116MA00A1B20Y/proof.json").status_code == 404


def test_publications_are_listed_with_their_roots(client: Client, run: Run, people: district.People) -> None:
    corrected(people)
    text = client.get("/publications/").content.decode()
    for one in Publication.objects.all():
        assert one.merkle_root in text
    assert text.index("第2次") < text.index("第1次")
    assert "异议核实后更正" in text
    first = client.get("/publications/110116/1.csv")
    assert "待数据" in downloaded(first).decode()


def test_open_data_in_every_form(client: Client, run: Run) -> None:
    text = client.get("/open-data/").content.decode()
    assert "数据字典" in text
    rows = list(csv.reader(io.StringIO(downloaded(client.get("/publications/110116/1.csv")).decode("utf-8-sig"))))
    lines = [json.loads(line) for line in downloaded(client.get("/publications/110116/1.jsonl")).splitlines()]
    book = CalamineWorkbook.from_filelike(io.BytesIO(downloaded(client.get("/publications/110116/1.xlsx"))))
    sheet = book.get_sheet_by_index(0).to_python()
    assert len(rows) == len(sheet) == len(lines) + 1 == 7
    assert rows[0] == sheet[0]
    assert {row[0] for row in rows[1:]} == {line["uscc"] for line in lines}
    growth = next(line for line in lines if line["uscc"] == district.GROWTH)
    assert (growth["tier"], growth["mark"]) == ("growth", f"成长型（{district.YEAR}年度）")
    everything = json.dumps(lines, ensure_ascii=False) + str(rows)
    assert not [secret for secret in district.SECRETS if secret in everything]
    assert client.get("/publications/110116/1.exe").status_code == 404
    assert client.get("/publications/110116/9.csv").status_code == 404


def test_a_download_that_is_known_is_not_sent_again(client: Client, run: Run) -> None:
    first = client.get("/publications/110116/1.csv")
    downloaded(first)
    again = client.get("/publications/110116/1.csv", headers={"if-none-match": first.headers["ETag"]})
    assert (again.status_code, again.headers["ETag"]) == (304, first.headers["ETag"])


@pytest.mark.parametrize("path", ["/", "/?q=老王", PAGE, "/api/v1/directory/businesses?q=老王"])
def test_a_page_is_not_sent_twice_until_something_is_published(
    client: Client, run: Run, people: district.People, path: str
) -> None:
    first = client.get(path)
    tag, since = first.headers["ETag"], first.headers["Last-Modified"]
    assert "Cookie" in first.headers["Vary"]
    assert client.get(path, headers={"if-none-match": tag}).status_code == 304
    assert client.get(path, headers={"if-modified-since": since}).status_code == 304
    corrected(people)
    fresh = client.get(path, headers={"if-none-match": tag})
    assert (fresh.status_code, fresh.headers["ETag"] == tag) == (200, False)


def test_a_page_is_made_once(client: Client, run: Run) -> None:
    first = client.get("/?q=老王").content
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/?q=老王").content == first
    assert len(queries) == 1


def test_what_was_kept_is_what_was_made(client: Client, run: Run, people: district.People) -> None:
    """With every header, the protective ones too; to who has it already it is not sent; nobody gets it out of date."""
    first, again = client.get(PAGE), client.get(PAGE)
    assert dict(again.headers) | {"X-Request-ID": ""} == dict(first.headers) | {"X-Request-ID": ""}
    assert "Content-Security-Policy" in again.headers
    with CaptureQueriesContext(connection) as queries:
        known = client.get(PAGE, headers={"if-none-match": first.headers["ETag"]})
    assert (known.status_code, known.content, len(queries)) == (304, b"", 1)
    assert client.post(PAGE).status_code == 405, "kept for readers alone"
    corrected(people)
    assert "更正：异议核实后更正" in client.get(PAGE).content.decode()


def test_a_kept_page_may_be_a_moment_old_and_asks_nothing(
    client: Client, run: Run, people: district.People, settings: Settings
) -> None:
    settings.KEPT_PAGES_SECONDS = 3600
    client.get(PAGE)
    client.get(PAGE)
    with CaptureQueriesContext(connection) as queries:
        before = client.get(PAGE).content.decode()
    assert len(queries) == 0
    corrected(people)
    assert client.get(PAGE).content.decode() == before
    settings.KEPT_PAGES_SECONDS = 0
    assert "更正：异议核实后更正" in client.get(PAGE).content.decode()


def test_a_search_asks_what_was_published_no_oftener_than_a_kept_page(
    client: Client, run: Run, settings: Settings
) -> None:
    settings.KEPT_PAGES_SECONDS = 3600
    client.get("/?q=老王饭")
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/?q=老李民").status_code == 200
    assert [query["sql"] for query in queries if "directory_publication" in query["sql"]] == []
    assert len(queries) == 1


def test_large_type_and_ones_own_page_are_apart(run: Run, people: district.People, log_in: LogIn) -> None:
    plain, large = Client(), Client()
    large.cookies["display"] = "large"
    for path in ("/?q=老王", PAGE):
        one, other = plain.get(path), large.get(path)
        assert one.headers["ETag"] != other.headers["ETag"]
        assert b'data-display="large"' in other.content
        assert b'data-display="large"' not in one.content
        own = log_in(people.proprietor).get(path, headers={"if-none-match": one.headers["ETag"]})
        assert own.status_code == 200
        assert "ETag" not in own.headers
        assert "退出" in own.content.decode()
        assert "退出" not in plain.get(path).content.decode()


def test_a_district_can_be_chosen_only_where_there_are_several(client: Client, run: Run) -> None:
    assert "所在区" not in client.get("/").content.decode()
    other = make_jurisdiction("110118", "北京市密云区", "cn-110118-miyun")
    entry = DirectoryEntry.objects.get(pk=district.GROWTH)
    entry.pk, entry.jurisdiction, entry.town = district.GROWTH.replace("110116", "110118"), other, "穆家峪镇"
    entry.save(force_insert=True)
    make(by=None, jurisdiction=other, cause="run:1")
    text = client.get("/?q=雁栖老王").content.decode()
    assert "所在区" in text
    assert "穆家峪镇" in text
    assert "共找到<strong> 2 </strong>户" in text
    assert "共找到<strong> 1 </strong>户" in client.get("/?q=雁栖老王&jurisdiction=110118").content.decode()


def test_an_error_reaches_the_regulator_and_is_answered(
    client: Client, run: Run, people: district.People, log_in: LogIn
) -> None:
    page = client.get(f"/report/{district.GROWTH}/")
    assert page.status_code == 200
    sent = client.post(f"/report/{district.GROWTH}/", CLAIM)
    assert sent.headers["Location"] == "/report/received/"
    assert client.get("/report/received/").status_code == 200
    report = ErrorReport.objects.get()
    with connection.cursor() as cursor:
        cursor.execute("select reporter, contact from directory_errorreport")
        assert not [cell for cell in cursor.fetchone() if b"\xe5\xbc\xa0" in bytes(cell) or b"138" in bytes(cell)]
    officer = log_in(people.reviewer)
    assert "核实名录纠错" in officer.get("/officer/").content.decode()
    assert "雁栖老王饭馆" in officer.get("/officer/reports/").content.decode()
    text = officer.get(f"/officer/reports/{report.pk}/").content.decode()
    assert CLAIM["contact"] in text
    assert Event.objects.filter(verb="registry.read_protected", subject=f"business:{district.GROWTH}").exists()
    assert officer.post(f"/officer/reports/{report.pk}/", {"decision": "right"}).status_code == 422
    answer = {"decision": "right", "answer": "已请登记部门更正，电话告知"}
    assert officer.post(f"/officer/reports/{report.pk}/", answer).status_code == 302
    assert officer.post(f"/officer/reports/{report.pk}/", answer).status_code == 409
    assert "已转请更正" in officer.get("/officer/reports/").content.decode()
    table = io.BytesIO(downloaded(officer.get("/officer/reports.xlsx")))
    assert CLAIM["contact"] not in str(CalamineWorkbook.from_filelike(table).get_sheet_by_index(0).to_python())
    told = str(list(Event.objects.values_list("detail", "before", "after")))
    assert not [text for text in CLAIM.values() if text in told]


@pytest.mark.parametrize("who", ["clerk", "auditor", "outsider", "proprietor"])
def test_reports_are_not_for_others(run: Run, people: district.People, log_in: LogIn, who: str) -> None:
    report = raise_report(by=None, entry=DirectoryEntry.objects.get(pk=district.GROWTH), **CLAIM)
    for path in ("/officer/reports/", "/officer/reports.xlsx", f"/officer/reports/{report.pk}/"):
        assert log_in(getattr(people, who)).get(path).status_code == 403
        assert log_in(None).get(path).status_code == 302


@pytest.mark.parametrize("missing", CLAIM)
def test_a_report_without_name_or_contact_is_sent_back(client: Client, run: Run, missing: str) -> None:
    response = client.post(f"/report/{district.GROWTH}/", CLAIM | {missing: " "})
    assert response.status_code == 422
    assert not ErrorReport.objects.exists()


def test_too_many_reports_from_one_place_wait(client: Client, run: Run) -> None:
    cache.clear()
    codes = [client.post(f"/report/{district.GROWTH}/", CLAIM).status_code for _ in range(reports.MOST_AN_HOUR + 1)]
    assert codes == [302] * reports.MOST_AN_HOUR + [429]
    assert ErrorReport.objects.count() == reports.MOST_AN_HOUR


def test_what_nobody_has_cannot_be_reported(client: Client, run: Run) -> None:
    assert client.get("/report/92110116MA00A1B20Y/").status_code == 404


def test_an_answer_needs_words(run: Run, people: district.People) -> None:
    report = raise_report(by=None, entry=DirectoryEntry.objects.get(pk=district.GROWTH), **CLAIM)
    with pytest.raises(Refusal):
        answer_report(by=people.reviewer, report=report, is_right=True, answer=" ")
