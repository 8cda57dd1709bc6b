"""How long a session lasts: 30 minutes without a request, 8 hours in all; and ending one's own others.

A session also ends with the very next request after its account is deactivated or its password changed: Django asks
both of every request.
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest, HttpResponse

from jieti.accounts.models import User
from jieti.audit.actions import record
from jieti.kit import clock

SIGNED_IN_AT = "signed_in_at"
SEEN_AT = "seen_at"
NOTED_EVERY = datetime.timedelta(minutes=1)
"""A session is written at most this often: `seen_at` is older than the last request by less than this."""

IDLE = "您已超过30分钟没有操作，为保护账号安全，已自动退出。请重新登录。"
OVER = "本次登录已满8小时，为保护账号安全，已自动退出。请重新登录。"

Respond = Callable[[HttpRequest], HttpResponse]


class SessionLimits:
    """Middleware: who has been away or signed in for too long is a stranger from this request on."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            reason = _reason_to_end(request)
            if reason:
                logout(request)
                messages.warning(request, reason)
            elif _is_by_hand(request):
                _note(request)
        elif SESSION_KEY in request.session:
            # Somebody's who may not sign in any more: a later reactivation does not bring it back.
            request.session.flush()
        return self.get_response(request)


def begin(request: HttpRequest) -> None:
    """Both limits count from now."""
    moment = clock.now().timestamp()
    request.session[SIGNED_IN_AT] = request.session[SEEN_AT] = moment


@dataclass(frozen=True, slots=True)
class Place:
    """A browser in which an account is signed in."""

    pk: int
    device: str
    address: str
    since: datetime.datetime
    seen: datetime.datetime
    is_current: bool


def places_of(request: HttpRequest) -> list[Place]:
    """Where the request's user is signed in, this browser first, then the last seen first."""
    found = [_place(session, request) for session in UserSession.objects.purge_and_list(request.user)]
    return sorted(found, key=lambda place: (place.is_current, place.seen), reverse=True)


def end_others(*, by: User, request: HttpRequest, only: int | None = None) -> int:
    """Ends the user's sessions in other browsers, or the one that `only` numbers; returns how many."""
    others = UserSession.objects.filter(user=by).exclude(session_key=request.session.session_key)
    return _end(by, by, list(others.filter(pk=only) if only is not None else others))


def end_all(*, by: User | None, user: User) -> int:
    """Ends every session of an account; returns how many."""
    return _end(by, user, list(UserSession.objects.filter(user=user)))


def _end(by: User | None, user: User, ended: list[UserSession]) -> int:
    for session in ended:
        session.end()
    if ended:
        record(by=by, verb="accounts.end_sessions", subject=f"user:{user.pk}", detail={"sessions": len(ended)})
    return len(ended)


def _reason_to_end(request: HttpRequest) -> str:
    if clock.simulated_day() is not None:
        # Days that are chosen do not pass: a rehearsal would sign everybody out whenever it moves on.
        return ""
    signed_in, seen = _stamps(request)
    now = clock.now()
    if now - signed_in >= datetime.timedelta(seconds=settings.SESSION_COOKIE_AGE):
        return OVER
    if now - seen >= datetime.timedelta(seconds=settings.SESSION_IDLE_SECONDS):
        return IDLE
    return ""


def _stamps(request: HttpRequest) -> tuple[datetime.datetime, datetime.datetime]:
    """When the session began and was last used; one that was begun elsewhere counts from the last sign-in."""
    default = getattr(request.user, "last_login", None) or clock.now()
    return _moment(request.session, SIGNED_IN_AT, default), _moment(request.session, SEEN_AT, default)


def _moment(session: Any, name: str, default: datetime.datetime) -> datetime.datetime:
    stamp = session.get(name)
    return default if stamp is None else datetime.datetime.fromtimestamp(stamp, datetime.UTC)


def _is_by_hand(request: HttpRequest) -> bool:
    """A page that asks for its own progress by script does not keep anybody signed in."""
    return request.headers.get("HX-Request") != "true"


def _note(request: HttpRequest) -> None:
    signed_in, seen = _stamps(request)
    now = clock.now()
    if now - seen >= NOTED_EVERY:
        request.session[SIGNED_IN_AT] = signed_in.timestamp()
        request.session[SEEN_AT] = now.timestamp()


def _place(session: UserSession, request: HttpRequest) -> Place:
    store = import_module(settings.SESSION_ENGINE).SessionStore(session.session_key)
    return Place(
        pk=session.pk,
        device=device(session.user_agent),
        address=session.ip,
        since=session.created_at,
        seen=_moment(store, SEEN_AT, session.created_at),
        is_current=session.session_key == request.session.session_key,
    )


SYSTEMS = {
    "HarmonyOS": "鸿蒙", "Android": "安卓手机", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows 电脑",
    "Macintosh": "苹果电脑", "Linux": "Linux 电脑",
}  # fmt: skip
BROWSERS = {
    "MicroMessenger": "微信", "Edg": "Edge", "Firefox": "Firefox", "QQBrowser": "QQ 浏览器", "Chrome": "Chrome",
    "Safari": "Safari",
}  # fmt: skip


def device(user_agent: str) -> str:
    """A browser in a reader's words, as far as it says what it is."""
    system = next((name for sign, name in SYSTEMS.items() if sign in user_agent), "")
    browser = next((name for sign, name in BROWSERS.items() if sign in user_agent), "")
    return "，".join(part for part in (system, browser) if part) or "未知设备"
