"""Formulas of bit tests: what an engine evaluates to tell whether an outcome is still possible."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Terms:
    """Every atom of `true` may still be true and every atom of `false` may still be false."""

    true: frozenset[int] = frozenset()
    false: frozenset[int] = frozenset()


@dataclass(frozen=True)
class TogetherOf:
    """All items hold."""

    items: tuple["Formula", ...]


@dataclass(frozen=True)
class OneOf:
    """One item holds; no items: never."""

    items: tuple["Formula", ...]


Formula = Terms | TogetherOf | OneOf
ALWAYS, NEVER = Terms(), OneOf(())


def together_of(items: Iterable[Formula]) -> Formula:
    """All of `items`, with the plain terms merged into one."""
    true: set[int] = set()
    false: set[int] = set()
    rest: dict[Formula, None] = {}
    for item in items:
        match item:
            case OneOf(()):
                return NEVER
            case Terms():
                true |= item.true
                false |= item.false
            case TogetherOf(inner):
                for child in inner:
                    if isinstance(child, Terms):
                        true |= child.true
                        false |= child.false
                    else:
                        rest[child] = None
            case _:
                rest[item] = None
    terms = Terms(frozenset(true), frozenset(false))
    parts = (*([] if terms == ALWAYS else [terms]), *rest)
    return parts[0] if len(parts) == 1 else (TogetherOf(parts) if parts else ALWAYS)


def one_of(items: Iterable[Formula]) -> Formula:
    """One of `items`, without those that another one covers."""
    flat: dict[Formula, None] = {}
    for item in items:
        if item == ALWAYS:
            return ALWAYS
        flat.update(dict.fromkeys(item.items if isinstance(item, OneOf) else (item,)))
    kept = tuple(item for item in flat if not any(_covers(other, item) for other in flat if other != item))
    return kept[0] if len(kept) == 1 else OneOf(kept)


def _covers(wide: Formula, narrow: Formula) -> bool:
    """Whether `wide` holds wherever `narrow` does, as far as their terms show."""
    if isinstance(wide, Terms):
        inner = narrow.items if isinstance(narrow, TogetherOf) else (narrow,)
        return any(isinstance(n, Terms) and wide.true <= n.true and wide.false <= n.false for n in inner)
    return isinstance(narrow, TogetherOf) and wide in narrow.items
