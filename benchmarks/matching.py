"""`python -m benchmarks.matching`: all businesses × the document's measures, beside SQL written by hand.

Invented businesses stand in Parquet files: the register, published results, titles. Ours assembles, judges and buckets
them. By hand it is one DuckDB query with a condition for every measure, written out as bits; and, as somebody with much
time would write it, one that asks each distinct condition once. All write who matches what to Parquet and must agree on
every business. Rounds are interleaved; figures are medians; the bar is against the quicker query. With `--ledger` the
same businesses go through the product on a PostgreSQL cluster of their own: matched, told, balanced.
"""

import argparse
import contextlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import django
import duckdb

from benchmarks.machine import machine
from benchmarks.population import uscc
from benchmarks.standard import ROOT, WORK
from jieti.kit.embedded_postgres import Address, Cluster

if TYPE_CHECKING:
    from jieti.measures.conditions import Rule
    from jieti.measures.running import Matches, Terms

BAR_RATIO, BAR_SECONDS = 3.0, 60.0
CONFIGURATION = {"shared_buffers": "512MB", "work_mem": "64MB", "max_wal_size": "4GB"}
THREADS = 2
WORD = 62
KINDS = {"t": "({})", "u": "({}) IS NULL"}
"""Words of what is matched, and of what cannot be told."""
TIERS = ("survival", "growth", "development", "ineligible")
CATEGORIES = ("renowned", "distinctive", "quality", "emerging")
CODE = uscc("i")
_DRAW = "hash(i * 31 + {salt}) % 1000"
TOWNS = "['怀柔镇', '雁栖镇', '桥梓镇', '怀北镇', '渤海镇', '九渡河镇', '琉璃庙镇', '宝山镇', '泉河街道', '龙山街道']"


def main() -> int:
    """Exit code 1 where the two disagree or the ledger does not balance; a missed bar is no failure."""
    options = _options()
    folder = WORK / f"matching-{options.rows}"
    folder.mkdir(parents=True, exist_ok=True)
    _write_tables(folder, options.rows)
    with _product(folder, options) as report:
        out = options.out / f"matching-{options.rows}.json"
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        _print(report)
    return 0 if report["differences"] == 0 and report.get("ledger", {}).get("balances", True) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.matching", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="businesses of the register")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ledger", action="store_true", help="the product's own way too, database and all")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results", help="folder for the result")
    return parser.parse_args()


def _write_tables(folder: Path, rows: int) -> None:
    """The register, the results of nine in ten, titles of one in twenty; the same on every machine."""
    with duckdb.connect(config={"threads": THREADS}) as connection:
        for name, query in _tables(rows).items():
            out = folder / f"{name}.parquet"
            if not out.exists():
                part = out.with_suffix(".part")
                connection.execute(f"COPY ({query}) TO '{part}' (FORMAT parquet, COMPRESSION snappy)")
                part.replace(out)


def _tables(rows: int) -> dict[str, str]:
    def draw(salt: int) -> str:
        return f"({_DRAW.format(salt=salt)})"

    state = f"CASE WHEN {draw(1)} < 3 THEN NULL WHEN {draw(1)} < 60 THEN 'deregistered' ELSE 'active' END"
    flags = ", ".join(
        f"CASE WHEN {draw(3)} < 40 AND {place} < 2 THEN NULL ELSE {draw(4)} BETWEEN {low} AND {high} END AS {tier}"
        for place, (tier, low, high) in enumerate(zip(TIERS, (0, 600, 850, 930), (599, 849, 929, 999), strict=True))
    )
    category = f"{list(CATEGORIES)}[1 + ({draw(5)} % 4)::INT]"
    source = f"FROM range({rows}) t(i)"
    return {
        "registration": f"SELECT {CODE} AS uscc, {state} AS registration_status,"
        f" {TOWNS}[1 + ({draw(6)} % 10)::INT] AS town {source}",
        "results": f"SELECT {CODE} AS uscc, 2026::BIGINT AS year, {flags} {source} WHERE {draw(2)} >= 100",
        "titles": f"SELECT {CODE} AS uscc, {category} AS category,"
        f" DATE '2026-01-01' + (({draw(7)} % 2) * 365)::INT AS benefits_from, DATE '2028-11-20' AS last_day,"
        f" CASE WHEN {draw(8)} < 100 THEN DATE '2026-03-01' END AS ended_on {source} WHERE {draw(9)} < 50",
    }


