"""One name for everything that is done for one request, one task or one command, so that records can be put together.

A proxy in front may send the name as `X-Request-ID`; what is not well-formed is replaced. The answer carries it back.
"""

import contextlib
import hashlib
import re
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from procrastinate.job_context import JobContext
from procrastinate.worker import Worker

HEADER = "X-Request-ID"
WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{8,64}")
SESSION_DIGITS = 16


@dataclass(frozen=True, slots=True)
class _Trace:
    request_id: str
    session: str = ""


_trace: ContextVar[_Trace | None] = ContextVar("request_id", default=None)


def current() -> str:
    """The name of what is going on. A task or command gets one when it first asks, and keeps it to its end."""
    trace = _trace.get()
    if trace is None:
        trace = _Trace(make())
        _trace.set(trace)
    return trace.request_id


def session() -> str:
    """A short fingerprint of the browser session that asks; empty outside of requests. The session key stays secret."""
    trace = _trace.get()
    return trace.session if trace else ""


def make() -> str:
    """A new name: 122 random bits, 32 letters and digits."""
    return uuid.uuid4().hex


@contextlib.contextmanager
def within(request_id: str = "", session_key: str = "") -> Iterator[str]:
    """What happens inside goes by `request_id` (a new one where it is empty or not well-formed)."""
    name = request_id if WELL_FORMED.fullmatch(request_id) else make()
    token = _trace.set(_Trace(name, _fingerprint(session_key)))
    try:
        yield name
    finally:
        _trace.reset(token)


def middleware(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Names each request, and says the name in the answer's header."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
        with within(request.headers.get(HEADER, ""), key) as name:
            response = get_response(request)
        response.headers[HEADER] = name
        return response

    return answer


async def around_task(run: Callable[[], Awaitable[Any]], _context: JobContext, _worker: Worker) -> Any:
    """The same for each task of procrastinate's worker."""
    with within():
        return await run()


def _fingerprint(session_key: str) -> str:
    return hashlib.sha256(session_key.encode()).hexdigest()[:SESSION_DIGITS] if session_key else ""
