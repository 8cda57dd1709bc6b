from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.db import transaction
from django.db.utils import IntegrityError

from jieti.audit.models import Event
from jieti.measures.actions import MeasuresError, load_measures
from jieti.measures.models import NO_DEPARTMENT, Measure, ScopeKind, Strength
from tests.factories.accounts import make_jurisdiction

HUAIROU = Path(settings.RULEBOOKS_DIR) / "cn-110116-huairou" / "2024"
ROW = {
    "key": "S1",
    "title": "登记便利",
    "gist": "全程网上办。",
    "strength": "duty",
    "scope": {"tier": "survival"},
    "clause": "附件二(一)1",
    "delivery": "service",
    "lead": "tax",
    "co": ["labour"],
}
ORGANISATIONS = [
    {"key": "tax", "name": "北京市怀柔区税务局", "short": "区税务局", "kind": "department"},
    {"key": "labour", "name": "区人力社保局", "kind": "department"},
]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home(db: None) -> None:
    """The district whose measures are loaded."""
    make_jurisdiction()


def folder_of(path: Path, *rows: Mapping[str, object]) -> Path:
    (path / "organisations.yaml").write_text(yaml.safe_dump({"organisations": ORGANISATIONS}))
    (path / "measures.yaml").write_text(yaml.safe_dump({"measures": [dict(row) for row in rows]}))
    return path


@pytest.mark.clause("正文二(一)1.c")
def test_the_document_has_56_measures_in_its_annexes_and_19_in_its_body() -> None:
    assert load_measures(folder=HUAIROU, by=None) == 75
    kinds = Counter("附件" in clause for clause in Measure.objects.values_list("clause", flat=True))
    assert kinds == {True: 56, False: 19}


def test_by_tier_and_category() -> None:
    load_measures(folder=HUAIROU, by=None)
    tiers = {
        tier: Measure.objects.for_tier(tier).count() for tier in ("survival", "growth", "development", "ineligible")
    }
    assert tiers == {"survival": 10, "growth": 8, "development": 6, "ineligible": 0}
    assert Measure.objects.for_category("renowned").count() == 12
    assert Measure.objects.general().count() == 9


def test_a_measure_without_a_department_says_so() -> None:
    load_measures(folder=HUAIROU, by=None)
    open_ones = [measure for measure in Measure.objects.all() if measure.department == NO_DEPARTMENT]
    assert open_ones
    assert all("附件" not in measure.clause for measure in open_ones)


def test_loading_again_changes_nothing_and_keeps_the_order(tmp_path: Path) -> None:
    load_measures(folder=HUAIROU, by=None)
    before = list(Measure.objects.values_list("pk", "key", "order"))
    load_measures(folder=HUAIROU, by=None)
    assert list(Measure.objects.values_list("pk", "key", "order")) == before


def test_what_the_file_drops_goes(tmp_path: Path) -> None:
    load_measures(folder=folder_of(tmp_path, ROW, {**ROW, "key": "S2"}), by=None)
    load_measures(folder=folder_of(tmp_path, {**ROW, "title": "改了"}), by=None)
    assert list(Measure.objects.in_force().values_list("key", "title")) == [("S1", "改了")]
    assert Measure.objects.get(key="S2").versions.get().retired_reason == "规则文件不再列出"


@pytest.mark.parametrize(
    ("lead", "co", "shown"),
    [
        ("tax", [], "区税务局"),
        ("tax", ["labour"], "区税务局、区人力社保局按职责分工负责"),
        (None, ["labour"], "区人力社保局"),
        (None, [], NO_DEPARTMENT),
    ],
)
def test_departments(tmp_path: Path, lead: str | None, co: list[str], shown: str) -> None:
    load_measures(folder=folder_of(tmp_path, {**ROW, "lead": lead, "co": co}), by=None)
    assert Measure.objects.get().department == shown


@pytest.mark.parametrize("strength", Strength.values)
def test_only_a_duty_binds(tmp_path: Path, strength: str) -> None:
    load_measures(folder=folder_of(tmp_path, {**ROW, "strength": strength}), by=None)
    assert Measure.objects.get().is_binding is (strength == "duty")


@pytest.mark.parametrize(
    "wrong",
    [
        {"strength": "promise"},
        {"delivery": "cash"},
        {"lead": "nobody"},
        {"co": ["nobody"]},
        {"scope": {"town": "雁栖镇"}},
        {"title": None, "scope": {}},
    ],
)
def test_one_wrong_row_changes_nothing(tmp_path: Path, wrong: dict[str, object]) -> None:
    with pytest.raises(MeasuresError, match="S9"):
        load_measures(folder=folder_of(tmp_path, ROW, {**ROW, "key": "S9", **wrong}), by=None)
    assert not Measure.objects.exists()
    assert not Event.objects.filter(verb="measures.loaded").exists()


def test_a_file_without_a_list(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, ROW)
    (folder / "measures.yaml").write_text("measures: none")
    with pytest.raises(MeasuresError, match=r"measures\.yaml"):
        load_measures(folder=folder, by=None)


def test_the_database_refuses_a_tier_measure_without_a_tier(tmp_path: Path) -> None:
    load_measures(folder=folder_of(tmp_path, ROW), by=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Measure.objects.update(scope="")
    with pytest.raises(IntegrityError), transaction.atomic():
        Measure.objects.update(scope_kind=ScopeKind.GENERAL)
