"""Every verb that code records has a label and stands in the table; the table holds no others."""

import ast
from collections.abc import Iterator
from pathlib import Path

from jieti.audit.verbs import DEEDS, VERBS, clause_of, label_of
from jieti.domain.workflows import WORKFLOWS
from tests.architecture.tree import below, name, parsed

Function = ast.FunctionDef | ast.AsyncFunctionDef


def recorded() -> dict[str, str]:
    """Verb → a place that records it. Raises AssertionError where a verb cannot be read from the source."""
    found: dict[str, str] = {}
    for path in below("src/jieti", ".py"):
        tree = parsed(path)
        for function, value in verb_arguments(tree):
            if not passes_on(path, value):
                found |= dict.fromkeys(literals(path, tree, function, value), name(path))
    return found


def verb_arguments(tree: ast.Module) -> Iterator[tuple[Function | None, ast.expr]]:
    """What is given as `verb=` in calls of `record` and the like, with the function around it."""
    functions = [node for node in ast.walk(tree) if isinstance(node, Function)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and not ast.unparse(node.func).endswith((".filter", "Event")):
            around = [one for one in functions if one.lineno <= node.lineno <= (one.end_lineno or 0)]
            yield from ((around[-1] if around else None, k.value) for k in node.keywords if k.arg == "verb")


def passes_on(path: Path, value: ast.expr) -> bool:
    """The audit's own actions hand on what they were given."""
    return name(path) == "src/jieti/audit/actions.py" and ast.unparse(value) == "verb"


def literals(path: Path, tree: ast.Module, function: Function | None, value: ast.expr) -> Iterator[str]:
    match value:
        case ast.Constant(value=str(verb)):
            yield verb
        case ast.IfExp(body=body, orelse=orelse):
            yield from literals(path, tree, function, body)
            yield from literals(path, tree, function, orelse)
        case ast.Name(id=given) if function and given in parameters(function):
            for argument in given_to(tree, function, given):
                yield from literals(path, tree, None, argument)
        case ast.Name(id="READ_PROTECTED"):
            yield "registry.read_protected"
        case ast.Name(id=constant) if (assigned := assigned_to(tree, constant)) is not None:
            yield from literals(path, tree, None, assigned)
        case ast.JoinedStr() if name(path) == "src/jieti/kit/advance.py":
            yield from (f"{table.key}.{step.key}" for table in WORKFLOWS.values() for step in table.steps)
        case _:
            raise AssertionError(f"{name(path)}:{value.lineno}: write the verb as text: {ast.unparse(value)}")


def parameters(function: Function) -> list[str]:
    return [one.arg for one in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)]


def given_to(tree: ast.Module, function: Function, parameter: str) -> Iterator[ast.expr]:
    place = parameters(function).index(parameter)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == function.name:
            named = [keyword.value for keyword in node.keywords if keyword.arg == parameter]
            yield named[0] if named else node.args[place]


def assigned_to(tree: ast.Module, constant: str) -> ast.expr | None:
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == constant:
            return node.value
    return None


def test_every_recorded_verb_has_a_label() -> None:
    assert not {verb: place for verb, place in recorded().items() if verb not in VERBS}


def test_the_table_holds_no_verb_that_nothing_records() -> None:
    assert not set(VERBS) - set(recorded())


def test_the_search_sees_literal_passed_on_and_constant_verbs() -> None:
    found = recorded()
    assert {"accounts.create_user", "rulebooks.propose_norm", "registry.read_protected"} <= set(found)


def test_labels_are_chinese_and_stand_once() -> None:
    labels = [verb.label for verb in DEEDS.values()]
    assert len(set(labels)) == len(labels)
    assert all("一" <= verb.label[0] <= "鿿" for verb in VERBS.values())


def test_an_unknown_verb_is_shown_as_it_is() -> None:
    assert (label_of("old.deed"), clause_of("old.deed")) == ("old.deed", "")
