"""A site for one rehearsal: its own database cluster and files in a temporary folder, its clock free to choose."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from jieti.kit.embedded_postgres import Cluster

SETTINGS = "jieti.config.settings"
QUICK_AND_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
NOBODY_SIGNS_IN = ["django.contrib.auth.hashers.MD5PasswordHasher"]
"""Slow hashing guards real passwords; these accounts have no page to sign in to."""


@contextlib.contextmanager
def throw_away_site() -> Iterator[Path]:
    """Django set up over an empty migrated database; everything is gone afterwards. The folder of its files.

    To be entered before Django is set up in this process: a site in use is never touched.
    """
    with tempfile.TemporaryDirectory(prefix="jieti-rehearsal-") as name:
        folder = Path(name)
        # The database's own account must pass through; the folder is ours.
        folder.chmod(0o711)
        os.environ |= {"JIETI_DATA_DIR": name, "JIETI_SIMULATED_CLOCK": "1", "DJANGO_SETTINGS_MODULE": SETTINGS}
        os.environ.pop("DATABASE_URL", None)
        import django
        from django.conf import settings

        with Cluster(folder / "postgres", options=QUICK_AND_FORGETFUL).running() as address:
            settings.DATABASES["default"].update(address.settings())
            settings.PASSWORD_HASHERS = NOBODY_SIGNS_IN
            django.setup()
            from django.core.management import call_command
            from django.db import connections

            call_command("migrate", verbosity=0)
            yield folder
            connections.close_all()
