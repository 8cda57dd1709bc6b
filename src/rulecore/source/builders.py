"""One mapping of a file → one object of the model."""

from collections.abc import Mapping
from typing import Any

from rulecore.model import (
    Check,
    Column,
    Criterion,
    DateRule,
    Derivation,
    Expression,
    Fact,
    Outcome,
    Parameter,
    Related,
    Scale,
    Source,
    TableRow,
)
from rulecore.source.expressions import expression, scalar
from rulecore.source.resolve import Names, amount

_HOW = ("row", "exists", "latest", "sum", "max", "count", "given")
_STARTS = ("basis_date", "year_of", "first_day_of_year", "last_day_of_year")

Data = Mapping[str, Any]


def scale(key: str, data: Data) -> Scale:
    """An ordered scale, lowest level first."""
    return Scale(key, {level: str(label) for level, label in data.items()})


def source(key: str, data: Data, scales: Mapping[str, Scale]) -> Source:
    """A supplier's table."""
    columns = {name: _column(name, column, scales) for name, column in data["columns"].items()}
    checks = tuple(
        Check(check["column"], check["not_after"], check["says"], check.get("otherwise") == "warn")
        for check in data.get("checks", ())
    )
    return Source(key, data["title"], data["supplier"], data["clause"], data["rows"], columns, checks)


def _column(key: str, data: Data, scales: Mapping[str, Scale]) -> Column:
    named = data.get("scale")
    levels = {level: (label,) for level, label in scales[named].levels.items()} if named else {}
    return Column(
        key=key,
        header=data["header"],
        type="code" if data["type"] == "scale" else data["type"],
        data_class=data["class"],
        aliases=tuple(data.get("aliases", ())),
        codes={**levels, **{code: tuple(map(str, words)) for code, words in data.get("codes", {}).items()}},
        required=data.get("required", False),
        scale=named,
    )


def fact(key: str, data: Data, sources: Mapping[str, Source], scales: Mapping[str, Scale], names: Names) -> Fact:
    """A fact and how it comes about; `names` are those of its source's columns."""
    derivation = _derivation(data["from"], data["type"], names)
    origin = sources.get(derivation.source)
    named = data.get("scale")
    return Fact(
        key=key,
        label=data["label"],
        type="code" if data["type"] == "scale" else data["type"],
        data_class=data["class"],
        supplier=origin.supplier if origin else derivation.source,
        source=derivation.source,
        derivation=derivation,
        unit=data.get("unit", ""),
        values=scales[named].levels if named else data.get("values", {}),
        scale=named,
        better=data.get("better"),
        change=data.get("change", "department"),
        how=data.get("how", ""),
        period=data.get("period"),
        deadline=_month_day(data["deadline"]) if "deadline" in data else None,
    )


def _month_day(text: str) -> tuple[int, int]:
    month, day = map(int, text.split("-"))
    return month, day


def source_of(data: Data) -> str:
    """The source that a fact's `from` names."""
    origin = data["from"]
    return str(origin[next(word for word in _HOW if word in origin)])


def _derivation(data: Data, kind: str, names: Names) -> Derivation:
    how = next(word for word in _HOW if word in data)
    take, no_row = data.get("take"), data.get("no_row")
    return Derivation(
        how=how,
        source=data[how],
        related=_related(data["related"]) if "related" in data else None,
        take=names.resolved(expression(take)) if isinstance(take, Mapping) else take,
        less=data.get("less"),
        by=data.get("by"),
        where=_optional(data.get("where"), names),
        no_row=None if no_row in (None, "unknown") else amount(kind, scalar(no_row)),
    )


def _related(data: Data) -> Related:
    return Related(data["by"], data.get("others", False), tuple(data.get("same", ())))


def _optional(data: Data | None, names: Names) -> Expression | None:
    return None if data is None else names.resolved(expression(data))


def parameter(key: str, data: Data) -> Parameter:
    """A parameter; what its table says of facts is resolved where the parameter is used."""
    derive = data.get("derive")
    kind = data["type"]
    value = data.get("value")
    return Parameter(
        key=key,
        label=data["label"],
        type=kind,
        clause=data["clause"],
        unit=data.get("unit", ""),
        value=None if value is None else amount(kind, scalar(value)),
        derive=None if derive is None else _date_rule(derive),
        annual_norm=data.get("annual_norm", False),
        table=tuple(_table_row(row, kind) for row in data.get("table", ())),
        below=data.get("below"),
        reading=data.get("reading"),
    )


def _table_row(data: Data, kind: str) -> TableRow:
    when = None if data.get("otherwise") else expression(data["when"])
    return TableRow(when, amount(kind, scalar(data["value"])))


def _date_rule(data: Data) -> DateRule:
    start = next(word for word in _STARTS if word in data)
    return DateRule(start, data.get("minus_years", 0), data.get("minus_months", 0), data.get("minus_days", 0))


def criterion(key: str, data: Data, names: Names) -> Criterion:
    """A criterion of a standard."""
    judged = data.get("judged", {})
    return Criterion(
        key=key,
        label=data["label"],
        clause=data["clause"],
        sentence=data["sentence"],
        when=names.resolved(expression(data["when"])),
        letter=data.get("letter", ""),
        circumstance=data.get("circumstance", False),
        judged_by=judged.get("by"),
        evidence=tuple(judged.get("evidence", ())),
        reading=data.get("reading"),
    )


def outcome(data: Data, names: Names) -> Outcome:
    """An outcome of a standard."""
    when = None if data.get("otherwise") else names.resolved(expression(data["when"]))
    return Outcome(data["key"], data["label"], data["clause"], when)
