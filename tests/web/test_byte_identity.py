"""Protected data leave no trace in public: two businesses that differ in nothing else have the same bytes."""

import csv
import io
import logging
import re
import zipfile
from collections.abc import Mapping
from urllib.parse import quote, unquote

import pytest
from django.http import HttpResponseBase
from django.test import Client

from jieti.audit.models import Event
from jieti.determinations.models import Result, Run
from jieti.directory.titles import follow_titles
from jieti.domain.uscc import compose
from jieti.kit import clock
from jieti.kit.protection import encrypt, keyed_hash
from jieti.recognitions.models import NoticeObjection, PublicNotice, Showcase
from jieti.registry.models import Business, Person
from jieti.web.public.urls import urlpatterns
from tests.factories.recognitions import make_application, make_recognition
from tests.web import district
from tests.web.conftest import downloaded

PLAIN, CANARY = (compose(division="110116", organisation=f"MA0000T{number}") for number in (1, 2))
NAME = "北京怀柔双生山货店"
IDENTITY, PHONE = "110116197302146173", "13987261543"
VALUES: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "registration": {
        PLAIN: {"名称": NAME, "经营者": "赵平常", "经营场所": "渤海镇平常路1号"},
        CANARY: {"名称": NAME, "经营者": "欧阳雪鸢", "经营场所": "渤海镇官道岭路60731号"},
    },
    "annual_reports": {
        PLAIN: {"营业收入": "3500000", "从业人数": "8"},
        CANARY: {"营业收入": "8264913.57", "从业人数": "47913"},
    },
    "tax": {
        PLAIN: {"实际入库税款": "51000"},
        CANARY: {"实际入库税款": "7391846.27", "退库税款": "13579.11"},
    },
    "social_insurance": {PLAIN: {"参保人数": "6"}, CANARY: {"参保人数": "31873"}},
    "intellectual_property": {PLAIN: {}, CANARY: {"权利人": "个体工商户"}},
    "suspension": {PLAIN: {}, CANARY: {}},
}
"""What differs from the row of the development business, by source and column."""
OF_ONE_ALONE = {
    "credit": f"{CANARY},经营异常状态,,虚标克重六零七案,{district.PRIOR}-03-01,是,{district.PRIOR}-09-01,\n",
    "courts": f"{CANARY},欧阳雪鸢,（2020）京0116执60731号,2020-01-01,2021-01-01\n",
}
GROUPS = f"统一社会信用代码,群体,核验单位,核验日期,有效期至\n{CANARY},退役军人,核验六零七站,{district.PRIOR}-02-03,\n"
CANARIES = (
    "欧阳雪鸢", "官道岭", "60731", "8264913", "8,264,913", "826491357", "47913", "47,913", "7391846", "7,391,846",
    "739184627", "7384267", "13579.11", "13,579.11", "31873", "31,873", "虚标克重", "核验六零七站", IDENTITY, PHONE,
    "110116********6173", "139****1543",
)  # fmt: skip
"""Every way in which a protected value of the second business might be written; 7384267 is tax less refund."""
OF_A_REQUEST = {"X-Request-ID", "Content-Length"}
"""Headers that differ between any two requests, and the size of a workbook once it is packed with its time."""
ADDRESSES = {
    "search": ("/", f"/?q={quote(NAME)}", "/?tier=development", "/?q=60731", "/?q=" + quote("欧阳雪鸢")),
    "search-xlsx": ("/directory.xlsx", f"/directory.xlsx?q={quote(NAME)}"),
    "business": (f"/business/{CANARY}/", f"/business/{PLAIN}/"),
    "proof": (f"/business/{CANARY}/proof.json",),
    "code-picture": (f"/business/{CANARY}/code.svg",),
    "report": (f"/report/{CANARY}/",),
    "publication": tuple(f"/publications/110116/1.{form}" for form in ("json", "csv", "jsonl", "xlsx")),
    "display": ("/display/large/",),
    "recognised-one": (f"/recognised/{CANARY}/",),
    "recognised-photo": (f"/recognised/{CANARY}/photo",),
    "picture-xlsx": ("/picture/tiers.xlsx",),
    "calendar-event": ("/calendar/1/",),
    "calendar-event-ics": ("/calendar/1.ics",),
    "notice": ("/notices/1/",),
    "notice-xlsx": ("/notices/1.xlsx",),
    "notice-objection": ("/notices/1/objection/",),
    "certificate": ("/certificates/1/",),
}
"""What to ask for where the bare pattern is not an address, or not enough of one."""


