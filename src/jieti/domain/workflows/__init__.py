"""Every kind of case with its frozen table."""

from collections.abc import Mapping
from types import MappingProxyType

from jieti.domain.workflows.correction import CORRECTION
from jieti.domain.workflows.delivery import DELIVERY
from jieti.domain.workflows.duty import DUTY
from jieti.domain.workflows.extension import EXTENSION
from jieti.domain.workflows.grievance import GRIEVANCE
from jieti.domain.workflows.need import NEED
from jieti.domain.workflows.nomination import NOMINATION
from jieti.domain.workflows.objection import OBJECTION
from jieti.domain.workflows.recognition import RECOGNITION
from jieti.domain.workflows.revocation import REVOCATION, WITHDRAWAL
from jieti.domain.workflows.table import Workflow

WORKFLOWS: Mapping[str, Workflow] = MappingProxyType(
    {
        table.key: table
        for table in (
            OBJECTION,
            RECOGNITION,
            NOMINATION,
            EXTENSION,
            REVOCATION,
            WITHDRAWAL,
            CORRECTION,
            DELIVERY,
            GRIEVANCE,
            NEED,
            DUTY,
        )
    }
)
"""Tables by key, in the order in which they are documented."""
