"""Answers that only a new publication of the directory changes: kept for a while, and 304 to who has them already.

The version is the number of what was published last. Somebody who has logged in gets their own page every time.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime
from functools import cache, wraps
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.cache import caches
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import http_date

from jieti.kit import clock
from jieti.rulebooks.catalogue import current_rulebook

View = Callable[..., HttpResponse]
PAGES = "pages"
OK, NOT_MODIFIED = 200, 304
KNOWN = "jieti.directory.version"
MOST_BYTES = 200_000
ONE_PAGE = 1_000
"""Longer addresses are answered but not kept."""

VERSION = """
select p.id, p.published_at, (select max(id) from directory_entryyear),
       (select md5(string_agg(m::text, '' order by m."order")) from measures_measure m),
       (select extract(epoch from max(category_at))::text from directory_directoryentry where category_at is not null)
from directory_publication p order by p.id desc limit 1
"""


def by_publication(view: View) -> View:
    """Lets a GET view of the directory answer by version; `Vary: Cookie`, because large type is a cookie."""

    @wraps(view)
    def answering(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        found = None if _is_personal(request) else _version()
        if found is None:
            return view(request, *args, **kwargs)
        request.META[KNOWN] = found[0]
        etag, moment = _etag(request, found[0]), found[1]
        response = get_conditional_response(request, etag, int(moment.timestamp()))
        if response is None or response.status_code != NOT_MODIFIED:
            response = _kept_or_made(etag, request, lambda: view(request, *args, **kwargs))
        if response.status_code in (OK, NOT_MODIFIED):
            response.headers["ETag"] = etag
            response.headers["Last-Modified"] = http_date(moment.timestamp())
            response.headers["Cache-Control"] = "no-cache"
            patch_vary_headers(response, ["Cookie"])
        return response

    return answering


def version(request: HttpRequest) -> str:
    """What was published last, in a word that changes with it; empty before the first publication."""
    known: str | None = request.META.get(KNOWN)
    if known is None:
        found = _version()
        known = found[0] if found else ""
    return known


def _version() -> tuple[str, datetime] | None:
    with connection.cursor() as cursor:
        cursor.execute(VERSION)
        row = cursor.fetchone()
    return (f"{row[0]}-{row[2]}-{(row[3] or '')[:8]}-{row[4] or ''}", row[1]) if row else None


def _is_personal(request: HttpRequest) -> bool:
    cookies = request.COOKIES
    return settings.SESSION_COOKIE_NAME in cookies or CookieStorage.cookie_name in cookies


def _etag(request: HttpRequest, found: str) -> str:
    """Without the address, which an ETag does not need and which would tell pages apart that are alike."""
    parts = (found, _build(), current_rulebook().sha256, request.COOKIES.get("display", ""), str(clock.simulated_day()))
    return f'W/"{hashlib.sha256("|".join(parts).encode()).hexdigest()[:24]}"'


def _kept_or_made(etag: str, request: HttpRequest, make: Callable[[], HttpResponse]) -> HttpResponse:
    address = request.get_full_path()
    if request.method != "GET" or len(address) > ONE_PAGE:
        return make()
    pages, key = caches[PAGES], hashlib.sha256(f"{etag}{address}".encode()).hexdigest()
    kept = pages.get(key)
    if kept is not None:
        return HttpResponse(kept[0], content_type=kept[1])
    response = make()
    if response.status_code == OK and not response.streaming and len(response.content) <= MOST_BYTES:
        pages.set(key, (response.content, response.headers["Content-Type"]))
    return response


@cache
def _build() -> str:
    """Changes with the templates and the style sheet, so that a new release is seen at once."""
    source = Path(__file__).resolve().parents[1]
    files = sorted([*(source / "templates").rglob("*.html"), *(source / "static").glob("*.css"), *source.rglob("*.py")])
    stamps = "".join(f"{file.stat().st_size}-{file.stat().st_mtime_ns}" for file in files)
    return hashlib.sha256(stamps.encode()).hexdigest()
