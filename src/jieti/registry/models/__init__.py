"""The register of businesses and the deliveries that it and the departments' tables come from."""

from jieti.registry.models.businesses import (
    Business,
    BusinessRecord,
    CorrectionRequest,
    EntityKind,
    Mandate,
    Person,
    Proprietorship,
)
from jieti.registry.models.corrections import CorrectionFile
from jieti.registry.models.deliveries import Delivery, Feed, RefusedRow, Severity

__all__ = [
    "Business",
    "BusinessRecord",
    "CorrectionFile",
    "CorrectionRequest",
    "Delivery",
    "EntityKind",
    "Feed",
    "Mandate",
    "Person",
    "Proprietorship",
    "RefusedRow",
    "Severity",
]
