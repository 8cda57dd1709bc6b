"""The document's measures are loaded from the rulebook's files; what departments add is written in `authoring`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Max

from jieti.accounts.models import Jurisdiction, User
from jieti.audit.actions import record
from jieti.kit import clock
from jieti.measures.models import Delivery, Measure, MeasureVersion, ScopeKind, Strength
from rulecore.source import read_yaml

CONTENT = ("title", "gist", "strength", "scope_kind", "scope", "clause", "delivery", "lead", "lead_name", "co",
           "co_names")  # fmt: skip
FIELDS = (*CONTENT, "order", "retired_on")
DROPPED = "规则文件不再列出"


class MeasuresError(Exception):
    """measures.yaml or organisations.yaml cannot be used; the message names the measure and what is wrong."""


@transaction.atomic
def load_measures(*, folder: Path, by: User | None) -> int:
    """Makes the document's measures those of the rulebook's folder; how many. Nothing changes where one row is wrong.

    Each row is version 1 of its measure. A measure that a department has since published another version of stays as
    published; one that the file no longer lists is retired, its ledger is kept.
    """
    home = _home(folder)
    names = organisation_names(folder / "organisations.yaml")
    rows = [as_measure(row, order, names) for order, row in enumerate(listed(folder / "measures.yaml", "measures"), 1)]
    later = set(
        MeasureVersion.objects.of(home).filter(version__gt=1).exclude(measure=None).values_list("key", flat=True)
    )
    _retire_all_but(home, [row.key for row in rows])
    _write(home, [row for row in rows if row.key not in later])
    detail = {"measures": len(rows), "kept": sorted(later)}
    record(by=by, verb="measures.loaded", subject=str(folder.name), detail=detail, clause="附件二")
    return len(rows)


def _home(folder: Path) -> Jurisdiction:
    """The jurisdiction whose rulebook the folder is; else the site's own."""
    return Jurisdiction.objects.filter(rulebook=folder.parent.name).first() or Jurisdiction.objects.site()


def _retire_all_but(home: Jurisdiction, keys: list[str]) -> None:
    """Versions that people wrote are theirs; what only the file had ends with the file."""
    gone = Measure.objects.of(home).in_force().exclude(key__in=keys).exclude(versions__drafted_by__isnull=False)
    versions = MeasureVersion.objects.published().filter(measure__in=gone)
    retired = MeasureVersion.Status.RETIRED
    versions.update(status=retired, retired_at=clock.now(), retired_reason=DROPPED)
    gone.update(retired_on=clock.today())


def _write(home: Jurisdiction, rows: list[Measure]) -> None:
    known = dict(Measure.objects.of(home).values_list("key", "number"))
    number = next_number(home)
    for row in rows:
        row.jurisdiction = home
        row.number = known.get(row.key, number)
        number += row.key not in known
    unique = ["jurisdiction", "key"]
    written = Measure.objects.bulk_create(rows, update_conflicts=True, unique_fields=unique, update_fields=FIELDS)
    versions = [_first_version(row) for row in written]
    fields = [*CONTENT, "measure", "status", "published_at", "retired_at", "retired_reason"]
    MeasureVersion.objects.bulk_create(
        versions, update_conflicts=True, unique_fields=["jurisdiction", "key", "version"], update_fields=fields
    )


def _first_version(row: Measure) -> MeasureVersion:
    """As the document has it: for whom and on what basis is definite, what exactly and until when it does not say."""
    return MeasureVersion(
        jurisdiction=row.jurisdiction,
        key=row.key,
        version=1,
        measure=row,
        status=MeasureVersion.Status.PUBLISHED,
        beneficiary_definite=True,
        basis_definite=True,
        published_at=clock.now(),
        **{name: getattr(row, name) for name in CONTENT},
    )


def next_number(home: Jurisdiction) -> int:
    """The bit of the next new measure; numbers are never given again."""
    last: int | None = Measure.objects.of(home).aggregate(last=Max("number"))["last"]
    return 0 if last is None else last + 1


def listed(path: Path, key: str) -> list[dict[str, Any]]:
    """The list under `key` of a YAML file."""
    document = read_yaml(path).data
    rows = document.get(key) if isinstance(document, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise MeasuresError(f"{path.name}: no list of entries under '{key}'")
    return rows


def organisation_names(path: Path) -> dict[str, str]:
    """Short names of the organisations by their key."""
    return {row["key"]: row.get("short") or row["name"] for row in listed(path, "organisations")}


def as_measure(row: Mapping[str, Any], order: int, names: Mapping[str, str]) -> Measure:
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
