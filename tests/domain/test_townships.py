import pytest

from jieti.domain import townships
from jieti.domain.terms import TownshipKind


def test_sixteen_towns_and_streets_and_one_zone_that_is_none() -> None:
    assert len(townships.TOWNSHIPS) == 16
    assert len(townships.AREAS) == 17
    assert [area.name for area in townships.AREAS if not area.is_township] == ["北京雁栖经济开发区"]


def test_codes_are_the_published_ones() -> None:
    endings = [area.code.removeprefix("110116") for area in townships.AREAS]
    published = "001 002 003 004 005 102 103 105 106 107 108 109 110 111 211 213 400"
    assert endings == published.split()


def test_kinds() -> None:
    kinds = {area.name: area.kind for area in townships.AREAS}
    assert kinds["泉河街道"] is TownshipKind.SUBDISTRICT
    assert kinds["雁栖镇"] is TownshipKind.TOWN
    assert kinds["喇叭沟门满族乡"] is TownshipKind.TOWNSHIP


@pytest.mark.parametrize(
    "written",
    [
        "雁栖镇",
        "雁栖地区",
        "雁栖地区（雁栖镇）",
        "雁栖地区(雁栖镇)",
        "110116004",
        "004",
        "１１０１１６００４",
        " 雁栖 镇 ",
        "北京市怀柔区雁栖镇",
        "怀柔区雁栖镇",
    ],
)
def test_the_ways_departments_write_a_town(written: str) -> None:
    found = townships.find(written)
    assert found is not None
    assert found.code == "110116004"


@pytest.mark.parametrize("written", ["", "密云镇", "104", "110116006", "怀柔", "北京市怀柔区"])
def test_what_is_not_a_town_is_not_guessed(written: str) -> None:
    assert townships.find(written) is None


def test_every_area_is_found_by_all_its_forms() -> None:
    for area in townships.AREAS:
        assert {townships.find(form) for form in (area.code, area.name, area.official_name)} == {area}
