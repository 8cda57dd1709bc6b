"""Answers that only a new publication of the directory changes: kept for a while, and 304 to who has them already.

The version is the number of what was published last. Somebody who has logged in gets their own page every time.
`by_publication` marks a view whose answer it may keep; `middleware` gives what was kept, before sessions, sign-in and
the rest of the way are asked, with every header that they had put on it. What it gives may be as old as
`settings.KEPT_PAGES_SECONDS`: so often each server process looks whether something was published. It looks before an
answer is made, so that an answer may be newer than its version says, never older.
"""

import hashlib
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, wraps
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.cache import caches
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import http_date

from jieti.kit import clock
from jieti.rulebooks.catalogue import current_rulebook

View = Callable[..., HttpResponse]
Published = tuple[str, datetime]
PAGES = "pages"
OK, NOT_MODIFIED = 200, 304
GLANCE = "jieti.directory.glance"
KNOWN = "jieti.directory.version"
ETAG = "jieti.directory.etag"
MOST_BYTES = 200_000
ONE_PAGE = 1_000
"""Longer addresses are answered but not kept."""

VERSION = """
select p.id, p.published_at, (select max(id) from directory_entryyear),
       (select md5(string_agg(m.xmin::text, ',' order by m.id)) from measures_measure m),
       (select extract(epoch from max(category_at))::text from directory_directoryentry where category_at is not null)
from directory_publication p order by p.id desc limit 1
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it was made for a version."""

    etag: str
    content: bytes
    headers: tuple[tuple[str, str], ...]

    def answer(self, request: HttpRequest, since: datetime) -> HttpResponseBase:
        """The same again, or 304 to who has it; `since` when it says what it says."""
        response = HttpResponse(self.content, headers=dict(self.headers))
        found: HttpResponseBase | None = get_conditional_response(request, self.etag, int(since.timestamp()), response)
        return found or response


class _Glance:
    """What was published last, as a look a moment ago found it."""

    def __init__(self) -> None:
        self._at = -math.inf
        self._found: Published | None = None

    def found(self) -> Published | None:
        """Looks again once `settings.KEPT_PAGES_SECONDS` are over."""
        now = time.monotonic()
        if now - self._at >= settings.KEPT_PAGES_SECONDS:
            self._at, self._found = now, _look()
        return self._found


def middleware(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Gives anonymous readers what was kept for them, as long as nothing was published since."""

    glance = _Glance()

    def answering(request: HttpRequest) -> HttpResponseBase:
        request.META[GLANCE] = glance
        if request.method != "GET" or is_personal(request) or len(request.get_full_path()) > ONE_PAGE:
            return get_response(request)
        key = _key(request)
        kept: Kept | None = caches[PAGES].get(key)
        if kept is not None and (found := _found(request)) and kept.etag == _etag(request, found[0]):
            return kept.answer(request, found[1])
        response = get_response(request)
        if (made := _made(request, response)) is not None:
            caches[PAGES].set(key, made)
        return response

    return answering


def by_publication(view: View) -> View:
    """Lets a GET view of the directory answer by version; `Vary: Cookie`, because large type is a cookie."""

    @wraps(view)
    def answering(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        found = None if is_personal(request) else _found(request)
        if found is None:
            return view(request, *args, **kwargs)
        etag, moment = _etag(request, found[0]), found[1]
        response = get_conditional_response(request, etag, int(moment.timestamp()))
        if response is None or response.status_code != NOT_MODIFIED:
            response = view(request, *args, **kwargs)
        if response.status_code in (OK, NOT_MODIFIED):
            request.META[ETAG] = etag
            response.headers["ETag"] = etag
            response.headers["Last-Modified"] = http_date(moment.timestamp())
            response.headers["Cache-Control"] = "no-cache"
            patch_vary_headers(response, ["Cookie"])
        return response

    return answering


def version(request: HttpRequest) -> str:
    """What was published last, in a word that changes with it; empty before the first publication."""
    found = _found(request)
    return found[0] if found else ""


def _found(request: HttpRequest) -> Published | None:
    """The version and the moment of the last publication, the same throughout a request."""
    if KNOWN not in request.META:
        glance: _Glance = request.META.get(GLANCE) or _Glance()
        request.META[KNOWN] = glance.found()
    known: Published | None = request.META[KNOWN]
    return known


def _look() -> Published | None:
    with connection.cursor() as cursor:
        cursor.execute(VERSION)
        row = cursor.fetchone()
    return (_word(row), row[1]) if row else None


def _word(row: Sequence[object]) -> str:
    """What was published, and what pages are made of: the program, the rulebook, the day of a rehearsal."""
    made_of = (_build(), current_rulebook().sha256, clock.simulated_day())
    return "|".join(map(str, (row[0], *row[2:], *made_of)))


def is_personal(request: HttpRequest) -> bool:
    """Whether the reader has a session or a message, and so a page of their own."""
    cookies = request.COOKIES
    return settings.SESSION_COOKIE_NAME in cookies or CookieStorage.cookie_name in cookies


def _etag(request: HttpRequest, found: str) -> str:
    """Without the address, which an ETag does not need and which would tell pages apart that are alike."""
    text = f"{found}|{request.COOKIES.get('display', '')}"
    return f'W/"{hashlib.sha256(text.encode()).hexdigest()[:24]}"'


def _key(request: HttpRequest) -> str:
    return hashlib.sha256(f"{request.COOKIES.get('display', '')}|{request.get_full_path()}".encode()).hexdigest()


def _made(request: HttpRequest, response: HttpResponseBase) -> Kept | None:
    """What to keep of an answer: a whole page that a view marked, and that gives nobody a cookie."""
    etag = request.META.get(ETAG)
    if etag is None or not isinstance(response, HttpResponse) or response.status_code != OK or response.cookies:
        return None
    if len(response.content) > MOST_BYTES:
        return None
    return Kept(etag, response.content, tuple(response.headers.items()))


@cache
def _build() -> str:
    """Changes with the templates and the style sheet, so that a new release is seen at once."""
    source = Path(__file__).resolve().parents[1]
    files = sorted([*(source / "templates").rglob("*.html"), *(source / "static").glob("*.css"), *source.rglob("*.py")])
    stamps = "".join(f"{file.stat().st_size}-{file.stat().st_mtime_ns}" for file in files)
    return hashlib.sha256(stamps.encode()).hexdigest()
