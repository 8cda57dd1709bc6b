"""Campaigns, nominations, applications, visits, selection, titles, what follows them, and the showcase."""

from jieti.recognitions.models.aftercare import (
    Confirmation,
    Ending,
    EndingStep,
    Extension,
    ExtensionStep,
    InformationReport,
    ProprietorChange,
    Watch,
    WatchFinding,
)
from jieti.recognitions.models.applications import (
    Application,
    ApplicationStep,
    Assessment,
    Attachment,
    InterestDeclaration,
)
from jieti.recognitions.models.campaigns import Campaign, CityReport, SpotCheck
from jieti.recognitions.models.nominations import CATEGORIES, Nomination, NominationStep
from jieti.recognitions.models.recognitions import NumberSeries, Recognition
from jieti.recognitions.models.selection import NoticeObjection, PublicNotice, Ranking, Score
from jieti.recognitions.models.showcase import Showcase
from jieti.recognitions.models.visits import Visit, VisitPhoto

__all__ = (
    "CATEGORIES",
    "Application",
    "ApplicationStep",
    "Assessment",
    "Attachment",
    "Campaign",
    "CityReport",
    "Confirmation",
    "Ending",
    "EndingStep",
    "Extension",
    "ExtensionStep",
    "InformationReport",
    "InterestDeclaration",
    "Nomination",
    "NominationStep",
    "NoticeObjection",
    "NumberSeries",
    "ProprietorChange",
    "PublicNotice",
    "Ranking",
    "Recognition",
    "Score",
    "Showcase",
    "SpotCheck",
    "Visit",
    "VisitPhoto",
    "Watch",
    "WatchFinding",
)
