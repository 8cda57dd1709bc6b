"""The package for the national directory: documented, checksummed, as many rows as the run has results."""

import csv
import hashlib
import io
import json
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

from jieti.accounts.models import User
from jieti.audit.models import Event
from jieti.determinations.actions import mark_published, start_run
from jieti.determinations.amending import amend_result
from jieti.determinations.exports import HEADER, is_intact, is_outdated, make_export, mark_sent
from jieti.determinations.models import NationalExport, Run
from jieti.determinations.running import execute
from jieti.kit.errors import Refusal
from jieti.registry.models import Delivery
from jieti.rulebooks.models import AnnualNorm
from tests.factories.tables import code

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(reviewer: User, approver: User, norm: AnnualNorm, delivered: None) -> Run:
    Delivery.objects.filter(source_key="social_insurance").update(source_key="gone")
    return mark_published(by=approver, run=execute(start_run(by=reviewer, year=2026)))


def opened(export: NationalExport) -> tuple[dict[str, object], list[dict[str, str]]]:
    with zipfile.ZipFile(export.file) as package:
        assert sorted(package.namelist()) == ["businesses.csv", "package.json"]
        table, about = package.read("businesses.csv"), json.loads(package.read("package.json"))
    assert about["files"] == {"businesses.csv": hashlib.sha256(table).hexdigest()}
    return about, list(csv.DictReader(io.StringIO(table.decode("utf-8"))))


@pytest.mark.clause("正文二(一)2.d")
def test_every_business_of_the_run_stands_in_the_package_once(run: Run, approver: User) -> None:
    export = make_export(by=approver, run=run)
    about, rows = opened(export)
    assert export.rows == len(rows) == about["rows"] == run.results.count() == 5
    assert [row["uscc"] for row in rows] == [code(n) for n in range(1, 6)]
    assert hashlib.sha256(export.file.read_bytes()).hexdigest() == export.sha256
    assert about["run_merkle_root"] == run.merkle_root
    assert about["norm"] == {"document_number": "", "is_sample": True}
    assert sum(about["tiers"].values()) == 5  # type: ignore[attr-defined]
    four = rows[3]
    assert (four["tier"], four["tier_label"], four["possible"]) == ("ineligible", "不符合分型条件", "")
    assert (four["name"], four["jurisdiction_code"], four["year"]) == ("怀柔老王饭馆4号", "110116", "2026")
    waiting = [row for row in rows if not row["tier"]]
    assert waiting
    assert all(row["tier_label"] == "待数据" and "|" in row["possible"] for row in waiting)


def test_the_schema_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "national-export.md").read_text(encoding="utf-8")
    assert [line.split("`")[1] for line in page.splitlines() if line.startswith("| `")][: len(HEADER)] == list(HEADER)


def test_the_same_results_give_the_same_package(run: Run, approver: User) -> None:
    first = make_export(by=approver, run=run)
    assert make_export(by=approver, run=run).pk == first.pk
    assert NationalExport.objects.count() == 1
    assert Event.objects.filter(verb="determinations.make_export").count() == 1


def test_a_run_that_is_not_published_has_no_package(
    reviewer: User, approver: User, norm: AnnualNorm, delivered: None
) -> None:
    run = execute(start_run(by=reviewer, year=2026))
    with pytest.raises(Refusal, match="不能报送"):
        make_export(by=approver, run=run)


def test_it_is_marked_sent_once_and_with_a_receipt(run: Run, approver: User) -> None:
    export = make_export(by=approver, run=run)
    with pytest.raises(Refusal, match="没有填写回执"):
        mark_sent(by=approver, export=export, receipt="  ")
    sent = mark_sent(by=approver, export=export, receipt=" 收字〔2026〕1号 ")
    assert (sent.receipt, sent.sent_by) == ("收字〔2026〕1号", approver)
    with pytest.raises(Refusal, match="已经标记为报送"):
        mark_sent(by=approver, export=export, receipt="再来一次")
    assert Event.objects.get(verb="determinations.send_export").detail["receipt"] == "收字〔2026〕1号"


def test_a_file_that_was_changed_is_not_sent(run: Run, approver: User) -> None:
    export = make_export(by=approver, run=run)
    export.file.write_bytes(export.file.read_bytes() + b"x")
    assert not is_intact(export)
    with pytest.raises(Refusal, match="散列值不一致"):
        mark_sent(by=approver, export=export, receipt="收")
    export.file.unlink()
    assert not is_intact(export)


def test_a_package_older_than_a_correction_is_made_anew(run: Run, approver: User) -> None:
    export = make_export(by=approver, run=run)
    result = run.results.current().get(uscc=code(2))
    amend_result(by=approver, result=result, facts={"tax_paid": Decimal(0)}, cause="objection:1", clause="附件一(二)3")
    assert is_outdated(export)
    with pytest.raises(Refusal, match="有结果变更"):
        mark_sent(by=approver, export=export, receipt="收")
    again = make_export(by=approver, run=run)
    assert (again.pk != export.pk, again.rows, is_outdated(again)) == (True, export.rows, False)
    row = next(row for row in opened(again)[1] if row["uscc"] == code(2))
    assert row["result_version"] == "2"
