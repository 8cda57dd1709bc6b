"""A folder of files → Rulebook."""

import hashlib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from rulecore.errors import Problem, RulebookError
from rulecore.model import (
    Column,
    Criterion,
    DateRule,
    Derivation,
    Expression,
    Fact,
    Jurisdiction,
    Outcome,
    Parameter,
    Rulebook,
    Source,
)
from rulecore.source.expressions import ExpressionError, expression, scalar
from rulecore.source.yamlfile import YamlFile, read_yaml

_T = TypeVar("_T")
PARTS = ("rulebook", "facts", "parameters", "tiers")
_AGGREGATES = ("row", "exists", "latest", "sum", "max", "count")


def load_rulebook(folder: Path) -> Rulebook:
    """Read the rulebook in `folder`.

    Its schema is looked up in `schema/` of the nearest parent folder that has one.

    Raises:
        RulebookError: naming every file and line that does not fit.
    """
    files = _read_parts(folder)
    head, facts, parameters, tiers = (files[part].data for part in PARTS)
    problems: list[Problem] = []
    reader = _Reader(files, problems)
    sources = {key: _source(key, data) for key, data in facts["sources"].items()}
    read_facts = {
        key: reader.item("facts", ("facts", key), partial(_fact, key, data, sources))
        for key, data in facts["facts"].items()
    }
    criteria = {
        key: reader.item("tiers", ("criteria", key), partial(_criterion, key, data))
        for key, data in tiers["criteria"].items()
    }
    outcomes = [
        reader.item("tiers", ("outcomes", str(index)), partial(_outcome, data))
        for index, data in enumerate(tiers["outcomes"])
    ]
    if problems:
        raise RulebookError(*problems)
    return Rulebook(
        key=head["key"],
        edition=head["edition"],
        title=head["title"],
        jurisdiction=Jurisdiction(**head["jurisdiction"]),
        document=head["document"],
        valid_from=head["valid_from"],
        valid_to=head.get("valid_to"),
        parents=tuple(head.get("parents", ())),
        subject_key=head["subject_key"],
        sources=sources,
        facts=read_facts,
        parameters={key: _parameter(key, data) for key, data in parameters["parameters"].items()},
        criteria=criteria,
        outcomes=tuple(outcomes),
        ladder=tuple(tiers["ladder"]),
        organisations=_organisations(folder),
        sha256=_digest(folder),
        lines=reader.lines(),
    )


def _read_parts(folder: Path) -> dict[str, YamlFile]:
    missing = [part for part in PARTS if not (folder / f"{part}.yaml").is_file()]
    if missing:
        raise RulebookError(*(Problem(str(folder / f"{part}.yaml"), "is missing") for part in missing))
    schemas = next((p / "schema" for p in folder.resolve().parents if (p / "schema").is_dir()), None)
    if schemas is None:
        raise RulebookError(Problem(str(folder), "no folder `schema` beside or above it"))
    files: dict[str, YamlFile] = {}
    problems: list[Problem] = []
    for part in PARTS:
        try:
            files[part] = read_yaml(folder / f"{part}.yaml", schemas / f"{part}.v1.json")
        except RulebookError as error:
            problems.extend(error.problems)
    if problems:
        raise RulebookError(*problems)
    return files


def _organisations(folder: Path) -> dict[str, str]:
    """Names of the bodies that supply data; a rulebook without the file explains with their keys."""
    path = folder / "organisations.yaml"
    if not path.is_file():
        return {}
    return {item["key"]: item["name"] for item in read_yaml(path).data["organisations"]}


def _digest(folder: Path) -> str:
    """SHA-256 over names and bytes of every YAML file of the folder: the identity of this law."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.yaml")):
        digest.update(f"{path.relative_to(folder).as_posix()}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


class _Reader:
    """Collects what cannot be read, with file and line, instead of stopping at the first."""

    def __init__(self, files: Mapping[str, YamlFile], problems: list[Problem]) -> None:
        self._files = files
        self._problems = problems

    def item(self, part: str, path: tuple[str, ...], read: Callable[[], _T]) -> _T:
        try:
            return read()
        except (ExpressionError, KeyError, TypeError) as error:
            file = self._files[part]
            self._problems.append(Problem(str(file.path), str(error), file.line(path), ".".join(path)))
            return None  # type: ignore[return-value]  # never used: load_rulebook raises when problems exist

    def lines(self) -> dict[tuple[str, ...], tuple[str, int]]:
        return {
            path: (str(file.path), line) for file in self._files.values() for path, line in file.lines.items() if path
        }


def _source(key: str, data: Mapping[str, Any]) -> Source:
    columns = {name: _column(name, column) for name, column in data["columns"].items()}
    return Source(key, data["title"], data["supplier"], data["clause"], data["rows"], columns)


def _column(key: str, data: Mapping[str, Any]) -> Column:
    return Column(
        key=key,
        header=data["header"],
        type=data["type"],
        data_class=data["class"],
        aliases=tuple(data.get("aliases", ())),
        codes={code: tuple(map(str, words)) for code, words in data.get("codes", {}).items()},
        required=data.get("required", False),
    )


def _fact(key: str, data: Mapping[str, Any], sources: Mapping[str, Source]) -> Fact:
    derivation = _derivation(data["from"])
    source = sources.get(derivation.source)
    return Fact(
        key=key,
        label=data["label"],
        type=data["type"],
        data_class=data["class"],
        supplier=source.supplier if source else "",
        source=derivation.source,
        derivation=derivation,
        unit=data.get("unit", ""),
        values=data.get("values", {}),
    )


def _derivation(data: Mapping[str, Any]) -> Derivation:
    how = next(word for word in _AGGREGATES if word in data)
    take = data.get("take")
    no_row = data.get("no_row")
    return Derivation(
        how=how,
        source=data[how],
        take=expression(take) if isinstance(take, Mapping) else take,
        less=data.get("less"),
        by=data.get("by"),
        where=_optional(data.get("where")),
        no_row=None if no_row in (None, "unknown") else scalar(no_row),
    )


def _optional(data: Mapping[str, Any] | None) -> Expression | None:
    return None if data is None else expression(data)


def _parameter(key: str, data: Mapping[str, Any]) -> Parameter:
    derive = data.get("derive")
    return Parameter(
        key=key,
        label=data["label"],
        type=data["type"],
        clause=data["clause"],
        unit=data.get("unit", ""),
        value=data.get("value"),
        derive=None if derive is None else _date_rule(derive),
        annual_norm=data.get("annual_norm", False),
        below=data.get("below"),
        reading=data.get("reading"),
    )


def _date_rule(data: Mapping[str, Any]) -> DateRule:
    starts = ("basis_date", "year_of", "first_day_of_year", "last_day_of_year")
    start = next(word for word in starts if word in data)
    return DateRule(start, data.get("minus_years", 0))


def _criterion(key: str, data: Mapping[str, Any]) -> Criterion:
    when = expression(data["when"])
    letter, circumstance = data.get("letter", ""), data.get("circumstance", False)
    return Criterion(key, data["label"], data["clause"], data["sentence"], when, letter, circumstance)


def _outcome(data: Mapping[str, Any]) -> Outcome:
    when = None if data.get("otherwise") else expression(data["when"])
    return Outcome(data["key"], data["label"], data["clause"], when)
