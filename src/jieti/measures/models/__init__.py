"""Measures and their versions, who matches them, and how far they reached."""

from jieti.measures.models.matching import WORD, Matching, Signature, Standing, holds, numbers_in, words_of
from jieti.measures.models.measures import (
    NO_DEPARTMENT,
    NO_ENTITLEMENT,
    TOWNSHIPS,
    Delivery,
    Measure,
    MeasureVersion,
    ScopeKind,
    Strength,
)
from jieti.measures.models.reach import ReachBatch, ReachEvent, ReceiptTable

__all__ = (
    "NO_DEPARTMENT",
    "NO_ENTITLEMENT",
    "TOWNSHIPS",
    "WORD",
    "Delivery",
    "Matching",
    "Measure",
    "MeasureVersion",
    "ReachBatch",
    "ReachEvent",
    "ReceiptTable",
    "ScopeKind",
    "Signature",
    "Standing",
    "Strength",
    "holds",
    "numbers_in",
    "words_of",
)
