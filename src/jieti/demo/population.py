"""Writes an invented population as eight suppliers would deliver it, and says what dirt is in it."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from random import Random

from jieti.demo.dirt import Dirt, Planter
from jieti.demo.files import Row
from jieti.demo.identities import CAPACITY, Codes, Newcomers, Papers
from jieti.demo.livelihoods import Livelihoods
from jieti.demo.records import Business
from jieti.demo.showcase import showcase
from jieti.demo.suppliers import Table, tables
from jieti.domain import uscc

SEED = 20_260_701
MANIFEST = "MANIFEST.json"
Progress = Callable[[str, float], None]
"""Told the stage, in Chinese, and how much of it is done, from 0 to 1."""

_SECOND_SHOP_EVERY, _NO_PHONE_EVERY = 20, 50
_MISTYPED_EVERY, _MISTYPED_FIRST = 1_000, 333


@dataclass(frozen=True, slots=True)
class PopulationReport:
    """What was written. Mappings are by source key; a late source is in none of them.

    ``rows`` counts data rows, repeated and orphaned ones too, without headings, blank lines and totals.
    ``planted`` counts rows made dirty (for a wrong check digit: businesses; for headings and columns: files).
    """

    out: Path
    basis_date: date
    businesses: int
    files: Mapping[str, tuple[Path, ...]]
    rows: Mapping[str, int]
    planted: Mapping[str, Mapping[Dirt, int]]
    late: frozenset[str]

    def total(self, kind: Dirt) -> int:
        """How often this kind of dirt was planted, over all sources."""
        return sum(planted.get(kind, 0) for planted in self.planted.values())


class _Feed:
    """One supplier's table on its way into its file."""

    def __init__(self, table: Table, out: Path, businesses: int) -> None:
        self._table, self._planter = table, Planter(table.plants)
        self.file = table.open(out, businesses)
        self.rows = 0

    def send(self, business: Business, index: int) -> None:
        for row in self._table.rows(business):
            for written in self._planter.rows(row, index):
                self._add(written)

    def _add(self, row: Row) -> None:
        blank = all(value is None for value in row)
        self.rows += not blank
        self.file.add((None if blank else self.rows, *row) if self._table.numbered else row)

    def close(self) -> None:
        for row in self._planter.postponed:
            self._add(row)
        if self._table.totalled:
            self.file.add(("合计", f"{self.rows}条", *(None,) * (len(self._table.headers) - 2)))
        self.file.close()

    @property
    def planted(self) -> Counter[Dirt]:
        structure = {
            Dirt.MERGED_HEADING: self._table.heading is not None and self.file.path.suffix == ".xlsx",
            Dirt.MISSING_COLUMN: len(self._table.lacks),
            Dirt.TOTAL_ROW: self._table.totalled,
        }
        return self._planter.planted + Counter({kind: int(count) for kind, count in structure.items()})


def write_population(
    *,
    businesses: int,
    out: Path,
    seed: int = SEED,
    basis_date: date,
    progress: Progress | None = None,
    late: frozenset[str] = frozenset(),
) -> PopulationReport:
    """Write the files of ``businesses`` businesses and ``MANIFEST.json`` into the folder ``out``.

    The same arguments give the same bytes. Files of that name are replaced. ``late`` are the source keys of
    suppliers who have not delivered. Raises ``ValueError`` for too few or too many businesses or an unknown source.
    """
    codes = Codes(seed)
    all_tables = tables(codes)
    _check(businesses, late, all_tables, basis_date)
    out.mkdir(parents=True, exist_ok=True)
    feeds = {table.source: _Feed(table, out, businesses) for table in all_tables if table.source not in late}
    _send_all(people(businesses, seed, basis_date), feeds, businesses, progress)
    report = PopulationReport(
        out=out,
        basis_date=basis_date,
        businesses=businesses,
        files={source: (feed.file.path,) for source, feed in feeds.items()},
        rows={source: feed.rows for source, feed in feeds.items()},
        planted=_planted(feeds, businesses),
        late=late,
    )
    _write_manifest(report, seed)
    return report


def people(businesses: int, seed: int, basis_date: date) -> Iterator[Business]:
    """The businesses as they are in truth, the showcase first."""
    chosen, papers = showcase(basis_date), Papers(seed)
    for number, business in enumerate(chosen):
        yield _with_papers(business, papers, number)
    rng = Random(seed)
    reserved = frozenset(business.name for business in chosen)
    newcomers, livelihoods = Newcomers(rng, Codes(seed), basis_date, reserved), Livelihoods(rng, basis_date)
    last: Business | None = None
    for number in range(len(chosen), businesses):
        business = _with_papers(livelihoods.draw(newcomers.draw(number)), papers, number)
        last = _of_the_same_person(business, last) if last and number % _SECOND_SHOP_EVERY == 0 else business
        yield last


def _with_papers(business: Business, papers: Papers, number: int) -> Business:
    phone = None if number % _NO_PHONE_EVERY == _NO_PHONE_EVERY - 1 else papers.phone(number)
    return replace(business, proprietor_id=papers.identity(number), phone=phone)


def _of_the_same_person(business: Business, other: Business) -> Business:
    return replace(business, proprietor=other.proprietor, proprietor_id=other.proprietor_id, phone=other.phone)


def _check(businesses: int, late: frozenset[str], all_tables: tuple[Table, ...], basis_date: date) -> None:
    least = len(showcase(basis_date))
    if not least <= businesses <= CAPACITY:
        raise ValueError(f"the number of businesses must be from {least} to {CAPACITY}, not {businesses}")
    unknown = late - {table.source for table in all_tables}
    if unknown:
        raise ValueError(f"no such source: {', '.join(sorted(unknown))}")


def _send_all(
    population: Iterator[Business], feeds: Mapping[str, _Feed], businesses: int, progress: Progress | None
) -> None:
    step = max(1, businesses // 100)
    for index, business in enumerate(population):
        sent = _mistyped(business) if _is_mistyped(index) else business
        for feed in feeds.values():
            feed.send(sent, index)
        if progress is not None and index % step == 0:
            progress("生成个体工商户", index / businesses)
    for number, feed in enumerate(feeds.values(), start=1):
        feed.close()
        if progress is not None:
            progress("写出各部门文件", number / len(feeds))


def _is_mistyped(index: int) -> bool:
    return index % _MISTYPED_EVERY == _MISTYPED_FIRST


def _mistyped(business: Business) -> Business:
    position = uscc.ALPHABET.index(business.uscc[-1])
    return replace(business, uscc=business.uscc[:-1] + uscc.ALPHABET[position - 1])


def _planted(feeds: Mapping[str, _Feed], businesses: int) -> dict[str, Counter[Dirt]]:
    planted = {source: feed.planted for source, feed in feeds.items()}
    if "registration" in planted:
        planted["registration"][Dirt.WRONG_CHECK_DIGIT] = sum(map(_is_mistyped, range(businesses)))
    return planted


def _write_manifest(report: PopulationReport, seed: int) -> None:
    as_of = report.basis_date.isoformat()
    sources = {
        source: {"files": [path.name for path in paths], "rows": report.rows[source], "as_of": as_of}
        for source, paths in report.files.items()
    }
    manifest = {"basis_date": as_of, "seed": seed, "businesses": report.businesses, "sources": sources}
    text = json.dumps(manifest, ensure_ascii=False, indent=2)
    (report.out / MANIFEST).write_text(text + "\n", encoding="utf-8")
