"""Every template is used by a view or by another template."""

import re

from tests.architecture.tree import ROOT, below, name

TEMPLATES = "src/jieti/templates"
FOUND_BY_NAME = {"400.html", "403.html", "404.html", "500.html"}
MENTION = re.compile(r"[\"']([\w./-]+\.(?:html|txt|svg))(?:#[\w-]+)?[\"']")


def mentioned() -> set[str]:
    sources = [*below("src/jieti", ".py"), *below(TEMPLATES, ".html")]
    return {found for path in sources for found in MENTION.findall(path.read_text())}


def test_no_template_lies_unused() -> None:
    present = {path.relative_to(ROOT / TEMPLATES).as_posix() for path in below(TEMPLATES, ".html")}
    assert not {one for one in present - mentioned() - FOUND_BY_NAME if not one.startswith("admin/")}


def test_no_inline_script_or_style() -> None:
    """The site's Content-Security-Policy would refuse them silently."""
    inline = re.compile(r"<script(?![^>]*\bsrc=)|<style\b|\sstyle=|\son[a-z]+=[\"']", re.IGNORECASE)
    assert not [name(path) for path in below(TEMPLATES, ".html") if inline.search(path.read_text())]
