"""The directory's tables: what stands in it now, what was published when, and what readers say is wrong."""

from jieti.directory.models.entries import BigramCount, Bigrams, Characters, DirectoryEntry, Found, Line
from jieti.directory.models.published import EntryYear, Publication
from jieti.directory.models.reports import ErrorReport

__all__ = [
    "BigramCount",
    "Bigrams",
    "Characters",
    "DirectoryEntry",
    "EntryYear",
    "ErrorReport",
    "Found",
    "Line",
    "Publication",
]
