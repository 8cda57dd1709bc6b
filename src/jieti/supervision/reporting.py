"""Who has not filed the annual report of the year before, as far as the register's table of reports tells.

附件一(三)1: whoever must file it and has not is judged 不符合分型条件.
"""

import datetime
from dataclasses import dataclass
from typing import cast

import pyarrow.compute as pc
import pyarrow.dataset as ds
from django.db.models import Q

from jieti.accounts.models import Jurisdiction
from jieti.domain.terms import RegistrationStatus
from jieti.kit import clock
from jieti.registry.history import tables_known_at
from jieti.registry.models import Business, Delivery
from jieti.registry.models.businesses import BusinessQuerySet
from jieti.supervision.board import milestones_of
from jieti.supervision.facts import ANNUAL_REPORTS


@dataclass(frozen=True, slots=True)
class Season:
    """The time in which the reports about `year` are filed, and what is known of them: a table of this year."""

    year: int
    due: datetime.date
    delivery: Delivery

    def filed(self) -> frozenset[str]:
        """The codes of those whose report is in the table."""
        table = ds.dataset(self.delivery.clean_file, format="parquet")
        rows = table.to_table(columns=["uscc"], filter=pc.field("year") == self.year)
        return frozenset(cast("list[str]", rows.column("uscc").to_pylist()))


def season(jurisdiction: Jurisdiction) -> Season | None:
    """The season of today. None outside of it, and while no table of this year has come: then nobody can tell."""
    today = clock.today()
    phase = next((one for one in milestones_of(jurisdiction, today.year) if one.key == ANNUAL_REPORTS), None)
    if phase is None or phase.due is None or not phase.holds(today):
        return None
    delivery = tables_known_at(clock.now(), jurisdiction).get(ANNUAL_REPORTS)
    if delivery is None or delivery.as_of.year != today.year:
        return None
    return Season(today.year - 1, phase.due, delivery)


def owing(jurisdiction: Jurisdiction, year: int) -> BusinessQuerySet:
    """Those that must file the report about `year`: in the register, active, not founded since."""
    since = datetime.date(year + 1, 1, 1)
    here = Business.objects.current().filter(jurisdiction=jurisdiction)
    return here.filter(registration_status=RegistrationStatus.ACTIVE.value).filter(
        Q(established_on__isnull=True) | Q(established_on__lt=since)
    )
