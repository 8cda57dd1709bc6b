"""The statement of a search: which entries, by which road, in what order. As text, because the object-relational mapper
would take as long to say it as the database takes to answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from jieti.directory.names import bigrams, is_letters

PENDING = "pending"
"""Asks for the entries that wait for data: they have no tier."""
CANDIDATES = 1_001
"""A search looks at no more entries than this; beyond it the page says "1000 户以上"."""
PER_PAGE = 20
BY_INDEX = 2
"""A term of so many characters or fewer has an index of its own kind; longer ones have the trigrams'."""

RANKED = """
select found.*, count(*) over () from (select {columns} from directory_directoryentry where {where} limit %s) found
order by found.search_name <> %s, length(found.search_name), found.uscc limit %s offset %s
"""
Value = str | int | list[str]
LIKE_SIGNS = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})


@dataclass(frozen=True, slots=True)
class Condition:
    """What an entry has to meet, in SQL, and the values for its places."""

    text: str
    values: tuple[Value, ...] = ()

    def __or__(self, other: "Condition") -> "Condition":
        return Condition(f"({self.text} or {other.text})", (*self.values, *other.values))


def one_of(column: str, values: Sequence[str]) -> Condition:
    """The column holds one of the values."""
    return Condition(f"{column} in ({', '.join(['%s'] * len(values))})", tuple(values))


def labelled(tiers: Sequence[str]) -> Condition:
    """Entries that carry one of these labels; ``pending`` stands for those still waiting for data."""
    known, waiting = [tier for tier in tiers if tier != PENDING], Condition("tier is null")
    if PENDING not in tiers:
        return one_of("tier", known)
    return one_of("tier", known) | waiting if known else waiting


def pieces_of(term: str) -> list[str]:
    """What the indexes of short terms hold of it: its bigrams, or the one character."""
    return bigrams(term) or [term]


def named(term: str, *, is_common: bool) -> Condition:
    """Entries whose name holds the term (normalised), or whose initials do where it is letters, by the cheapest road:
    where its pieces are common by LIKE, which stops early. A single letter has to be the first of the initials."""
    if len(term) > BY_INDEX or is_common:
        return _by_reading(term)
    pieces, is_pair = pieces_of(term), len(term) == BY_INDEX
    form = "directory_bigrams(search_name)" if is_pair else "string_to_array(search_name, null)"
    held = Condition(f"{form} @> %s::text[]", (pieces,))
    if not is_letters(term):
        return held
    return held | (Condition("directory_bigrams(initials) @> %s::text[]", (pieces,)) if is_pair else _beginning(term))


def statement(columns: str, conditions: Sequence[Condition], term: str, page: int) -> tuple[str, list[Value]]:
    """The page of at most 1,001 candidates: the exact name first, then the shorter name. With its values."""
    where = " and ".join(one.text for one in conditions)
    values: list[Value] = [value for one in conditions for value in one.values]
    text = RANKED.format(columns=columns, where=where)
    return text, [*values, CANDIDATES, term, PER_PAGE, (page - 1) * PER_PAGE]


def _by_reading(term: str) -> Condition:
    """What `named` means, said without an index of pieces."""
    held = Condition("search_name like %s", (f"%{term.translate(LIKE_SIGNS)}%",))
    if not is_letters(term):
        return held
    return held | (Condition("initials like %s", (f"%{term}%",)) if len(term) > 1 else _beginning(term))


def _beginning(letter: str) -> Condition:
    return Condition("initials like %s", (f"{letter}%",))
