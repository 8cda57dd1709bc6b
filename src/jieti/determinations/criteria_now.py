"""How many businesses at once stand against single criteria on a day, by the newest deliveries: no result of a run."""

import datetime
from collections.abc import Collection, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.compute as pc
import pyarrow.dataset as ds
from django.conf import settings

from jieti.accounts.models import Jurisdiction
from jieti.determinations.running import assemble, judge
from jieti.registry.models import Delivery
from jieti.rulebooks.catalogue import current_rulebook
from rulecore.plan import bind

Outcomes = Mapping[str, bool | None]
REGISTER = "registration"


def outcomes_now(
    jurisdiction: Jurisdiction, *, standard: str, criteria: Collection[str], on: datetime.date, usccs: Collection[str]
) -> dict[str, Outcomes]:
    """By business whether each criterion of the standard is met on the day; None: unknown.

    Businesses that the newest register does not have are left out; all of them while no register was delivered.
    """
    deliveries = Delivery.objects.of(jurisdiction).accepted().latest_by_source()
    if not usccs or REGISTER not in deliveries:
        return {}
    plan = bind(current_rulebook(jurisdiction), as_of=on, norms={}, standard=standard)
    inputs = {key: {"delivery": one.pk} for key, one in deliveries.items()}
    bits = {one.criterion.key: 1 << one.bit for one in plan.criteria if one.criterion.key in criteria}
    with TemporaryDirectory(dir=settings.DATA_DIR) as name:
        facts, results = Path(name) / "facts.parquet", Path(name) / "results.parquet"
        assemble(plan, inputs, facts)
        judge(plan, facts, results)
        found = ds.dataset(results, format="parquet").to_table(
            columns=["uscc", "true_bits", "unknown_bits"], filter=pc.field("uscc").isin(list(usccs))
        )
    return {
        row["uscc"]: {key: _outcome(bit, row["true_bits"], row["unknown_bits"]) for key, bit in bits.items()}
        for row in found.to_pylist()
    }


def _outcome(bit: int, true_bits: int, unknown_bits: int) -> bool | None:
    return None if unknown_bits & bit else bool(true_bits & bit)