def with_twins(source: str, text: str) -> str:
    """The table with a row for each of the two, like the development business's but for what VALUES says."""
    header, *rows = csv.reader(io.StringIO(text))
    model = next((row for row in rows if row[0] == district.DEVELOPMENT), None)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for code, changes in VALUES.get(source, {}).items():
        assert model is not None
        assert not changes.keys() - set(header)
        cells = {**dict(zip(header, model, strict=True)), header[0]: code, **changes}
        writer.writerow(cells.values())
    return text + out.getvalue() + OF_ONE_ALONE.get(source, "")


@pytest.fixture
def twins(
    people: district.People, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> pytest.LogCaptureFixture:
    """The district's year with the two in it, published, every log line kept."""
    caplog.set_level(logging.DEBUG)
    files = {source: with_twins(source, text) for source, text in district.FILES.items()}
    monkeypatch.setattr(district, "FILES", files | {"founder_groups": GROUPS})
    district.published(people)
    for code, number, phone in ((PLAIN, "110116198001010010", "13800000000"), (CANARY, IDENTITY, PHONE)):
        person = Person.objects.create(
            name=Business.objects.get(pk=code).proprietor,
            identity_hash=keyed_hash(number),
            identity_cipher=encrypt(number),
            phone_hash=keyed_hash(phone),
            phone_cipher=encrypt(phone),
        )
        Business.objects.filter(pk=code).update(person=person)
    return caplog


def body(response: HttpResponseBase) -> bytes:
    """All that was answered; of a workbook the contents of its parts."""
    content = downloaded(response) if response.streaming else getattr(response, "content", b"")
    if not content.startswith(b"PK"):
        return bytes(content)
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        return b"\n".join(name.encode() + b"\n" + parts.read(name) for name in sorted(parts.namelist()))


def anonymous(path: str, code: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of a page, its business's code replaced."""
    response = Client().get(path.format(code=code))
    headers = {
        name: value.replace(code, "USCC") for name, value in response.headers.items() if name not in OF_A_REQUEST
    }
    made_at = re.compile(rb"<dcterms:(created|modified)[^>]*>[^<]*<")
    return response.status_code, headers, made_at.sub(b"", body(response)).replace(code.encode(), b"USCC")


@pytest.mark.parametrize("path", ["/business/{code}/", "/?q={code}", "/directory.xlsx?q={code}"])
@pytest.mark.clause("附件一(二)2.b")
def test_what_differs_in_protected_values_alone_has_the_same_bytes(twins: pytest.LogCaptureFixture, path: str) -> None:
    tiers = set(Result.objects.filter(uscc__in=(PLAIN, CANARY)).values_list("tier", flat=True))
    assert tiers == {"development"}
    plain, canary = anonymous(path, PLAIN), anonymous(path, CANARY)
    assert plain == canary
    assert plain[0] == 200 or "USCC" in plain[1]["Location"]


def test_a_list_shows_the_two_alike(twins: pytest.LogCaptureFixture) -> None:
    text = body(Client().get("/", {"q": NAME})).decode()
    items = re.findall(r"<li\b.*?</li>", text, flags=re.DOTALL)
    of_two = [[item.replace(code, "USCC") for item in items if code in item] for code in (PLAIN, CANARY)]
    assert of_two[0] == of_two[1] != []


def addresses() -> set[str]:
    """Every public address without arguments, and examples of the others."""
    found = {path for paths in ADDRESSES.values() for path in paths}
    for pattern in urlpatterns:
        if "<" in str(pattern.pattern):
            assert pattern.name in ADDRESSES, f"{pattern.name}: say in ADDRESSES what to ask for"
        else:
            found.add(f"/{pattern.pattern}")
    return found


def crawled() -> dict[str, bytes]:
    """Everything that somebody without an account can reach, by address, following every link."""
    client, seen, waiting = Client(), dict[str, bytes](), addresses()
    while waiting:
        path = waiting.pop()
        response = client.get(path)
        content = body(response)
        seen[path] = content + str(dict(response.headers)).encode() + str(response.cookies).encode()
        links = re.findall(r'(?:href|action|hx-get)="(/[^"#]*)', content.decode(errors="replace"))
        links += [response.headers["Location"]] if "Location" in response.headers else []
        fresh = {link.replace("&amp;", "&") for link in links if not link.startswith(("/static/", "//"))}
        waiting |= {link for link in fresh if link.startswith("/") and link not in seen}
    return seen


def held(text: bytes) -> list[str]:
    return [canary for canary in CANARIES if canary.encode() in text or quote(canary).encode() in text]


def recognised(people: district.People) -> None:
    """The business holds a title that it shows to the public, and another is under public notice with an objection."""
    title = make_recognition(business=Business.objects.get(pk=CANARY), published_at=clock.now())
    Showcase.objects.create(recognition=title, story="一家三代做豆腐", consented_by=people.proprietor)
    follow_titles(by=None)
    waiting = make_application(business=Business.objects.get(pk=PLAIN), state="noticed", introduction=PHONE)
    today = clock.today()
    notice = PublicNotice.objects.create(
        campaign=waiting.campaign, number=1, opens_on=today, closes_on=today, published_by=people.approver
    )
    notice.applications.add(waiting)
    NoticeObjection.objects.create(
        notice=notice, application=waiting, name="欧阳雪鸢", contact=PHONE, statement="官道岭路60731号"
    )


def test_no_public_page_holds_a_protected_value(twins: pytest.LogCaptureFixture, people: district.People) -> None:
    recognised(people)
    pages = crawled()
    assert f"/business/{CANARY}/" in pages
    assert any(path.startswith("/notices/") and path.endswith("/objection/") for path in pages)
    assert any(path.startswith("/certificates/") and path[14:15].isdigit() for path in pages)
    assert f"/recognised/{CANARY}/" in pages
    # What was asked for is said back ("欧阳雪鸢：没有找到"): that is the asker's own word, and the same for any other.
    asked = {path for path in pages if held(unquote(unquote(path)).encode())}
    leaks = {path: held(content) for path, content in pages.items() if path not in asked and held(content)}
    assert not leaks


def test_a_protected_value_finds_nothing(twins: pytest.LogCaptureFixture) -> None:
    for value in (IDENTITY, PHONE, "欧阳雪鸢", "官道岭路60731号", "8264913.57"):
        page, table = body(Client().get("/", {"q": value})), body(Client().get("/directory.xlsx", {"q": value}))
        assert CANARY.encode() not in page + table, value


def test_no_log_line_and_no_audit_record_holds_a_protected_value(
    twins: pytest.LogCaptureFixture, people: district.People
) -> None:
    client = Client()
    for user in (people.reviewer, people.auditor, people.outsider):
        client.force_login(user)
        client.get(f"/officer/businesses/{CANARY}/")
    lines = "\n".join(f"{record.getMessage()} {record.args} {record.exc_text}" for record in twins.records)
    assert not held(lines.encode())
    events = "\n".join(str(event) for event in Event.objects.values_list("subject", "detail", "before", "after"))
    assert CANARY in events
    assert not held(events.encode())


def test_officers_lists_and_tables_hold_no_protected_value(
    twins: pytest.LogCaptureFixture, people: district.People
) -> None:
    """Who may read results reads tiers; amounts stand on the page of one business, where reading is recorded."""
    client, run = Client(), Run.objects.get()
    client.force_login(people.reviewer)
    for path in (
        f"/officer/runs/{run.pk}/",
        f"/officer/runs/{run.pk}/results/?q={CANARY}",
        f"/officer/runs/{run.pk}/results.xlsx",
        f"/officer/runs/{run.pk}/counts.xlsx",
        f"/officer/businesses/?q={quote(NAME)}",
    ):
        response = client.get(path)
        assert response.status_code == 200, path
        assert not held(body(response)), path


def test_the_canaries_are_there_to_be_found(twins: pytest.LogCaptureFixture, people: district.People) -> None:
    """The page of one business shows a reviewer the amounts, so their absence elsewhere means something."""
    client = Client()
    client.force_login(people.reviewer)
    text = body(client.get(f"/officer/businesses/{CANARY}/"))
    assert {"8,264,913", "31,873"} & set(held(text)) or {"8264913", "31873"} & set(held(text))
