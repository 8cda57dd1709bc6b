import hashlib
import json
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from jieti.demo.dirt import Dirt
from jieti.demo.population import MANIFEST, SEED, PopulationReport, people, write_population
from jieti.domain import uscc
from jieti.domain.terms import Tier
from tests.demo.conftest import BASIS
from tests.demo.deliveries import body
from tests.demo.judge import tier

SOURCES = {
    "registration",
    "credit",
    "annual_reports",
    "tax",
    "social_insurance",
    "intellectual_property",
    "courts",
    "suspension",
}


def _digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_the_same_seed_gives_the_same_bytes(population: PopulationReport, tmp_path: Path) -> None:
    again = write_population(businesses=2_000, out=tmp_path / "again", basis_date=BASIS)
    assert _digests(tmp_path / "again") == _digests(population.out)
    assert again.rows == population.rows
    assert again.planted == population.planted


def test_another_seed_gives_other_businesses(tmp_path: Path) -> None:
    for seed in (1, 2):
        write_population(businesses=60, out=tmp_path / str(seed), seed=seed, basis_date=BASIS)
    first, second = _digests(tmp_path / "1"), _digests(tmp_path / "2")
    assert all(
        first[name] != second[name] for name in ("个体工商户登记信息.xlsx", "个体工商户年度报告.parquet", MANIFEST)
    )


def test_writing_again_into_the_same_folder_replaces_the_files(tmp_path: Path) -> None:
    write_population(businesses=50, out=tmp_path, seed=1, basis_date=BASIS)
    write_population(businesses=40, out=tmp_path, seed=2, basis_date=BASIS)
    fresh = tmp_path / "fresh"
    write_population(businesses=40, out=fresh, seed=2, basis_date=BASIS)
    digests = _digests(fresh)
    assert digests == {name: hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in digests}


def test_the_manifest_tells_the_files_and_their_rows(population: PopulationReport) -> None:
    manifest = json.loads((population.out / MANIFEST).read_text(encoding="utf-8"))
    assert manifest["basis_date"] == "2026-07-01"
    assert manifest["seed"] == SEED
    assert manifest["businesses"] == 2_000
    assert set(manifest["sources"]) == SOURCES
    for source, entry in manifest["sources"].items():
        assert entry["as_of"] == "2026-07-01"
        assert [population.out / name for name in entry["files"]] == list(population.files[source])
        assert entry["rows"] == population.rows[source] == len(body(population, source))


def test_nothing_else_lies_in_the_folder(population: PopulationReport) -> None:
    written = {path for paths in population.files.values() for path in paths} | {population.out / MANIFEST}
    assert set(population.out.iterdir()) == written


def test_a_late_supplier_has_no_file_and_the_others_are_unchanged(population: PopulationReport, tmp_path: Path) -> None:
    late = frozenset({"tax", "registration"})
    report = write_population(businesses=2_000, out=tmp_path / "late", basis_date=BASIS, late=late)
    assert report.late == late
    assert set(report.files) == set(report.rows) == set(report.planted) == SOURCES - report.late
    assert late.isdisjoint(json.loads((tmp_path / "late" / MANIFEST).read_text())["sources"])
    kept = _digests(tmp_path / "late")
    assert {name: digest for name, digest in _digests(population.out).items() if name in kept and name != MANIFEST} == {
        name: digest for name, digest in kept.items() if name != MANIFEST
    }


def test_an_unknown_late_source_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no such source: weather"):
        write_population(businesses=50, out=tmp_path / "x", basis_date=BASIS, late=frozenset({"weather"}))
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("businesses", [-1, 0, 4, 31**5 + 1])
def test_impossible_sizes_are_refused(businesses: int, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="number of businesses"):
        write_population(businesses=businesses, out=tmp_path / "x", basis_date=BASIS)


def test_the_smallest_population_is_the_showcase_alone(tmp_path: Path) -> None:
    report = write_population(businesses=5, out=tmp_path, basis_date=BASIS)
    assert report.rows["registration"] == 5
    assert report.rows["suspension"] == 0
    structural = {Dirt.MERGED_HEADING, Dirt.MISSING_COLUMN, Dirt.TOTAL_ROW}
    assert {kind for planted in report.planted.values() for kind in planted if planted[kind]} == structural


def test_progress_rises_to_the_end(tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    write_population(
        businesses=300, out=tmp_path, basis_date=BASIS, progress=lambda stage, done: told.append((stage, done))
    )
    for stage in dict(told):
        shares = [done for said, done in told if said == stage]
        assert shares == sorted(shares)
        assert all(0 <= share <= 1 for share in shares)
    assert told[-1][1] == 1


def test_every_kind_of_dirt_is_there(population: PopulationReport) -> None:
    assert [kind for kind in Dirt if population.total(kind) == 0] == []


def test_shares_come_near_the_published_ones() -> None:
    counts = Counter(tier(business, BASIS) for business in people(20_000, SEED, BASIS))
    share = {key: 100 * count / 20_000 for key, count in counts.items()}
    assert share[Tier.SURVIVAL] == pytest.approx(71.2, abs=1.5)
    assert share[Tier.GROWTH] == pytest.approx(4.4, abs=0.6)
    assert share[Tier.DEVELOPMENT] == pytest.approx(0.28, abs=0.12)
    assert share[Tier.INELIGIBLE] == pytest.approx(24.1, abs=1.5)
    assert 0 < share[None] < 1


@pytest.mark.parametrize("basis", [date(2026, 7, 1), date(2028, 2, 29), date(2027, 1, 1), date(2025, 12, 31)])
def test_nothing_happens_before_the_founding_or_after_the_basis_date(basis: date) -> None:
    for business in people(1_500, 7, basis):
        founded = business.established_on
        assert founded <= basis
        for report in business.reports:
            assert founded <= report.filed_on <= basis
            assert report.filed_on.year == report.year + 1
        for record in business.credit:
            assert founded <= record.decided_on <= basis
            assert record.ended_on is None or record.decided_on <= record.ended_on <= basis
            assert record.restored_on is None or record.decided_on < record.restored_on <= basis
        for tax in business.taxes:
            assert founded.year <= tax.year < basis.year
            assert 0 <= tax.refunded <= tax.paid
        for insurance in business.insurances:
            assert insurance.year == basis.year - 1 >= founded.year
            assert 1 <= insurance.first_month <= 12
        if business.suspension is not None:
            assert founded <= business.suspension.filed_on <= min(basis, business.suspension.planned_end_on)


def test_codes_are_valid_and_all_different() -> None:
    codes = [business.uscc for business in people(5_000, SEED, BASIS)]
    assert len(set(codes)) == len(codes)
    assert [code for code in codes if uscc.parse(code) != code or uscc.check_digit_warning(code)] == []
    assert all(uscc.is_business_code(code) for code in codes)


def test_successors_are_enterprises_with_valid_codes() -> None:
    successors = [one.successor_uscc for one in people(5_000, SEED, BASIS) if one.successor_uscc]
    assert successors
    for code in successors:
        assert code.startswith(uscc.ENTERPRISE_PREFIX)
        assert uscc.check_digit_warning(uscc.parse(code)) is None


def test_names_are_many_and_some_share_laowang() -> None:
    names = [business.name for business in people(5_000, SEED, BASIS)]
    assert len(set(names)) > 4_900
    assert sum("老王" in name for name in names) >= 10
    assert any(name.endswith("（个体工商户）") for name in names)
