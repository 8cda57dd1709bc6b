"""Receipts of runs: the library's own command checks them, and a proof leads to the root."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.conf import settings
from typer.testing import CliRunner

from jieti.accounts.models import User
from jieti.audit.models import Event
from jieti.determinations.actions import start_run
from jieti.determinations.models import Run
from jieti.determinations.receipts import manifest_file, manifest_text, proof_of
from jieti.determinations.running import execute
from jieti.kit.errors import Refusal
from jieti.rulebooks.models import AnnualNorm
from rulecore.cli import app
from rulecore.result import proves, read_manifest, read_proof
from tests.factories.tables import code

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(reviewer: User, norm: AnnualNorm, delivered: None) -> Run:
    return execute(start_run(by=reviewer, year=2026))


def verify(run: Run, *more: str) -> int:
    kept = Path(settings.DATA_DIR) / "rulebooks" / run.rulebook.sha256 / run.rulebook.key / run.rulebook.edition
    given = ["verify", str(manifest_file(run)), "--rulebook", str(kept), "--facts", str(run.facts_file)]
    return CliRunner().invoke(app, [*given, "--results", str(run.results_file), *more]).exit_code


def test_the_receipt_is_stored_and_says_what_the_run_was(run: Run) -> None:
    assert run.manifest == json.loads(manifest_text(run))
    assert run.manifest["root"] == run.merkle_root
    assert run.manifest["rows"] == run.results.count() == 5
    assert run.manifest["as_of"] == "2026-07-01"
    assert run.manifest["rulebook"]["sha256"] == run.rulebook.sha256
    assert run.manifest["norms"]["values"]["growth_turnover"] == "300000"
    assert Event.objects.get(verb="determinations.execute_run").detail["root"] == run.merkle_root


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
def test_the_librarys_command_verifies_the_stored_files(run: Run, engine: str) -> None:
    assert verify(run, "--engine", engine) == 0


def test_results_changed_by_hand_are_found(run: Run) -> None:
    table = pq.read_table(run.results_file)
    bits = pa.array([0] * table.num_rows, table.schema.field("true_bits").type)
    place = table.schema.get_field_index("true_bits")
    pq.write_table(table.set_column(place, "true_bits", bits), run.results_file)
    assert verify(run) == 1
    with pytest.raises(Refusal, match="与收据不符"):
        proof_of(run, code(2))


def test_a_proof_leads_to_the_root(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "proof.json"
    file.write_text(proof_of(run, code(2)), encoding="utf-8")
    proof, root = read_proof(file)
    assert root.hex() == run.merkle_root == read_manifest(manifest_file(run)).root
    assert proves(proof, root)
    assert proof.leaf.split("\t")[:3] == [code(2), "growth", "growth"]


def test_nobody_outside_the_run_has_a_proof(run: Run, reviewer: User) -> None:
    with pytest.raises(Refusal, match=code(77)):
        proof_of(run, code(77))
    waiting = start_run(by=reviewer, year=2026, kind=Run.Kind.SHADOW)
    with pytest.raises(Refusal, match="没有收据"):
        proof_of(waiting, code(1))
