"""A page whose frame (what `base.html` puts around its own part) is made once for everybody who is not signed in.

A page that is asked for with ever other words spends most of its time there otherwise. The frame is the page's own
template, filled with marks for the title, the address and the part; each answer is put together at the marks.
"""

import datetime
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from html import escape
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from jieti.directory.conditional import is_personal
from jieti.kit import clock
from jieti.web.site import Site, portal_of

TITLE, HERE, MAIN = (SafeString(f"\x00{name}\x00") for name in ("title", "here", "main"))


def framed(request: HttpRequest, template: str, part: str, title: str, context: Mapping[str, Any]) -> HttpResponse:
    """The page `template`, which shows `title` and, as `main`, the template `part` with the context."""
    portal = portal_of(request)
    main = render_to_string(part, {**context, "portal": portal})
    if is_personal(request):
        return render(request, template, {"title": title, "main": main})
    frame = _frame(template, replace(portal, here=HERE), clock.simulated_day())
    filled: dict[str, str] = {TITLE: escape(title), HERE: portal.here, MAIN: main}
    return HttpResponse("".join(filled.get(piece, piece) for piece in frame))


@lru_cache(maxsize=64)
def _frame(template: str, portal: Site, day: datetime.date | None) -> tuple[str, ...]:
    """The page in pieces, the marks among them."""
    text: str = render_to_string(template, {"portal": portal, "simulated_day": day, "title": TITLE, "main": MAIN})
    pieces: list[str] = []
    for mark in (TITLE, HERE, MAIN):
        before, found, text = text.partition(mark)
        pieces += [before, found]
    return (*pieces, text)
