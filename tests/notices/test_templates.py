"""What notices say: every kind that code names has its words, every word is used, every gap is filled."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from jieti.notices.models import Channel
from jieti.notices.templates import template, templates
from tests.architecture.tree import ROOT, below, name, parsed

VERBS = {"notify", "notify_all"}


@dataclass(frozen=True)
class Call:
    """A place in the code that tells somebody something: `names` are the keys of its values, if they stand there."""

    place: str
    kind: str
    names: frozenset[str] | None


def calls() -> Iterator[Call]:
    for path in below("src/jieti", ".py"):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call) and _verb(node) in VERBS:
                given = {word.arg: word.value for word in node.keywords}
                for kind in _texts(given.get("kind")):
                    yield Call(f"{name(path)}:{node.lineno}", kind, _names(given.get("values")))


def named_where_people_are_told() -> set[str]:
    """Texts of the modules that tell people: a kind may be picked at run time from names that stand there."""
    found: set[str] = set()
    for path in below("src/jieti", ".py"):
        if "jieti.notices.actions" in path.read_text() and not path.is_relative_to(ROOT / "src/jieti/notices"):
            found.update(_texts(parsed(path)))
    return found


def _verb(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def _texts(node: ast.AST | None) -> Iterator[str]:
    for one in ast.walk(node) if node else ():
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one.value


def _names(node: ast.AST | None) -> frozenset[str] | None:
    if not isinstance(node, ast.Dict) or not all(isinstance(key, ast.Constant) for key in node.keys):
        return None
    return frozenset(str(key.value) for key in node.keys if isinstance(key, ast.Constant))


def test_there_are_calls_to_look_at() -> None:
    assert len(list(calls())) >= 3


def test_every_kind_that_code_names_has_a_template() -> None:
    assert not {f"{call.place}: {call.kind}" for call in calls() if call.kind not in templates()}


def test_no_template_lies_unused() -> None:
    assert not set(templates()) - named_where_people_are_told()


@pytest.mark.parametrize("call", list(calls()), ids=lambda call: f"{call.place} {call.kind}")
def test_the_values_are_those_that_the_template_names(call: Call) -> None:
    if call.names is not None:
        assert call.names == template(call.kind).names


@pytest.mark.parametrize("kind", templates())
def test_a_template_is_whole(kind: str) -> None:
    one = template(kind)
    assert one.label
    assert one.group
    assert one.clause
    assert set(one.channels) <= set(Channel.values)
    title, body = one.filled(dict.fromkeys(one.names, "某"))
    assert title
    assert body
    assert "{" not in title + body


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        template("objection_filed").filled({})


def test_a_value_is_not_read_as_a_template() -> None:
    one = template("correction_answered")
    _, body = one.filled({**dict.fromkeys(one.names, "某"), "answer": "{number} {0} {x.__class__}"})
    assert "{number} {0} {x.__class__}" in body
