from collections import Counter

from jieti.domain import industries
from jieti.domain.industries import Level


def test_the_table_has_the_counts_of_the_standard() -> None:
    counts = Counter(entry.level for entry in industries.table().values())
    assert counts == {Level.SECTION: 20, Level.DIVISION: 97, Level.GROUP: 473, Level.CLASS: 1380}


def test_every_parent_exists_one_level_up() -> None:
    for entry in industries.table().values():
        if entry.level is Level.SECTION:
            assert not entry.parent
        else:
            assert industries.table()[entry.parent].level == entry.level - 1


def test_names_of_division_and_section() -> None:
    assert industries.division_name("6210") == "餐饮业"
    assert industries.section_name("6210") == "住宿和餐饮业"
    assert industries.division_name("62") == "餐饮业"
    assert industries.section_name("h") == "住宿和餐饮业"
    assert industries.division_name("H") is None


def test_chestnuts_and_trout_are_there() -> None:
    assert [industries.table()[code].name for code in ("0161", "0412")] == ["坚果种植", "内陆养殖"]
    assert industries.find(" 0161 ") == industries.table()["0161"]


def test_a_code_of_an_older_edition_is_not_found() -> None:
    assert industries.find("5010") is None
    assert industries.division_name("") is None
    assert industries.section_name("99999") is None
