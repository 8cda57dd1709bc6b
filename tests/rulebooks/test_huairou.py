"""怀市监发〔2024〕41号 as data: issuers, measures, references between the files."""

from collections import Counter
from typing import Any

import pytest

from tests.rulebooks.files import BEIJING, HUAIROU, read

ISSUERS = [
    "北京市怀柔区市场监督管理局",
    "国家税务总局北京市怀柔区税务局",
    "北京市怀柔区人力资源和社会保障局",
    "北京市怀柔区发展改革委员会",
    "北京市怀柔区民政局",
    "北京市怀柔区退役军人事务局",
    "北京市怀柔区经济和信息化局",
    "北京市怀柔区商务局",
    "北京市怀柔区文化和旅游局",
    "北京市怀柔区农业农村局",
    "北京市怀柔区体育局",
]
TOWN_CODES = [  # gaps are real
    *("001", "002", "003", "004", "005", "102", "103", "105"),
    *("106", "107", "108", "109", "110", "111", "211", "213"),
]


def organisations() -> list[dict[str, Any]]:
    return list(read(HUAIROU / "organisations.yaml")["organisations"])


def measures() -> list[dict[str, Any]]:
    return list(read(HUAIROU / "measures.yaml")["measures"])


def scope_of(measure: dict[str, Any]) -> str:
    return next(str(value) for value in measure["scope"].values())


@pytest.mark.clause("题名/署名")
def test_eleven_issuers_in_the_order_of_the_document() -> None:
    issuers = [entry for entry in organisations() if "issuer_order" in entry]
    assert [entry["issuer_order"] for entry in issuers] == list(range(1, 12))
    assert [entry["name"] for entry in issuers] == ISSUERS


@pytest.mark.clause("题名/署名")
def test_other_actors_exist_and_do_not_issue() -> None:
    kinds = {entry["key"]: entry for entry in organisations()}
    for key in ("townships", "city_regulator", "business_association", "district_court"):
        assert "issuer_order" not in kinds[key]


def test_sixteen_towns_and_one_development_zone() -> None:
    towns = [e for e in organisations() if e["kind"] in {"town", "township", "subdistrict"}]
    assert [entry["code"] for entry in towns] == [f"110116{code}" for code in TOWN_CODES]
    zones = [e["code"] for e in organisations() if e["kind"] == "development_zone"]
    assert zones == ["110116400"]


@pytest.mark.parametrize("field", ["key", "name", "code"])
def test_no_organisation_twice(field: str) -> None:
    values = [entry[field] for entry in organisations() if field in entry]
    assert len(values) == len(set(values))


@pytest.mark.clause("附件二(一)1–5,(二)1–4,(三)1–3")
@pytest.mark.clause("附件四(一)1–4,(二)1–4,(三)1–4,(四)1–4")
def test_counts_of_measures() -> None:
    parts = Counter(measure["clause"][:3] for measure in measures())
    assert parts == {"附件二": 24, "附件四": 32, "正文二": 19}
    assert Counter(scope_of(m) for m in measures() if m["clause"].startswith("附件")) == {
        "survival": 10,
        "growth": 8,
        "development": 6,
        "renowned": 10,
        "distinctive": 6,
        "quality": 8,
        "emerging": 8,
    }


def test_measure_keys_are_unique_and_scope_agrees_with_clause() -> None:
    keys = [measure["key"] for measure in measures()]
    assert len(keys) == len(set(keys)) == 75
    sections = {
        "附件二(一)": "survival",
        "附件二(二)": "growth",
        "附件二(三)": "development",
        "附件四(一)": "renowned",
        "附件四(二)": "distinctive",
        "附件四(三)": "quality",
        "附件四(四)": "emerging",
    }
    wrong = [m["key"] for m in measures() if scope_of(m) != sections.get(m["clause"][:6], scope_of(m))]
    assert wrong == []


@pytest.mark.clause("正文二(一)1.c")
def test_every_lead_and_partner_is_an_organisation() -> None:
    keys = {entry["key"] for entry in organisations()}
    named = {key for m in measures() for key in [m["lead"], *m["co"]] if key}
    assert named <= keys
    assert [m["key"] for m in measures() if m["lead"] in m["co"]] == []


def test_wording_decides_the_strength() -> None:
    """A row that only encourages, explores or supports must not read as a duty."""
    openings = {"鼓励": "encourage", "探索": "explore", "支持": "support"}
    wrong = [
        measure["key"]
        for measure in measures()
        for word, strength in openings.items()
        if measure["gist"].startswith(word) and measure["strength"] not in {strength, "encourage"}
    ]
    assert wrong == []


def test_body_measures_without_a_named_department_show_as_a_gap() -> None:
    gaps = [m["key"] for m in measures() if m.get("reading") == "AMB-27"]
    assert gaps == [m["key"] for m in measures() if m["lead"] is None]
    assert gaps == ["BK1", "BK2", "BT1", "BT2", "BT3", "BY1", "BY2", "BX1", "BX2", "BX3"]


def test_every_supplier_is_an_organisation() -> None:
    keys = {entry["key"] for entry in organisations()}
    sources = [source for folder in (BEIJING, HUAIROU) for source in read(folder / "facts.yaml")["sources"].values()]
    suppliers = {source["supplier"] for source in sources}
    assert suppliers <= keys


@pytest.mark.clause("题头 1–7")
def test_the_seven_fields_of_the_head() -> None:
    document = read(HUAIROU / "rulebook.yaml")["document"]
    assert document == {
        "index": "11R000/ZK-2024-000185",
        "made_on": "2024-11-18",
        "issued_on": "2024-11-18",
        "status": "现行有效",
        "number": "怀市监发〔2024〕41号",
        "issuer": "北京市怀柔区市场监督管理局",
        "subject": "市场监管、安全生产监管/工商",
    }


@pytest.mark.clause("引言")
def test_the_parents_in_order() -> None:
    parents = [parent["number"] for parent in read(HUAIROU / "rulebook.yaml")["parents"]]
    assert parents == ["京市监发〔2024〕61号", "国市监注发〔2024〕10号"]