@contextlib.contextmanager
def _product(folder: Path, options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """The report; with the product's database running where the ledger is asked for."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jieti.config.settings")
    if not options.ledger:
        django.setup()
        yield _measured(folder, options)
        return
    with tempfile.TemporaryDirectory(dir=WORK) as home:
        Path(home).chmod(0o711)
        with Cluster(Path(home) / "postgres", CONFIGURATION).running() as address:
            os.environ |= _environment(address, Path(home))
            django.setup()
            yield {**_measured(folder, options), "ledger": _ledger(folder)}


def _environment(address: Address, home: Path) -> dict[str, str]:
    known = address.settings()
    where = f"host={quote(str(known['HOST']), safe='')}"
    user = f"{quote(str(known['USER']))}:{quote(str(known['PASSWORD']))}"
    return {
        "DATABASE_URL": f"postgresql://{user}@:{known['PORT']}/{known['NAME']}?{where}",
        "JIETI_DATA_DIR": str(home / "data"),
    }


def _measured(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    terms, rules = _terms_and_rules()
    seconds: dict[str, list[float]] = {"ours": [], "by_hand": [], "by_hand_grouped": []}
    for _ in range(options.rounds):
        own, found = _ours(folder, terms, rules)
        seconds["ours"].append(own)
        seconds["by_hand"].append(_by_hand(folder, "by_hand", by_hand(folder, rules)))
        seconds["by_hand_grouped"].append(_by_hand(folder, "by_hand_grouped", by_hand_grouped(folder, rules)))
    quicker = [min(pair) for pair in zip(seconds["by_hand"], seconds["by_hand_grouped"], strict=True)]
    ratio = statistics.median(o / h for o, h in zip(seconds["ours"], quicker, strict=True))
    median = statistics.median(seconds["ours"])
    return {
        "command": " ".join(["python -m benchmarks.matching", *sys.argv[1:]]),
        "machine": machine(),
        "businesses": found.businesses.num_rows,
        "measures": len(rules),
        "signatures": len(found.signatures),
        "seconds": seconds,
        "load": os.getloadavg(),
        "differences": sum(_differences(folder, name) for name in ("by_hand", "by_hand_grouped")),
        "bars": [
            {"text": "ours ÷ SQL by hand", "value": round(ratio, 2), "limit": BAR_RATIO, "met": ratio <= BAR_RATIO},
            {"text": "seconds", "value": round(median, 2), "limit": BAR_SECONDS, "met": median < BAR_SECONDS},
        ],
    }


def _terms_and_rules() -> "tuple[Terms, list[Rule]]":
    """The document's measures as the product asks for them, on a day of 2026."""
    import datetime

    from jieti.accounts.rulebook_files import folder_of
    from jieti.measures.actions import CONTENT, as_measure, listed, organisation_names
    from jieti.measures.conditions import rule_of
    from jieti.measures.models import MeasureVersion
    from jieti.measures.running import Terms
    from jieti.rulebooks.catalogue import current_rulebook

    folder, rulebook = folder_of(), current_rulebook()
    names = organisation_names(folder / "organisations.yaml")
    rows = [as_measure(row, order, names) for order, row in enumerate(listed(folder / "measures.yaml", "measures"))]
    versions = [
        MeasureVersion(key=row.key, version=1, **{name: getattr(row, name) for name in CONTENT}) for row in rows
    ]
    rules = [rule_of(rulebook, version, number) for number, version in enumerate(versions)]
    return Terms(rulebook, datetime.date(2026, 7, 20), {}), rules


def _ours(folder: Path, terms: "Terms", rules: "Sequence[Rule]") -> "tuple[float, Matches]":
    """From the tables to a file with every business's bits."""
    import pyarrow as pa

    from jieti.measures.conditions import RESULTS, TITLES
    from jieti.measures.running import match

    sources = {
        "registration": [folder / "registration.parquet"],
        RESULTS: [folder / "results.parquet"],
        TITLES: [folder / "titles.parquet"],
    }
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(dir=WORK) as work:
        found = match(terms, rules, sources, Path(work))
    places = found.businesses.column("place")
    bits = {f"{kind}{word}": _word(found.signatures, side, word) for side, kind in enumerate("tu") for word in (0, 1)}
    whole = found.businesses.select(["uscc"])
    for name, values in bits.items():
        whole = whole.append_column(name, pa.array(values, pa.int64()).take(places))
    with _writer() as connection:
        connection.register("whole", whole)
        connection.execute(f"COPY whole TO '{folder / 'ours.parquet'}' (FORMAT parquet)")
    return time.perf_counter() - start, found


def _word(signatures: Sequence[tuple[Sequence[int], Sequence[int]]], side: int, word: int) -> list[int]:
    return [one[side][word] if word < len(one[side]) else 0 for one in signatures]


def _by_hand(folder: Path, name: str, query: str) -> float:
    """The same as a person would write it."""
    start = time.perf_counter()
    with _writer() as connection:
        connection.execute(f"COPY ({query}) TO '{folder / name}.parquet' (FORMAT parquet)")
    return time.perf_counter() - start


def _writer() -> duckdb.DuckDBPyConnection:
    """Both sides write by the same means."""
    return duckdb.connect(config={"threads": THREADS, "preserve_insertion_order": "false"})


def by_hand(folder: Path, rules: "Sequence[Rule]") -> str:
    """`t0`, `t1` are the measures that a business matches, `u0`, `u1` those that cannot be told."""
    words = [
        " | ".join(
            f"CASE WHEN {test.format(_condition(scope))} THEN {1 << number % WORD} ELSE 0 END"
            for number, scope in enumerate(_scopes(rules))
            if number // WORD == word
        )
        + f" AS {kind}{word}"
        for kind, test in KINDS.items()
        for word in (0, 1)
    ]
    return f"SELECT r.uscc, {', '.join(words)} {_joined(folder)}"


def by_hand_grouped(folder: Path, rules: "Sequence[Rule]") -> str:
    """The same, each distinct condition asked once and its measures' bits written as one number."""
    scopes = _scopes(rules)
    asked = {scope: f"c{place}" for place, scope in enumerate(dict.fromkeys(scopes))}
    conditions = ", ".join(f"{_condition(scope)} AS {name}" for scope, name in asked.items())
    words = []
    for kind, test in KINDS.items():
        for word in (0, 1):
            masks = {
                name: sum(1 << n % WORD for n, own in enumerate(scopes) if own == scope and n // WORD == word)
                for scope, name in asked.items()
            }
            parts = [f"CASE WHEN {test.format(name)} THEN {mask} ELSE 0 END" for name, mask in masks.items() if mask]
            words.append(f"{' | '.join(parts)} AS {kind}{word}")
    return f"SELECT uscc, {', '.join(words)} FROM (SELECT r.uscc, {conditions} {_joined(folder)})"


def _joined(folder: Path) -> str:
    live = "benefits_from <= DATE '2026-07-20' AND last_day >= DATE '2026-07-20'"
    live += " AND (ended_on IS NULL OR ended_on > DATE '2026-07-20')"
    held = ", ".join(f"bool_or(category = '{one}' AND {live}) AS {one}" for one in CATEGORIES)
    return (
        f"FROM '{folder / 'registration.parquet'}' r"
        f" LEFT JOIN '{folder / 'results.parquet'}' p ON p.uscc = r.uscc"
        f" LEFT JOIN (SELECT uscc, {held} FROM '{folder / 'titles.parquet'}' GROUP BY uscc) h ON h.uscc = r.uscc"
    )


def _scopes(rules: "Sequence[Rule]") -> list[str]:
    """Tier or category of each rule; empty for a general one."""
    from jieti.accounts.rulebook_files import folder_of
    from jieti.measures.actions import listed, scope_of

    rows = {row["key"]: row for row in listed(folder_of() / "measures.yaml", "measures")}
    return [scope_of(rows[rule.key]["scope"])[1] for rule in rules]


def _condition(scope: str) -> str:
    if scope in CATEGORIES:
        return f"r.registration_status = 'active' AND coalesce(h.{scope}, false)"
    return "r.registration_status = 'active'" + (f" AND p.{scope}" if scope else "")


def _differences(folder: Path, name: str) -> int:
    """Businesses of which the two say different things."""
    columns = "uscc, t0, t1, u0, u1"
    ours, theirs = (f"SELECT {columns} FROM '{folder / one}.parquet'" for one in ("ours", name))
    with duckdb.connect(config={"threads": THREADS}) as connection:
        row = connection.execute(f"SELECT count(*) FROM (({ours} EXCEPT {theirs}) UNION ({theirs} EXCEPT {ours}))")
        found = row.fetchone()
    return int(found[0]) if found else -1


def _ledger(folder: Path) -> dict[str, Any]:
    """The product's way: rows in the database, matched, told, and the account of it."""
    from benchmarks.matching_site import fill
    from jieti.measures.matching import match_all
    from jieti.measures.reach import balance, is_accounted_for
    from jieti.measures.telling import tell

    home = fill(folder)
    report: dict[str, Any] = {}
    for name, deed in (
        ("match", lambda: match_all(by=None, jurisdiction=home, cause="首次匹配")),
        ("match_again", lambda: match_all(by=None, jurisdiction=home, cause="重新匹配")),
        ("tell", lambda: tell(by=None, jurisdiction=home)),
        ("balance", lambda: balance(home)),
    ):
        start = time.perf_counter()
        deed()
        report[f"{name}_seconds"] = round(time.perf_counter() - start, 2)
    lines = balance(home)
    return {
        **report,
        "lines": len(lines),
        "matched_pairs": sum(line.counts.matched for line in lines),
        "told_pairs": sum(line.counts.told for line in lines),
        "balances": is_accounted_for(home),
    }


def _print(report: dict[str, Any]) -> None:
    print(f"{report['businesses']:,} businesses × {report['measures']} measures, {report['signatures']} signatures")
    for name, seconds in report["seconds"].items():
        print(f"  {name:8} {statistics.median(seconds):6.2f} s")
    for bar in report["bars"]:
        print(f"  {bar['text']}: {bar['value']} (≤ {bar['limit']}) {'holds' if bar['met'] else 'MISSED'}")
    print(f"  businesses that differ: {report['differences']}")
    for name, value in report.get("ledger", {}).items():
        print(f"  ledger {name}: {value}")


if __name__ == "__main__":
    sys.exit(main())
