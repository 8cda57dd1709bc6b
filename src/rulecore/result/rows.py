"""The result of a row and of a run: columns, masks, metadata.

Columns: the subject's key (string), `tier` (string or null), `possible` (list of string, lowest of the ladder first),
`true_bits` and `unknown_bits` (uint64). Bit n belongs to the n-th criterion; one whose bit is in neither is false.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from rulecore.plan import Plan

CRITERIA_KEY = "rulecore.criteria"
RULEBOOK_KEY = "rulecore.rulebook"


@dataclass(frozen=True)
class RowResult:
    """What the standard says of one business; `tier` is None unless `possible` has one member."""

    tier: str | None
    possible: tuple[str, ...]
    true_bits: int
    unknown_bits: int

    def outcome(self, bit: int) -> bool | None:
        """Whether the criterion with this bit is true, false or unknown (None)."""
        if self.unknown_bits >> bit & 1:
            return None
        return bool(self.true_bits >> bit & 1)


@dataclass(frozen=True)
class RunReport:
    """How many rows a run judged, and how many fell to each tier (None: still several possible)."""

    rows: int
    tiers: Mapping[str | None, int]


@dataclass(frozen=True)
class AssemblyReport:
    """How many businesses have facts now, and for how many of them each fact is unknown."""

    businesses: int
    unknowns: Mapping[str, int]


def row_result(plan: Plan, mask: int, true_bits: int, unknown_bits: int) -> RowResult:
    """The result of a row from its masks."""
    possible = plan.possible_set(mask)
    return RowResult(possible[0] if len(possible) == 1 else None, possible, true_bits, unknown_bits)


def schema(plan: Plan) -> pa.Schema:
    """The Arrow schema of results, with the list of criteria in its metadata."""
    fields = [
        pa.field(plan.rulebook.subject_key, pa.string()),
        pa.field("tier", pa.string()),
        pa.field("possible", pa.list_(pa.string())),
        pa.field("true_bits", pa.uint64()),
        pa.field("unknown_bits", pa.uint64()),
    ]
    return pa.schema(fields).with_metadata(metadata(plan))


def metadata(plan: Plan) -> dict[str, str]:
    """What a results file says of itself: the criteria with their bits, the rulebook, the basis date."""
    criteria = [
        {"key": c.criterion.key, "bit": c.bit, "clause": c.criterion.clause, "label": c.criterion.label}
        for c in plan.criteria
    ]
    book = {
        "key": plan.rulebook.key,
        "edition": plan.rulebook.edition,
        "sha256": plan.rulebook.sha256,
        "as_of": plan.as_of.isoformat(),
        "norms": {key: str(value) for key, value in sorted(plan.norms.items())},
    }
    return {
        CRITERIA_KEY: json.dumps(criteria, ensure_ascii=False),
        RULEBOOK_KEY: json.dumps(book, ensure_ascii=False, sort_keys=True),
    }


def tier_of_mask(plan: Plan) -> list[str | None]:
    """For each mask of possible outcomes the tier: the only member, else None."""
    sets = [plan.possible_set(mask) for mask in range(1 << len(plan.outcomes))]
    return [members[0] if len(members) == 1 else None for members in sets]
