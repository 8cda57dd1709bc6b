"""What is kept of the contact with owners, and of the departments' duties."""

from jieti.engagement.models.duties import Duty, DutyQuerySet, DutyStep, Meeting
from jieti.engagement.models.events import Gathering, GatheringQuerySet, Invitation
from jieti.engagement.models.grievances import Grievance, GrievanceFile, GrievanceQuerySet, GrievanceStep
from jieti.engagement.models.needs import Need, NeedQuerySet, NeedStep, Offer
from jieti.engagement.models.records import AssociationVisit, Award, Conversion, OpinionRecord, PartyActivity

__all__ = [
    "AssociationVisit",
    "Award",
    "Conversion",
    "Duty",
    "DutyQuerySet",
    "DutyStep",
    "Gathering",
    "GatheringQuerySet",
    "Grievance",
    "GrievanceFile",
    "GrievanceQuerySet",
    "GrievanceStep",
    "Invitation",
    "Meeting",
    "Need",
    "NeedQuerySet",
    "NeedStep",
    "Offer",
    "OpinionRecord",
    "PartyActivity",
]
