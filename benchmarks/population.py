"""Businesses by hash: the same rows on every machine, unique codes in pseudo-random order, gaps as real files have."""

from pathlib import Path

import duckdb

from benchmarks.standard import WORK

FILE_ROWS = 10_000_000
NATION = 127_000_000
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CODES = len(_ALPHABET) ** 7
_STEP = 17_179_869_209
"""Prime to 31, so that stepping by it meets every seven-character code once before any again."""


def facts(rows: int) -> list[Path]:
    """The facts of the first `rows` businesses, in files of at most ten million, written once."""
    return [_written(start, min(start + FILE_ROWS, rows)) for start in range(0, rows, FILE_ROWS)]


def delta(rows: int) -> Path:
    """One business in a hundred of the first `rows`, with other facts than before."""
    out = WORK / "facts" / f"delta-{rows}.parquet"
    return out if out.exists() else write(out, 0, rows, edition=1, share="WHERE hash(i * 31 + 999) % 100 = 0")


def _written(start: int, stop: int) -> Path:
    out = WORK / "facts" / f"{start}-{stop}.parquet"
    return out if out.exists() else write(out, start, stop)


def write(out: Path, start: int, stop: int, *, edition: int = 0, share: str = "") -> Path:
    """Write the businesses from `start` to before `stop`; another edition has the same codes and other facts."""
    out.parent.mkdir(parents=True, exist_ok=True)
    unfinished = out.with_suffix(".part")
    columns = ", ".join(f"{text} AS {name}" for name, text in _columns(edition).items())
    with duckdb.connect(config={"threads": 2, "preserve_insertion_order": "false"}) as connection:
        connection.execute(
            f"COPY (SELECT {columns} FROM range({start}, {stop}) t(i) {share}) TO '{unfinished}'"
            " (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 122880)"
        )
    unfinished.replace(out)
    return out


def _columns(edition: int) -> dict[str, str]:
    """Each fact as an expression over `i`; shares are in millionths."""
    pick = _Draw(edition)
    active = (
        f"CASE WHEN {pick(1)} < 2000 THEN NULL WHEN {pick(1)} < 60000 THEN 'deregistered'"
        f" WHEN {pick(1)} < 70000 THEN 'licence_revoked' WHEN {pick(1)} < 71000 THEN 'registration_annulled'"
        " ELSE 'active' END"
    )
    founded = f"CASE WHEN {pick(2)} < 3000 THEN NULL ELSE DATE '2000-01-01' + CAST({pick(3)} % 9650 AS INT) END"
    return {
        "uscc": uscc("i"),
        "registration_status": active,
        "established_on": founded,
        "annual_report_filed": pick.flag(4, 5000, 880_000),
        "abnormal_mark": pick.flag(5, 2000, 80_000),
        "serious_violation_listing": pick.flag(6, 1000, 5000),
        "abnormal_taxpayer": pick.flag(7, 5000, 40_000),
        "suspended": pick.flag(8, 1000, 10_000),
        "is_seasonal": pick.flag(9, 10_000, 100_000),
        "tax_registered": pick.flag(10, 5000, 700_000),
        "general_vat_taxpayer": pick.flag(11, 5000, 20_000),
        "turnover": _turnover(pick),
        "tax_paid": _tax(pick),
        "insured_headcount": pick.count(17, 20_000, 900_000, f"{pick(18)} % 9"),
        "trademarks_in_use": pick.count(19, 10_000, 970_000, "1"),
        "patents": pick.count(20, 10_000, 995_000, "1"),
    }


def _turnover(pick: "_Draw") -> str:
    """A hundred in a million above 2³¹ cents, and two in a thousand exactly on a threshold."""
    return (
        f"CASE WHEN {pick(12)} < 165000 THEN NULL WHEN {pick(12)} < 165100 THEN 21474836.48 + {pick(13)} / 100"
        f" WHEN {pick(12)} < 166000 THEN 300000 WHEN {pick(12)} < 167000 THEN 3000000"
        f" WHEN {pick(12)} < 170000 THEN 2500000 + {pick(13)}"
        f" ELSE CAST({pick(13)} * {pick(14)} % 100000000 AS BIGINT) / 100 END::DECIMAL(18, 2)"
    )


def _tax(pick: "_Draw") -> str:
    return (
        f"CASE WHEN {pick(15)} < 20000 THEN NULL WHEN {pick(15)} < 800000 THEN 0 WHEN {pick(15)} < 801000 THEN 5000"
        f" WHEN {pick(15)} < 802000 THEN 50000 ELSE CAST({pick(16)} * 7 % 20000000 AS BIGINT) / 100 END::DECIMAL(18, 2)"
    )


def uscc(index: str) -> str:
    """A code of 18 characters for the number: category 92, a Beijing district, MA, seven characters, a last one."""
    number = f"(({index}) * {_STEP} % {_CODES})"
    districts = "[110101,110102,110105,110106,110107,110108,110109,110111,110112,110113,110114,110115,110116,110117]"
    characters = [f"'{_ALPHABET}'[1 + ({number} // {31**place} % 31)::INT]" for place in range(7)]
    last = f"'{_ALPHABET}'[1 + (hash(({index}) * 31) % 31)::INT]"
    return (
        f"'92' || {districts}[1 + (hash(({index}) * 31 + 77) % 14)::INT] || 'MA' || {' || '.join([*characters, last])}"
    )


class _Draw:
    """Numbers below a million that depend on the business, on a salt and on the edition alone."""

    def __init__(self, edition: int) -> None:
        self._edition = edition

    def __call__(self, salt: int) -> str:
        return f"(hash(i * 31 + {salt + 1000 * self._edition}) % 1000000)"

    def flag(self, salt: int, unknown: int, below: int) -> str:
        return f"CASE WHEN {self(salt)} < {unknown} THEN NULL ELSE {self(salt)} < {below} END"

    def count(self, salt: int, unknown: int, zero: int, value: str) -> str:
        text = f"CASE WHEN {self(salt)} < {unknown} THEN NULL WHEN {self(salt)} < {zero} THEN 0 ELSE {value} END"
        return f"CAST({text} AS BIGINT)"
