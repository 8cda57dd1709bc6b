"""A day's digest: how many records it holds and the hash at its chain's end. Whoever keeps it can prove the day later.

The hash of a day's last record covers every record before it, so one line a day is enough. It gives nothing away: each
record holds a random request name, so that nobody can find its content by trying.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import connection

from jieti.kit.errors import Refusal

FORMAT = "jieti-audit-digests-1"
QUERY = "select day, records, first_hash, last_hash, closed from audit_digest"
HASH_DIGITS = 64


@dataclass(frozen=True, slots=True)
class DayDigest:
    """One day: its number of records, the hashes of the first and the last (`digest`), and whether it is closed.

    A closed day takes no more records. The digest of a day still open proves what was there when it was taken.
    """

    day: date
    records: int
    first_hash: str
    digest: str
    closed: bool = True

    def as_json(self) -> dict[str, object]:
        return {
            "day": self.day.isoformat(),
            "records": self.records,
            "first_hash": self.first_hash,
            "digest": self.digest,
            "closed": self.closed,
        }


def closed_days() -> list[DayDigest]:
    """The digests of all closed days, the newest first."""
    return _digests(f"{QUERY} where closed order by day desc")


def digest_of(day: date) -> DayDigest | None:
    """The digest of one day, closed or still open; None where the day has no record."""
    found = _digests(f"{QUERY} where day = %s", day)
    return found[0] if found else None


def written(digests: Iterable[DayDigest]) -> str:
    """The digests as JSON, as they are published and kept."""
    document = {"format": FORMAT, "algorithm": "SHA-256", "days": [one.as_json() for one in digests]}
    return json.dumps(document, ensure_ascii=False, indent=2)


def kept(text: str) -> list[DayDigest]:
    """What `written` wrote, the oldest first. Raises Refusal when it is anything else."""
    try:
        document = json.loads(text)
        if document["format"] != FORMAT:
            raise _unreadable()
        return sorted((_read(entry) for entry in document["days"]), key=lambda one: one.day)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unreadable() from error


def _read(entry: dict[str, object]) -> DayDigest:
    first, last = str(entry["first_hash"]), str(entry["digest"])
    if len(first) != HASH_DIGITS or len(last) != HASH_DIGITS:
        raise _unreadable()
    return DayDigest(
        day=date.fromisoformat(str(entry["day"])),
        records=int(str(entry["records"])),
        first_hash=first,
        digest=last,
        closed=entry["closed"] is True,
    )


def _unreadable() -> Refusal:
    return Refusal("这不是审计摘要文件。", what_to_do="请使用从本平台下载或者由 jieti audit digest 输出的 JSON 文件。")


def _digests(query: str, *parameters: date) -> list[DayDigest]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return [DayDigest(*row) for row in cursor.fetchall()]
