"""Publications: what goes out, the proof that one line is in it, and what a correction does to both."""

import json
import subprocess
from pathlib import Path
from shutil import which

import pytest
from django.conf import settings

from jieti.audit.models import Event
from jieti.determinations.amending import amend_result
from jieti.determinations.models import Result, Run
from jieti.directory import publications
from jieti.directory.actions import republish, republish_all
from jieti.directory.models import DirectoryEntry, EntryYear, Publication
from jieti.kit.errors import Refusal
from rulecore.result import proves
from tests.web import district


def amended(people: district.People, uscc: str, facts: dict[str, object], cause: str = "objection:1") -> Result:
    result = Result.objects.latest_for(uscc)
    assert result is not None
    return amend_result(by=people.approver, result=result, facts=facts, cause=cause, clause="附件一(二)3.c")  # type: ignore[arg-type]


def test_a_run_writes_years_and_a_publication(run: Run) -> None:
    (publication,) = Publication.objects.all()
    assert (publication.number, publication.year, publication.entries) == (1, district.YEAR, 6)
    assert publication.cause == f"run:{run.pk}"
    years = {one.uscc: (one.version, one.tier, one.year) for one in EntryYear.objects.all()}
    entries = {one.uscc: (1, one.tier, one.year) for one in DirectoryEntry.objects.all()}
    assert years == entries
    lines = {line.uscc: (1, line.tier, line.year) for line in publications.lines_of(publication)}
    assert lines == entries


def test_every_line_is_proved_and_no_other(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    publication = Publication.objects.get()
    root = bytes.fromhex(publication.merkle_root)
    for entry in DirectoryEntry.objects.all():
        proof = publications.prove(publication, entry.pk)
        assert proof is not None
        assert proves(proof, root)
        assert proof.leaf.split("\t")[0] == entry.pk
        assert proof.leaf.split("\t", 8)[8] == entry.name
    assert publications.prove(publication, "92110116MA00A1B20Y") is None


def test_a_correction_is_a_further_version_and_a_further_publication(people: district.People, run: Run) -> None:
    amended(people, district.PENDING, {"turnover": 12000})
    entry = republish(by=people.approver, uscc=district.PENDING, cause="objection:1")
    assert entry.tier == Result.objects.latest_for(district.PENDING).tier  # type: ignore[union-attr]
    assert entry.tier is not None
    assert [(one.version, one.tier, one.cause) for one in EntryYear.objects.of(district.PENDING)] == [
        (2, entry.tier, "objection:1"),
        (1, None, f"run:{run.pk}"),
    ]
    first, second = Publication.objects.order_by("number")
    assert (second.number, second.cause) == (2, "objection:1")
    assert first.merkle_root != second.merkle_root
    old, new = (next(li for li in publications.lines_of(one) if li.uscc == district.PENDING) for one in (first, second))
    assert (old.tier, new.tier) == (None, entry.tier)
    assert Event.objects.filter(verb="directory.republish").count() == 1


def test_nothing_new_to_issue_makes_no_publication(people: district.People, run: Run) -> None:
    republish(by=people.approver, uscc=district.GROWTH, cause="delivery:9")
    assert Publication.objects.count() == 1
    assert EntryYear.objects.of(district.GROWTH).count() == 1


def test_a_batch_makes_one_publication(people: district.People, run: Run) -> None:
    amended(people, district.PENDING, {"turnover": 12000})
    amended(people, district.GROWTH, {"turnover": 100, "tax_paid": 0})
    republish_all(by=None, usccs=[district.PENDING, district.GROWTH, district.GONE], cause="delivery:9")
    assert Publication.objects.count() == 2
    assert EntryYear.objects.filter(version=2).count() == 2
    event = Event.objects.get(verb="directory.republish")
    assert (event.subject, event.detail["businesses"]) == ("jurisdiction:110116", 3)


def test_what_was_never_published_is_refused(people: district.People) -> None:
    district.determined(people)
    with pytest.raises(Refusal):
        republish(by=people.approver, uscc=district.GROWTH, cause="objection:1")
    assert not EntryYear.objects.exists()


@pytest.fixture
def many(run: Run, monkeypatch: pytest.MonkeyPatch) -> Publication:
    """A publication of several row groups."""
    monkeypatch.setattr(publications, "RUN", 4)
    jurisdiction = DirectoryEntry.objects.first().jurisdiction  # type: ignore[union-attr]
    return publications.make(by=None, jurisdiction=jurisdiction, cause="corrections")


def test_several_row_groups_make_one_tree(many: Publication) -> None:
    assert many.merkle_root == Publication.objects.get(number=1).merkle_root or many.entries == 6
    for entry in DirectoryEntry.objects.all():
        proof = publications.prove(many, entry.pk)
        assert proof is not None
        assert proves(proof, bytes.fromhex(many.merkle_root))


def test_the_script_of_the_public_verifies_offline(run: Run, tmp_path: Path) -> None:
    node = which("node")
    assert node, "install Node: scripts/system-packages.sh"
    publication = Publication.objects.get()
    proof = publications.prove(publication, district.GROWTH)
    assert proof is not None
    text = publications.proof_text(publication, proof)
    file = tmp_path / "proof.json"
    file.write_text(text, encoding="utf-8")
    script = Path(settings.ROOT) / "scripts" / "verify-proof.mjs"
    good = subprocess.run([node, script, file, publication.merkle_root], capture_output=True, text=True, check=False)
    assert good.returncode == 0, good.stderr
    assert "老王饭馆" in good.stdout
    assert "growth" in good.stdout
    file.write_text(text.replace("growth", "development"), encoding="utf-8")
    bad = subprocess.run([node, script, file, publication.merkle_root], capture_output=True, text=True, check=False)
    assert bad.returncode == 1
    assert json.loads(text)["publication"] == 1
