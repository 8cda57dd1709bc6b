"""Measures come from the rulebook's files and are loaded, never typed in."""

from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from jieti.accounts.models import User
from jieti.audit.actions import record
from jieti.measures.models import Delivery, Measure, ScopeKind, Strength

FIELDS = ("title", "gist", "strength", "scope_kind", "scope", "clause", "delivery", "lead", "lead_name", "co",
          "co_names", "order")  # fmt: skip


class MeasuresError(Exception):
    """measures.yaml or organisations.yaml cannot be used; the message names the measure and what is wrong."""


@transaction.atomic
def load_measures(*, folder: Path, by: User | None) -> int:
    """Makes the measures those of the rulebook's folder; how many there are. Nothing changes where one row is wrong."""
    names = organisation_names(folder / "organisations.yaml")
    rows = [as_measure(row, order, names) for order, row in enumerate(listed(folder / "measures.yaml", "measures"), 1)]
    Measure.objects.exclude(key__in=[row.key for row in rows]).delete()
    Measure.objects.bulk_create(rows, update_conflicts=True, unique_fields=["key"], update_fields=FIELDS)
    record(by=by, verb="measures.loaded", subject=str(folder.name), detail={"measures": len(rows)}, clause="附件二")
    return len(rows)


def listed(path: Path, key: str) -> list[dict[str, Any]]:
    """The list under `key` of a YAML file."""
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    rows = document.get(key) if isinstance(document, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise MeasuresError(f"{path.name}: no list of entries under '{key}'")
    return rows


def organisation_names(path: Path) -> dict[str, str]:
    """Short names of the organisations by their key."""
    return {row["key"]: row.get("short") or row["name"] for row in listed(path, "organisations")}


def as_measure(row: dict[str, Any], order: int, names: dict[str, str]) -> Measure:
    """A row of measures.yaml as a measure, or MeasuresError naming the row."""
    key = str(row.get("key", f"#{order}"))
    try:
        kind, scope = scope_of(row["scope"])
        lead, co = row.get("lead") or "", list(row.get("co") or ())
        return Measure(
            key=key, title=row["title"], gist=row["gist"], clause=row["clause"], order=order,
            scope_kind=kind, scope=scope, strength=Strength(row["strength"]), delivery=Delivery(row["delivery"]),
            lead=lead, lead_name=names[lead] if lead else "", co=co, co_names=[names[other] for other in co],
        )  # fmt: skip
    except KeyError as missing:
        raise MeasuresError(f"measures.yaml: {key}: {missing} is missing or unknown") from missing
    except ValueError as wrong:
        raise MeasuresError(f"measures.yaml: {key}: {wrong}") from wrong


def scope_of(scope: dict[str, Any]) -> tuple[ScopeKind, str]:
    """`{tier: survival}`, `{category: renowned}` or `{all: true}`."""
    if scope == {"all": True}:
        return ScopeKind.GENERAL, ""
    ((kind, value),) = scope.items()
    return {"tier": ScopeKind.TIER, "category": ScopeKind.CATEGORY}[kind], str(value)
