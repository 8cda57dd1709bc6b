"""Writes docs/privacy.md from the declaration of data classes: run it after changing a disclosure.yaml or a model."""

import os
import sys
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Sets Django up, then writes the page."""
    sys.path.insert(0, str(ROOT / "src"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jieti.config.settings")
    django.setup()
    from jieti.accounts.disclosure_page import page

    (ROOT / "docs" / "privacy.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
