"""Vendored files are what their makers published, and the style sheet stays small."""

import hashlib
from pathlib import Path

from django.conf import settings

STATIC = Path(settings.ROOT) / "src" / "jieti" / "static"
LARGEST_STYLE_SHEET = 14_000


def listed() -> dict[str, str]:
    lines = (STATIC / "vendor.sha256").read_text().splitlines()
    return {path: digest for digest, path in (line.split("  ", 1) for line in lines)}


def test_every_vendored_file_has_the_sum_of_its_release() -> None:
    found = {
        path.relative_to(STATIC).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (STATIC / "vendor").iterdir()
    }
    assert found == listed()


def test_the_style_sheet_is_small_and_asks_nobody_else_for_anything() -> None:
    text = (STATIC / "app.css").read_text()
    assert len(text) < LARGEST_STYLE_SHEET
    assert "url(" not in text
    assert "@import" not in text
