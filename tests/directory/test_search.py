from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError

from jieti.directory import searching
from jieti.directory.models import DirectoryEntry, Found
from jieti.directory.names import bigrams, normalised
from tests.directory.conftest import MakeEntry


def search(q: str, *, tiers: list[str] | None = None, towns: list[str] | None = None, page: int = 1) -> Found:
    return DirectoryEntry.objects.search(q, tiers=tiers or [], towns=towns or [], page=page)


def plan_of(q: str) -> str:
    """How the database would search for something rare among many entries."""
    text, values = searching.statement("*", [searching.named(normalised(q), is_common=False)], q, 1)
    with connection.cursor() as cursor, transaction.atomic():
        cursor.execute("set local enable_seqscan = off")
        cursor.execute(f"explain {text}", values)
        return str(cursor.fetchall())


def names(found: Found) -> list[str]:
    return [entry.name for entry in found.entries]


@pytest.mark.parametrize("q", ["老王", "王饭", "老王饭馆", "怀柔区雁栖老王", "北京市怀柔区雁栖老王饭馆"])
@pytest.mark.clause("附件一(二)2.b")
def test_part_of_a_name_finds(make_entry: MakeEntry, q: str) -> None:
    make_entry("北京市怀柔区雁栖老王饭馆")
    make_entry("北京市怀柔区老李便利店")
    assert names(search(q)) == ["北京市怀柔区雁栖老王饭馆"]


def test_the_bigrams_of_python_are_those_of_the_database(make_entry: MakeEntry) -> None:
    for text in ("", "王", "老王", "老王ab店"):
        with connection.cursor() as cursor:
            cursor.execute("select directory_bigrams(%s)", [text])
            assert sorted(set(cursor.fetchone()[0])) == bigrams(text)


def test_a_common_pair_takes_the_other_road_to_the_same_place(
    make_entry: MakeEntry, common: Callable[[str], None]
) -> None:
    make_entry("老王饭馆")
    make_entry("小王饭馆")
    rare = names(search("饭馆"))
    common("饭馆")
    assert names(search("饭馆")) == rare
    assert set(rare) == {"小王饭馆", "老王饭馆"}


def test_the_index_is_used_for_two_characters(make_entry: MakeEntry) -> None:
    make_entry("老王饭馆")
    assert "directory_bigrams" in plan_of("老王")


@pytest.mark.django_db
def test_pg_trgm_sees_chinese() -> None:
    """With a C locale it would see nothing and every search of three characters would be a scan."""
    with connection.cursor() as cursor:
        cursor.execute("select cardinality(show_trgm('北京市'))")
        assert cursor.fetchone()[0] > 0


def test_the_exact_name_comes_first_then_the_shorter(make_entry: MakeEntry) -> None:
    for name in ("老王饭馆分店", "北京老王饭馆", "老王饭馆"):
        make_entry(name)
    assert names(search("老王饭馆"))[0] == "老王饭馆"
    assert [len(name) for name in names(search("老王"))] == [4, 6, 6]


def test_a_code_opens_its_entry_whatever_the_filters(make_entry: MakeEntry) -> None:
    entry = make_entry("老王饭馆", tier="growth")
    found = search(entry.uscc.lower(), tiers=["survival"])
    assert (names(found), found.total) == (["老王饭馆"], 1)


def test_a_code_that_nobody_has(make_entry: MakeEntry) -> None:
    make_entry("老王饭馆")
    assert search("92110116MA00A1B20Y").message == "no_such_code"


@pytest.mark.parametrize("q", ["", "　 "])
@pytest.mark.django_db
def test_too_little_to_search(q: str) -> None:
    assert search(q).message == "empty"


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("王", {"北京老王饭馆", "王记KTV"}),
        ("Ｋ", {"王记KTV"}),
        ("bjlwfg", {"北京老王饭馆"}),
        ("LWF", {"北京老王饭馆"}),
        ("lw", {"北京老王饭馆"}),
        ("jl", {"北京老王饭馆", "京郊老李民宿"}),
        ("b", {"北京老王饭馆"}),
        ("w", {"王记KTV"}),
        ("ktv", {"王记KTV"}),
        ("xx", set()),
        ("龘", set()),
    ],
)
@pytest.mark.parametrize("is_common", [False, True])
@pytest.mark.clause("附件一(二)2.b")
def test_one_character_and_initials_by_either_road(
    make_entry: MakeEntry, common: Callable[[str], None], q: str, found: set[str], *, is_common: bool
) -> None:
    for name in ("北京老王饭馆", "王记KTV", "京郊老李民宿"):
        make_entry(name)
    if is_common and len(q) < 3:
        common(normalised(q))
    assert set(names(search(q))) == found


@pytest.mark.parametrize(("q", "index"), [("龘", "directory_characters"), ("vv", "directory_initial_bigrams")])
def test_the_index_is_used_for_what_is_rare(make_entry: MakeEntry, q: str, index: str) -> None:
    make_entry("老王饭馆")
    assert index in plan_of(q)


def test_filters_alone_list_what_they_leave(make_entry: MakeEntry) -> None:
    make_entry("老王饭馆", tier="growth")
    make_entry("老李饭馆", tier="survival")
    assert names(search("", tiers=["growth"])) == ["老王饭馆"]
    found = DirectoryEntry.objects.search("", jurisdictions=["110116"], industries=["餐饮业"])
    assert found.total == 0


@pytest.mark.parametrize("q", ["100%", "__", "%%", "a\\b", "'; drop table", "老王'"])
def test_signs_of_sql_are_letters_like_any(make_entry: MakeEntry, q: str) -> None:
    make_entry("老王饭馆")
    assert search(q).total == 0


def test_filters(make_entry: MakeEntry) -> None:
    make_entry("老王饭馆", tier="growth", town="雁栖镇")
    make_entry("老王面馆", tier="survival", town="渤海镇")
    make_entry("老王茶馆", tier=None, town="渤海镇")
    assert names(search("老王", tiers=["growth"])) == ["老王饭馆"]
    assert names(search("老王", tiers=["pending"])) == ["老王茶馆"]
    assert search("老王", tiers=["pending", "growth"]).total == 2
    assert search("老王", towns=["渤海镇"]).total == 2
    assert names(search("老王", tiers=["survival"], towns=["渤海镇"])) == ["老王面馆"]
    assert search("老王", tiers=["development"]).total == 0


def test_pages(make_entry: MakeEntry) -> None:
    for number in range(45):
        make_entry(f"老王{number:02d}号店")
    first, third = search("老王"), search("老王", page=3)
    assert (first.total, first.pages, len(first.entries), len(third.entries)) == (45, 3, 20, 5)
    assert not set(names(first)) & set(names(third))


def test_candidates_are_capped(make_entry: MakeEntry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "CANDIDATES", 11)
    for number in range(15):
        make_entry(f"老王{number:02d}号店")
    found = search("老王")
    assert (found.total, found.more) == (10, True)


def test_width_does_not_matter(make_entry: MakeEntry) -> None:
    make_entry("小赵理发店（个体工商户）")
    assert search("理发店(个体").total == 1
    assert search("店（个").total == 1


def test_an_unknown_tier_is_shown_as_waiting(make_entry: MakeEntry) -> None:
    entry = make_entry("老王饭馆", tier=None)
    assert (entry.label, entry.mark, entry.possible_labels) == ("待数据", "pending", ["生存型", "成长型"])


@pytest.mark.parametrize("field", [{"tier": "rich"}, {"uscc": "1" * 17}])
def test_the_database_refuses_nonsense(make_entry: MakeEntry, field: dict[str, str]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_entry("老王饭馆", **field)
