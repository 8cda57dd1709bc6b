"""Takes away files that no delivery knows: left by a process that died between the disk and the database."""

import datetime
import shutil
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from jieti.kit import clock
from jieti.registry import corrections
from jieti.registry.models import CorrectionFile, Delivery
from jieti.registry.reading import WORKPLACES


def sweep(*, older_than: datetime.timedelta) -> list[Path]:
    """Removes received files, clean tables and workplaces that belong to no delivery; what it removed.

    Younger ones are left alone: their process may be about to tell the database.
    """
    limit = (clock.now() - older_than).timestamp()
    swept = [path for path in _strays() if path.stat().st_mtime <= limit]
    for path in swept:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return swept


def _strays() -> Iterator[Path]:
    root = Path(settings.DATA_DIR)
    known = {
        root / place for pair in Delivery.objects.values_list("stored_as", "clean_path") for place in pair if place
    }
    known |= {root / place for place in CorrectionFile.objects.values_list("stored_as", flat=True)}
    going = {str(delivery.pk) for delivery in Delivery.objects.all() if delivery.is_going}
    received = [*(root / "deliveries").glob("*"), *(root / corrections.FOLDER).glob("*")]
    files = [*received, *(root / "clean").rglob("*.parquet")]
    yield from (path for path in files if path.is_file() and path not in known)
    yield from (path for path in (root / WORKPLACES).glob("*") if path.name not in going)
