"""Every address of the site asked for by every kind of person: the table of docs/permissions.md."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.http import HttpResponseBase, StreamingHttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from jieti.accounts.api_keys import issue_api_key
from jieti.accounts.models import ASSOCIATION, CITY_REGULATOR, Organisation, OrganisationKind, Role, User
from jieti.kit import clock
from jieti.registry.mandates import grant_mandate
from jieti.registry.models import Business
from tests.factories.accounts import make_city, make_district, make_jurisdiction, make_officer, make_organisation
from tests.web import district
from tests.web.conftest import downloaded

OPEN, LOGIN, REFUSED, HIDDEN, KEYLESS = "●", "登录", "✕", "○", "密钥"
LEGEND = f"""- {OPEN} 可以打开或者提交
- {LOGIN} 先要登录
- {REFUSED} 明确拒绝（403）
- {HIDDEN} 当作没有（404）：不是自己的，也不让人知道有没有
- {KEYLESS} 要有效的密钥（401）"""
FOREIGN = ("admin/",)
"""Django's own administration has tests of its own."""


@dataclass(frozen=True)
class Person:
    """One column: who, and how they come to the site."""

    title: str
    open_browser: Callable[[], Client]


def columns(people: district.People) -> list[Person]:
    """Everybody of the document, somebody without any part in it, and a colleague from the next district."""
    home = make_district()
    organisations = {
        "税务局": make_organisation("tax_bureau", "区税务局", OrganisationKind.DEPARTMENT),
        "镇街": make_organisation("area_001", "泉河街道", OrganisationKind.SUBDISTRICT),
        "协会": make_organisation(ASSOCIATION, "区私营个体经济协会", OrganisationKind.ASSOCIATION),
        "市局": make_organisation(CITY_REGULATOR, "市市场监管局", OrganisationKind.CITY_DEPARTMENT, make_city()),
    }
    roles = {
        "税务局": Role.DEPARTMENT_OFFICER,
        "镇街": Role.TOWN_OFFICER,
        "协会": Role.ASSOCIATION_WORKER,
        "市局": Role.CITY_OFFICER,
    }
    next_door = make_district(make_jurisdiction("110117", "北京市平谷区", "cn-999999-demo-variant"))
    users: dict[str, User | None] = {
        "未登录": None,
        "无关的人": people.outsider,
        "经营者": people.proprietor,
        "受托人": _agent(people),
        "受理": people.clerk,
        "审核": people.reviewer,
        "审批": people.approver,
        "审计": people.auditor,
        "管理员": make_officer(home, Role.ADMINISTRATOR, username="administrator"),
        **{who: make_officer(organisations[who], role, username=f"of-{role}") for who, role in roles.items()},
        "邻区审核": make_officer(next_door, Role.REVIEWER, username="neighbour"),
    }
    browsers = [Person(title, _browser(user)) for title, user in users.items()]
    keys = [
        Person("税务局密钥", _key(users["税务局"], organisations["税务局"])),
        Person("审核密钥", _key(people.reviewer, home)),
        Person("邻区密钥", _key(users["邻区审核"], next_door)),
    ]
    return browsers + keys


def patterns() -> Iterator[str]:
    """Every address of the site with the names of its parts, Django's own administration aside."""
    yield from (path for path in _walk(get_resolver(), "") if not path.startswith(FOREIGN))


def asked(person: Person, path: str) -> str:
    """What the person gets to see of the page; whatever the asking did is undone."""
    browser = person.open_browser()
    with transaction.atomic():
        answer: HttpResponseBase = browser.get(path)
        if answer.status_code == 405:
            answer = browser.post(path)
        cell = _cell(answer)
        if isinstance(answer, StreamingHttpResponse):
            downloaded(answer)
        transaction.set_rollback(True)
    return cell


def table(people: district.People, samples: Mapping[str, str]) -> str:
    """The whole table in Markdown. `samples` fills in the parts of the addresses. KeyError names one without."""
    persons = columns(people)
    lines = [f"| 地址 | {' | '.join(person.title for person in persons)} |", "|---" * (len(persons) + 1) + "|"]
    for pattern in sorted(set(patterns())):
        path = "/" + filled(pattern, samples)
        cells = " | ".join(asked(person, path) for person in persons)
        lines.append(f"| `/{pattern}` | {cells} |")
    return "\n".join(lines)


def filled(pattern: str, samples: Mapping[str, str]) -> str:
    """The address with its parts filled in: what it begins with first, then each part by its own name."""
    begins = next((one for one in samples if not one.startswith("<") and pattern.startswith(one)), "")
    pattern = samples.get(begins, "") + pattern.removeprefix(begins)
    start = pattern.find("<")
    while start >= 0:
        end = pattern.index(">", start)
        name = pattern[start + 1 : end].rpartition(":")[2]
        pattern = pattern[:start] + samples[f"<{name}>"] + pattern[end + 1 :]
        start = pattern.find("<")
    return pattern


def _walk(resolver: URLResolver, prefix: str) -> Iterator[str]:
    for one in resolver.url_patterns:
        path = f"{prefix}{one.pattern}"
        if isinstance(one, URLResolver):
            yield from _walk(one, path)
        elif isinstance(one, URLPattern):
            yield path


def _cell(answer: HttpResponseBase) -> str:
    location = answer.headers.get("Location", "")
    if location.startswith("/login/"):
        return LOGIN
    known = {401: KEYLESS, 403: REFUSED, 404: HIDDEN}
    if answer.status_code in known:
        return known[answer.status_code]
    if answer.status_code >= 500:
        return f"{answer.status_code}！"
    return OPEN


def _browser(user: User | None) -> Callable[[], Client]:
    client = Client(raise_request_exception=False)

    def open_one() -> Client:
        signed_in = client.cookies.get(settings.SESSION_COOKIE_NAME)
        if user is not None and not (signed_in and signed_in.value):
            client.force_login(user)
        return client

    return open_one


def _key(user: User | None, organisation: Organisation) -> Callable[[], Client]:
    assert user is not None
    ends = clock.today() + timedelta(days=30)
    secret = issue_api_key(by=user, organisation=organisation, name="系统", expires_on=ends).secret
    return lambda: Client(raise_request_exception=False, headers={"Authorization": f"Bearer {secret}"})


def _agent(people: district.People) -> User:
    from tests.factories.accounts import make_user

    agent = make_user("agent", display_name="代办人")
    today = clock.today()
    grant_mandate(
        by=people.proprietor,
        business=Business.objects.get(pk=district.GROWTH),
        agent_username=agent.username,
        agent_name=agent.display_name,
        starts_on=today,
        ends_on=today + timedelta(days=30),
    )
    return agent
