"""Receipts: one root whatever the engine, the order and the files; every proof holds, and no other."""

import csv
import hashlib
import itertools
import json
import random
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import rulecore
from rulecore.cli import app
from rulecore.engines import NAMES, load, version
from rulecore.errors import FactsError, ReceiptError
from rulecore.result import (
    Proof,
    differences,
    leaf_hash,
    leaves,
    manifest_of,
    merkle,
    merkle_root,
    proof_text,
    prove,
    proves,
    read_manifest,
    read_proof,
    tree_hash,
)
from tests.rulecore.law import (
    HUAIROU,
    NORMS,
    RULEBOOKS,
    Row,
    copy_of_huairou,
    edit,
    numbered,
    ordinary,
    plan_of,
    write_facts,
)
from tests.rulecore.population import population

SCRIPT = RULEBOOKS.parent / "scripts" / "verify-proof.mjs"


def tree_by_the_text(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1, as it is written."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return hashlib.sha256(b"\x01" + tree_by_the_text(leaves[:half]) + tree_by_the_text(leaves[half:])).digest()


def leaves_by_hand(results: Path) -> list[bytes]:
    rows = pq.read_table(results).to_pylist()
    parts = (
        (r["uscc"], r["tier"] or "-", ",".join(r["possible"]), str(r["true_bits"]), str(r["unknown_bits"]))
        for r in rows
    )
    return sorted("\t".join(part).encode() for part in parts)


def run(rows: list[Row], out: Path, engine: str = "polars") -> Path:
    facts = write_facts(rows, out.with_suffix(".facts.parquet"))
    load(engine).run(plan_of(), [facts], out)
    return out


@pytest.fixture
def small_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Subtrees of four leaves and partitions of ten, so that a few rows cross every border."""
    monkeypatch.setattr(merkle, "SUBTREE", 4)
    monkeypatch.setattr(leaves, "READ_AT_ONCE", 4)
    monkeypatch.setattr(leaves, "SORTED_AT_ONCE", 10)
    monkeypatch.setattr(leaves, "_SAMPLE", 3)


@pytest.mark.parametrize("count", [*range(1, 20), 31, 32, 33, 64, 65, 100])
def test_the_root_is_that_of_the_rfc(count: int, small_runs: None, tmp_path: Path) -> None:
    rows = numbered(population(count, count))
    random.Random(count).shuffle(rows)
    results = run(rows, tmp_path / "out.parquet")
    assert merkle_root(results) == tree_by_the_text(leaves_by_hand(results))


def test_no_results_have_the_root_of_nothing(tmp_path: Path) -> None:
    assert merkle_root(run([], tmp_path / "out.parquet")) == hashlib.sha256(b"").digest()


def test_a_leaf_byte_by_byte(tmp_path: Path) -> None:
    results = run([{"uscc": "92110116MA00000001", **ordinary()}], tmp_path / "out.parquet")
    row = pq.read_table(results).to_pylist()[0]
    text = f"92110116MA00000001\tsurvival\tsurvival\t{row['true_bits']}\t0"
    assert merkle_root(results) == hashlib.sha256(b"\x00" + text.encode("ascii")).digest()
    unsure = run([{"uscc": "甲", **ordinary(turnover=None)}], tmp_path / "unsure.parquet")
    row = pq.read_table(unsure).to_pylist()[0]
    text = f"甲\t-\tsurvival,growth,development\t{row['true_bits']}\t{row['unknown_bits']}"
    assert merkle_root(unsure) == leaf_hash(text.encode("utf-8"))


def test_one_root_on_every_engine_in_any_order_and_files(small_runs: None, tmp_path: Path) -> None:
    rows = numbered(population(7, 500))
    rows.append({**rows[3], "turnover": None, "registration_status": "deregistered"})
    rows.append(dict(rows[4]))
    roots = set()
    for number, name in itertools.product(range(3), NAMES):
        random.Random(number).shuffle(rows)
        facts = tmp_path / f"{name}{number}"
        facts.mkdir()
        cut = 100 * number + 50
        files = [write_facts(part, facts / f"{i}.parquet") for i, part in enumerate((rows[:cut], rows[cut:]))]
        out = tmp_path / f"{name}{number}.parquet"
        load(name).run(plan_of(), files, out)
        roots.add(merkle_root(out))
    whole = pq.read_table(tmp_path / "polars0.parquet")
    split = tmp_path / "split"
    (split / "deeper").mkdir(parents=True)
    pq.write_table(whole.slice(300), split / "a.parquet", row_group_size=7)
    pq.write_table(whole.slice(0, 300), split / "deeper" / "b.parquet")
    roots.add(merkle_root(split))
    assert len(roots) == 1
    assert roots == {tree_by_the_text(leaves_by_hand(split))}


def test_many_rows_are_hashed_by_several_processes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    results = run(numbered(population(8, 300)), tmp_path / "out.parquet")
    alone = merkle_root(results)
    monkeypatch.setattr(merkle, "_ROWS_FOR_PROCESSES", 1)
    assert merkle_root(results) == alone


def test_one_bit_of_one_row_changes_the_root(tmp_path: Path) -> None:
    results = run(numbered(population(9, 50)), tmp_path / "out.parquet")
    table = pq.read_table(results)
    bits: list[Any] = table["true_bits"].to_pylist()
    bits[17] ^= 1
    changed = table.set_column(3, table.schema.field(3), pa.array(bits, pa.uint64()))
    pq.write_table(changed, tmp_path / "changed.parquet")
    assert merkle_root(tmp_path / "changed.parquet") != merkle_root(results)


def test_a_row_without_a_key_has_no_leaf(tmp_path: Path) -> None:
    results = run([{"uscc": None, **ordinary()}], tmp_path / "out.parquet")
    with pytest.raises(FactsError, match="without a key"):
        merkle_root(results)


def test_facts_are_no_results(tmp_path: Path) -> None:
    with pytest.raises(FactsError, match="these are no results"):
        merkle_root(write_facts(numbered([ordinary()]), tmp_path / "facts.parquet"))
    with pytest.raises(FactsError, match="there are no results"):
        merkle_root(tmp_path / "nowhere")


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 8, 11, 16, 17, 31])
def test_every_row_has_a_proof_and_no_other_holds(count: int, small_runs: None, tmp_path: Path) -> None:
    rows = numbered(population(count, count))
    results = run(rows, tmp_path / "out.parquet")
    root = merkle_root(results)
    for place, row in enumerate(rows):
        proof, found = prove(results, str(row["uscc"]))
        assert found == root
        assert (proof.index, proof.size) == (place, count)
        assert proves(proof, root)
        assert [wrong for wrong in spoilt(proof) if proves(wrong, root)] == []
        assert not proves(proof, leaf_hash(b"another"))


def spoilt(proof: Proof) -> Iterator[Proof]:
    """Proofs that must not hold; an index beyond the tree, a leaf that was not there, a way too short, long or bent."""
    yield replace(proof, leaf=proof.leaf[:-1] + "9")
    yield replace(proof, index=proof.size)
    yield replace(proof, index=-1)
    yield replace(proof, path=(*proof.path, b"\0" * 32))
    for place in range(len(proof.path)):
        yield replace(proof, path=proof.path[:place] + proof.path[place + 1 :])
        yield replace(proof, path=(*proof.path[:place], b"\1" * 32, *proof.path[place + 1 :]))
    yield from (replace(proof, index=index) for index in range(proof.size) if index != proof.index)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=6), min_size=1, max_size=70))
def test_paths_lead_to_the_root_of_the_rfc(texts: list[bytes]) -> None:
    hashes = [leaf_hash(text) for text in texts]
    assert tree_hash(hashes) == tree_by_the_text(texts)
    leaf = "x"
    for place in range(len(hashes)):
        mine = [*hashes[:place], leaf_hash(leaf.encode()), *hashes[place + 1 :]]
        proof = Proof(leaf, place, len(mine), merkle.audit_path(mine, place))
        assert proves(proof, tree_hash(mine))


def test_a_key_that_begins_like_another_is_not_it(tmp_path: Path) -> None:
    rows = [{"uscc": key, **ordinary()} for key in ("1", "12", "1\t2", "123")]
    results = run(rows, tmp_path / "out.parquet")
    for key in ("1", "12", "1\t2", "123"):
        proof, root = prove(results, key)
        assert proof.leaf.startswith(f"{key}\tsurvival\t")
        assert proves(proof, root)


@pytest.mark.parametrize(("key", "count"), [("nobody", 0), ("twice", 2)])
def test_no_row_or_two_rows_have_no_proof(key: str, count: int, tmp_path: Path) -> None:
    rows = [{"uscc": "twice", **ordinary()}, {"uscc": "twice", **ordinary(patents=1)}]
    with pytest.raises(FactsError, match=f"{count} rows with this key"):
        prove(run(rows, tmp_path / "out.parquet"), key)


# The script in another language


def node(*arguments: str) -> subprocess.CompletedProcess[str]:
    found = shutil.which("node") or shutil.which("nodejs")
    assert found, "node is missing: scripts/system-packages.sh installs it"
    return subprocess.run([found, str(SCRIPT), *arguments], capture_output=True, text=True, check=False)


def test_the_script_is_small_and_needs_nothing() -> None:
    text = SCRIPT.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 60
    imports = {line.split('import("')[1].split('"')[0] for line in text.splitlines() if 'import("' in line}
    assert imports <= {"node:crypto", "node:fs/promises", "node:url"}
    assert "\nimport " not in text


@pytest.mark.parametrize("count", [1, 2, 7, 16, 21])
def test_the_script_agrees_on_every_place(count: int, tmp_path: Path) -> None:
    rows = numbered(population(count, count))
    results = run(rows, tmp_path / "out.parquet")
    root = merkle_root(results).hex()
    for row in {0: rows[0], 1: rows[-1], 2: rows[count // 2]}.values():
        proof = tmp_path / "proof.json"
        proof.write_text(proof_text(*prove(results, str(row["uscc"]))), encoding="utf-8")
        said = node(str(proof), root)
        assert (said.returncode, said.stderr) == (0, "")
        assert said.stdout.startswith("holds ")
        assert f'"subject":"{row["uscc"]}"' in said.stdout


def test_the_script_refuses_what_does_not_hold(tmp_path: Path) -> None:
    results = run(numbered(population(5, 13)), tmp_path / "out.parquet")
    proof, root = prove(results, f"{7:018d}")
    for wrong in [*spoilt(proof)][:12]:
        file = tmp_path / "proof.json"
        file.write_text(proof_text(wrong, root), encoding="utf-8")
        said = node(str(file), root.hex())
        assert (said.returncode, said.stdout[:13]) == (1, "does not hold"), wrong


@pytest.mark.parametrize("text", ["", "{}", '{"proof": 1, "leaf": 3}', "not JSON"])
def test_the_script_calls_rubbish_unusable(text: str, tmp_path: Path) -> None:
    file = tmp_path / "proof.json"
    file.write_text(text, encoding="utf-8")
    said = node(str(file), "0" * 64)
    assert said.returncode in (1, 2)
    assert "holds" not in said.stdout.split(" ")[0]
    assert node(str(tmp_path / "nowhere.json"), "0" * 64).returncode == 2


# The command line


@pytest.fixture
def deed(tmp_path: Path) -> dict[str, Any]:
    """A run by the command line: where its files are."""
    rows = numbered(population(11, 200))
    facts = write_facts(rows, tmp_path / "facts.parquet")
    norms = tmp_path / "norms.yaml"
    norms.write_text("".join(f"{key}: {value}\n" for key, value in NORMS.items()), encoding="utf-8")
    out = tmp_path / "out.parquet"
    arguments = ["run", str(HUAIROU), "--as-of", "2026-07-01", "--norms", str(norms), "--facts", str(facts)]
    said = CliRunner().invoke(app, [*arguments, "--out", str(out)])
    assert said.exit_code == 0, said.output
    return {"facts": facts, "out": out, "rows": rows, "run": arguments, "manifest": tmp_path / "out.manifest.json"}


def verify(deed: dict[str, Any], *more: str, rulebook: Path = HUAIROU) -> tuple[int, str]:
    asked = ["verify", str(deed["manifest"]), "--rulebook", str(rulebook), "--facts", str(deed["facts"]), *more]
    said = CliRunner().invoke(app, asked)
    return said.exit_code, said.output


def test_a_run_writes_its_manifest_beside_the_output(deed: dict[str, Any]) -> None:
    said = json.loads(deed["manifest"].read_text(encoding="utf-8"))
    assert said["rows"] == 200 == sum(said["tiers"].values())
    assert said["root"] == merkle_root(deed["out"]).hex()
    assert said["inputs"] == [
        {"file": "facts.parquet", "sha256": hashlib.sha256(deed["facts"].read_bytes()).hexdigest()}
    ]
    assert said["engine"] == {"name": "polars", "version": version("polars")}
    assert said["norms"]["values"]["growth_turnover"] == "300000"
    lines = "".join(f"{key}={value}\n" for key, value in sorted(said["norms"]["values"].items()))
    assert said["norms"]["sha256"] == hashlib.sha256(lines.encode()).hexdigest()
    assert said["as_of"] == "2026-07-01"
    assert said["standard"] == "tiers"


def test_the_hash_of_a_table_is_of_the_file_given(deed: dict[str, Any], tmp_path: Path) -> None:
    table = tmp_path / "facts.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, deed["rows"][0])
        writer.writeheader()
        writer.writerows(deed["rows"])
    arguments = [str(table) if item == str(deed["facts"]) else item for item in deed["run"]]
    named = tmp_path / "deep.json"
    said = CliRunner().invoke(
        app, [*arguments, "--out", str(tmp_path / "csv.parquet"), "--manifest", str(named), "--engine", "duckdb"]
    )
    assert said.exit_code == 0, said.output
    manifest = json.loads(named.read_text(encoding="utf-8"))
    assert manifest["inputs"] == [{"file": "facts.csv", "sha256": hashlib.sha256(table.read_bytes()).hexdigest()}]
    assert manifest["root"] == json.loads(deed["manifest"].read_text(encoding="utf-8"))["root"]
    assert not (tmp_path / "csv.manifest.json").exists()


@pytest.mark.parametrize("engine", NAMES)
def test_the_same_run_verifies_on_every_engine(deed: dict[str, Any], engine: str) -> None:
    code, text = verify(deed, "--engine", engine, "--results", str(deed["out"]))
    assert code == 0, text
    assert f"checked with {engine}" in text


def spoil(deed: dict[str, Any], *path: str, value: Any) -> None:
    data = json.loads(deed["manifest"].read_text(encoding="utf-8"))
    inner = data
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    deed["manifest"].write_text(json.dumps(data), encoding="utf-8")


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (("rulebook", "sha256"), "0" * 64, ["rulebook_sha256"]),
        (("rulebook", "key"), "elsewhere", ["rulebook"]),
        (("rulebook", "edition"), "1999", ["edition"]),
        (("norms", "sha256"), "0" * 64, ["norms"]),
        (("norms", "values", "growth_turnover"), "1", ["norms", "root"]),
        (("as_of",), "2025-07-01", ["root"]),
        (("rows",), 199, ["rows"]),
        (("tiers", "growth"), 999, ["tier growth"]),
        (("tiers", "-"), 0, ["tier -"]),
        (("root",), "0" * 64, ["root"]),
        (("inputs",), [], ["input facts.parquet"]),
    ],
)
def test_each_false_word_of_a_manifest_is_named(
    deed: dict[str, Any], path: tuple[str, ...], value: Any, named: list[str]
) -> None:
    spoil(deed, *path, value=value)
    code, text = verify(deed)
    assert code == 1, text
    for word in named:
        assert f"differs: {word}" in text, text


def test_changed_facts_are_found(deed: dict[str, Any]) -> None:
    rows = deed["rows"]
    rows[5] = {**rows[5], **ordinary(registration_status="licence_revoked")}
    write_facts(rows, deed["facts"])
    code, text = verify(deed)
    assert code == 1
    assert "differs: input facts.parquet: was not among the files of the run" in text
    assert "differs: root" in text


def test_changed_results_are_found(deed: dict[str, Any], tmp_path: Path) -> None:
    other = run(deed["rows"][1:], tmp_path / "other.parquet")
    code, text = verify(deed, "--results", str(other))
    assert code == 1
    assert text.count("differs:") == 1
    assert "differs: results" in text


def test_a_changed_rulebook_is_found(deed: dict[str, Any], tmp_path: Path) -> None:
    folder = copy_of_huairou(tmp_path)
    edit(
        folder / "tiers.yaml", "sentence: 拥有1件（含）以上以个体工商户或其经营者为专利权人的专利。", "sentence: 别的。"
    )
    code, text = verify(deed, rulebook=folder)
    assert code == 1
    assert "differs: rulebook_sha256" in text
    assert "differs: root" not in text


@pytest.mark.parametrize("text", ["", "[]", '{"manifest": 2}', "no"])
def test_what_is_no_manifest_is_refused(deed: dict[str, Any], text: str) -> None:
    deed["manifest"].write_text(text, encoding="utf-8")
    code, said = verify(deed)
    assert code == 2
    assert "out.manifest.json" in said


@pytest.mark.parametrize(("path", "value"), [(("root",), "XYZ"), (("as_of",), "2025-02-30"), (("rows",), -1)])
def test_a_malformed_word_is_refused(deed: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    spoil(deed, *path, value=value)
    assert verify(deed)[0] == 2


def test_a_run_without_a_root_is_compared_by_counts(deed: dict[str, Any], tmp_path: Path) -> None:
    said = CliRunner().invoke(app, [*deed["run"], "--out", str(deed["out"]), "--no-root"])
    assert said.exit_code == 0, said.output
    assert read_manifest(deed["manifest"]).root is None
    code, text = verify(deed)
    assert code == 0
    assert "no root" in text
    assert verify(deed, "--results", str(deed["out"]))[0] == 1


def test_manifests_of_two_engines_differ_in_the_engine_alone(deed: dict[str, Any], tmp_path: Path) -> None:
    manifests = []
    for name in NAMES:
        out = tmp_path / f"{name}.parquet"
        report = load(name).run(plan_of(), [deed["facts"]], out)
        manifests.append(
            manifest_of(plan_of(), report, engine=name, engine_version="1", facts=deed["facts"], results=out)
        )
    assert len({replace(item, engine="any").text() for item in manifests}) == 1
    assert list(differences(manifests[0], manifests[1])) == []


def test_prove_writes_what_the_script_accepts(deed: dict[str, Any], tmp_path: Path) -> None:
    uscc, out = str(deed["rows"][42]["uscc"]), tmp_path / "proof.json"
    asked = ["prove", "--results", str(deed["out"]), "--uscc", uscc, "--out", str(out)]
    said = CliRunner().invoke(app, [*asked, "--manifest", str(deed["manifest"])])
    assert said.exit_code == 0, said.output
    proof, root = read_proof(out)
    assert proves(proof, root)
    assert node(str(out), str(deed["manifest"])).returncode == 0
    spoil(deed, "root", value="0" * 64)
    assert node(str(out), str(deed["manifest"])).returncode == 1
    out.unlink()
    assert CliRunner().invoke(app, [*asked, "--manifest", str(deed["manifest"])]).exit_code == 1
    assert not out.exists()
    assert CliRunner().invoke(app, [*asked[:4], "nobody", *asked[5:]]).exit_code == 2


def test_what_is_no_proof_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "proof.json"
    file.write_text('{"proof": 1, "leaf": "x", "index": 0, "leaves": 1, "path": ["zz"], "root": "00"}')
    with pytest.raises(ReceiptError, match="path/0"):
        read_proof(file)


def test_the_version_is_that_of_the_distribution() -> None:
    project = tomllib.loads((RULEBOOKS.parent / "pyproject.toml").read_text(encoding="utf-8"))
    assert rulecore.__version__ == project["project"]["version"]
