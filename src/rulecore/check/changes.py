"""What is written differently in two rulebooks: every entry that came, went or changed, with its clause."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from rulecore.check.wording import Words, scalar_text
from rulecore.model import (
    All,
    AnyOf,
    Assume,
    AtLeast,
    Compare,
    CriterionRef,
    IsMissing,
    Member,
    Not,
    Rulebook,
    Standard,
)

_EXPRESSIONS = (All, AnyOf, Assume, AtLeast, Compare, CriterionRef, IsMissing, Member, Not)

Aspects = Mapping[str, str]


@dataclass(frozen=True)
class Change:
    """One difference: `how` is added, removed or changed; `aspect` is the part of the entry; no text is empty."""

    section: str
    key: str
    how: str
    clause: str
    aspect: str = ""
    old: str = ""
    new: str = ""


def changes(old: Rulebook, new: Rulebook) -> list[Change]:
    """The differences of two rulebooks, section by section in the order of the files."""
    before, after = _sections(old), _sections(new)
    names = [*before, *(name for name in after if name not in before)]
    return [change for name in names for change in _section(name, before.get(name, {}), after.get(name, {}))]


def _section(name: str, old: Mapping[str, Aspects], new: Mapping[str, Aspects]) -> Iterator[Change]:
    for key in [*old, *(key for key in new if key not in old)]:
        clause = (new.get(key) or old[key]).get("clause", "")
        if key not in new:
            yield Change(name, key, "removed", clause, old=_whole(old[key]))
        elif key not in old:
            yield Change(name, key, "added", clause, new=_whole(new[key]))
        else:
            for aspect in dict.fromkeys([*old[key], *new[key]]):
                was, now = old[key].get(aspect, ""), new[key].get(aspect, "")
                if was != now:
                    yield Change(name, key, "changed", clause, aspect, was, now)


def _whole(aspects: Aspects) -> str:
    return "；".join(f"{name} {text}" for name, text in aspects.items() if text and name != "clause")


def _sections(book: Rulebook) -> dict[str, dict[str, Aspects]]:
    document = {"title": book.title, **{key: scalar_text(value) for key, value in book.document.items()}}
    found: dict[str, dict[str, Aspects]] = {
        "document": {key: {"text": text} for key, text in document.items()},
        "sources": {key: _aspects(book, item) for key, item in book.sources.items()},
        "facts": {
            key: _aspects(book, item, source=item.source if item.source in book.sources else None)
            for key, item in book.facts.items()
        },
        "parameters": {key: _aspects(book, item) for key, item in book.parameters.items()},
    }
    for standard in book.standards.values():
        found[f"{standard.key} criteria"] = {
            key: _aspects(book, item, standard=standard) for key, item in standard.criteria.items()
        }
        found[f"{standard.key} outcomes"] = dict(_outcomes(book, standard))
    return found


def _outcomes(book: Rulebook, standard: Standard) -> Iterator[tuple[str, Aspects]]:
    """Each entry under its key (numbered when an outcome has several), then their order and the ladder."""
    seen: dict[str, int] = {}
    order = []
    for outcome in standard.outcomes:
        seen[outcome.key] = seen.get(outcome.key, 0) + 1
        order.append(outcome.key if seen[outcome.key] == 1 else f"{outcome.key} {seen[outcome.key]}")
        yield order[-1], _aspects(book, outcome, standard=standard)
    yield "order", {"text": " → ".join(order), "ladder": " < ".join(standard.ladder)}


def _aspects(book: Rulebook, item: Any, *, standard: Standard | None = None, source: str | None = None) -> Aspects:
    words = Words(book, standard, source)
    return {field.name: _text(words, getattr(item, field.name)) for field in fields(item) if field.name != "key"}


def _text(words: Words, value: Any) -> str:
    """Anything of the model in one line; what says nothing (None, empty) is empty."""
    if value is None:
        return ""
    if isinstance(value, _EXPRESSIONS):
        return words.of(value)
    if isinstance(value, Mapping):
        return "，".join(f"{key} {_text(words, item)}" for key, item in value.items())
    if isinstance(value, tuple):
        return "、".join(_text(words, item) for item in value)
    if is_dataclass(value):
        parts = {field.name: _text(words, getattr(value, field.name)) for field in fields(value)}
        return "，".join(f"{name} {text}" for name, text in parts.items() if text)
    return scalar_text(value)
