"""The pages of the picture and the library: who may open them, what they cost, and that no list ranks towns."""

import io
import re
from collections.abc import Iterator

import pytest
from django.core.cache import caches
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

from jieti.accounts.models import Jurisdiction, OrganisationKind, Role
from jieti.audit.models import Event
from jieti.dashboards.actions import take_snapshot
from jieti.dashboards.figures import HIDDEN_MEANS
from jieti.dashboards.models import Snapshot
from jieti.dashboards.places import towns_of
from jieti.determinations.models import Run
from tests.dashboards.population import populate
from tests.factories.accounts import make_district, make_jurisdiction, make_officer, make_organisation, make_user
from tests.web import district
from tests.web.conftest import LogIn, downloaded

pytestmark = pytest.mark.django_db

MOST_STATEMENTS = 2
"""Of the public page: the site's jurisdiction and its newest snapshot."""
MOST_BYTES = 60_000
OF_EVERYBODY = ("/officer/picture/", "/officer/picture/reports/")
OF_SOME = {
    "/officer/picture/department/": Role.DEPARTMENT_OFFICER,
    "/officer/picture/town/": Role.TOWN_OFFICER,
    "/officer/picture/research/": Role.REVIEWER,
    "/officer/picture/research/data.csv": Role.REVIEWER,
}


@pytest.fixture
def home() -> Jurisdiction:
    return make_jurisdiction()


@pytest.fixture
def snapshot(home: Jurisdiction) -> Snapshot:
    populate(businesses=1_500)
    return take_snapshot(by=None, jurisdiction=home)


def officer_of(role: Role) -> Client:
    """Somebody with this role where it belongs, signed in."""
    places = {
        Role.DEPARTMENT_OFFICER: ("tax_bureau", "区税务局", OrganisationKind.DEPARTMENT),
        Role.TOWN_OFFICER: ("area_004", "雁栖镇", OrganisationKind.TOWN),
    }
    place = make_organisation(*places[role]) if role in places else make_district()
    client = Client()
    client.force_login(make_officer(place, role, username=f"picture-{role}"))
    return client


def text_of(response: object) -> str:
    assert isinstance(response, HttpResponse)
    assert response.status_code == 200
    return response.content.decode()


def table_of(client: Client, path: str) -> list[list[str]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(downloaded(client.get(path))))
    return [[str(cell) for cell in row] for row in book.get_sheet_by_index(0).to_python()]


def in_order(text: str, towns: list[str]) -> bool:
    """Whether the lines of the towns stand in this order, every one once."""
    places = [text.find(f'<th scope="row">{town}</th>') for town in towns]
    return min(places) > 0 and places == sorted(places)


def outsiders(people: district.People) -> Iterator[tuple[Client, int]]:
    nobody, stranger, proprietor = Client(), Client(), Client()
    stranger.force_login(people.outsider)
    proprietor.force_login(people.proprietor)
    yield from ((nobody, 302), (stranger, 403), (proprietor, 403))


@pytest.mark.parametrize("path", [*OF_EVERYBODY, *OF_SOME, "/officer/picture/reports.xlsx", "/officer/picture/x.xlsx"])
def test_outsiders_are_refused(path: str, people: district.People) -> None:
    for client, status in outsiders(people):
        assert client.get(path).status_code == status
    assert Client().post("/officer/picture/refresh/").status_code == 302


@pytest.mark.parametrize("path", OF_SOME)
def test_each_page_opens_to_its_own_kind_alone(path: str, snapshot: Snapshot) -> None:
    for role in (Role.DEPARTMENT_OFFICER, Role.TOWN_OFFICER, Role.REVIEWER):
        assert officer_of(role).get(path).status_code == (200 if role == OF_SOME[path] else 403)


def test_a_neighbour_sees_the_neighbours_district(snapshot: Snapshot) -> None:
    next_door = make_district(make_jurisdiction("110117", "北京市平谷区", "cn-999999-demo-variant"))
    client = Client()
    client.force_login(make_officer(next_door, Role.REVIEWER, username="neighbour"))
    text = text_of(client.get("/officer/picture/"))
    assert "还没有统计" in text
    assert client.get("/officer/picture/tiers.xlsx").status_code == 404


def test_the_public_page_costs_the_same_whatever_the_district(snapshot: Snapshot, client: Client) -> None:
    for cache in caches.all(initialized_only=True):
        cache.clear()
    with CaptureQueriesContext(connection) as queries:
        text = text_of(client.get("/picture/"))
    assert len(queries) <= MOST_STATEMENTS
    assert len(text.encode()) < MOST_BYTES
    tables = {query["sql"].partition(" FROM ")[2].split()[0].strip('"') for query in queries}
    assert tables == {"accounts_jurisdiction", "dashboards_snapshot"}


def test_every_figure_has_definition_table_and_downloads(snapshot: Snapshot, client: Client) -> None:
    text = text_of(client.get("/picture/"))
    for key, figure in snapshot.all_figures.items():
        assert figure.title in text
        assert figure.definition in text
        if figure.rows:
            assert f"/picture/{key}.xlsx" in text
            header, *rows = table_of(client, f"/picture/{key}.xlsx")
            assert header == list(figure.headers)
            assert [row[0] for row in rows] == [str(row[0]) for row in figure.rows]
    assert HIDDEN_MEANS in text
    assert text.count('"saveAsImage"') == text.count("data-chart=")


def test_charts_hold_no_more_than_their_tables(snapshot: Snapshot, client: Client) -> None:
    text = text_of(client.get("/picture/"))
    assert "<script>" not in text
    for data in re.findall(r'<script id="chart-[^"]+" type="application/json">(.*?)</script>', text):
        assert "function" not in data
        assert '"renderMode": "richText"' in data


@pytest.mark.clause("正文一.c")
@pytest.mark.parametrize("path", ["/picture/", "/officer/picture/"])
def test_no_page_lists_towns_by_a_number(path: str, snapshot: Snapshot, home: Jurisdiction) -> None:
    text = text_of(officer_of(Role.REVIEWER).get(path))
    assert in_order(text, [town.name for town in towns_of(home)])
    assert "第三十二条" in text


@pytest.mark.clause("正文一.c")
@pytest.mark.parametrize(
    "path",
    ["/picture/towns.xlsx", "/officer/picture/towns.xlsx", "/officer/picture/research/data.csv"],
)
def test_no_file_lists_towns_by_a_number(path: str, snapshot: Snapshot, home: Jurisdiction) -> None:
    towns = [town.name for town in towns_of(home)]
    client = officer_of(Role.REVIEWER)
    if path.endswith(".csv"):
        lines = client.get(path).content.decode().splitlines()
        found = list(dict.fromkeys(line.split(",")[1] for line in lines[1:]))
    else:
        found = [row[0] for row in table_of(client, path)[1:]]
    listed = [town for town in found if town in towns]
    assert listed == [town for town in towns if town in listed]
    assert len(listed) > 10


def test_a_town_sees_itself_and_no_other(snapshot: Snapshot, home: Jurisdiction) -> None:
    client = officer_of(Role.TOWN_OFFICER)
    text = text_of(client.get("/officer/picture/town/"))
    others = [town.name for town in towns_of(home) if town.key != "area_004"]
    assert not [town for town in others if f">{town}<" in text]
    assert [row[0] for row in table_of(client, "/officer/picture/town.xlsx")[1:]] == ["雁栖镇", "全区"]


def test_a_department_sees_its_deliveries(run: Run, people: district.People, home: Jurisdiction) -> None:
    take_snapshot(by=None, jurisdiction=home)
    client = officer_of(Role.DEPARTMENT_OFFICER)
    text = text_of(client.get("/officer/picture/department/"))
    assert "对本单位数据的异议" in text
    rows = table_of(client, "/officer/picture/department/deliveries.xlsx")
    assert len(rows) == 2
    assert client.get("/officer/picture/department/tiers.xlsx").status_code == 404


def test_counting_anew_is_a_deed(home: Jurisdiction) -> None:
    client = officer_of(Role.REVIEWER)
    assert "现在统计" in text_of(client.get("/officer/picture/"))
    assert client.get("/officer/picture/refresh/").status_code == 405
    assert client.post("/officer/picture/refresh/").status_code == 302
    assert Event.objects.filter(verb="dashboards.take_snapshot").count() == 1


def test_reports_are_there_for_the_months_with_a_picture(snapshot: Snapshot) -> None:
    client, day = officer_of(Role.REVIEWER), snapshot.taken_on
    text = text_of(client.get("/officer/picture/reports/"))
    for path in (f"{day:%Y-}{day.month}.docx", f"{day:%Y-}{day.month}.pdf", f"{day.year}.docx", f"{day.year}.pdf"):
        assert path in text
        assert client.get(f"/officer/picture/reports/{path}").status_code == 200
    for path in ("1999-1.pdf", f"{day.year}-13.pdf", f"{day.year}.exe", "0.pdf", "99999-1.pdf"):
        assert client.get(f"/officer/picture/reports/{path}").status_code == 404


def test_a_site_without_any_data_says_so(client: Client) -> None:
    assert "还没有统计" in text_of(client.get("/picture/"))
    assert client.get("/picture/tiers.xlsx").status_code == 404


def test_research_before_the_first_publication_is_refused_with_what_to_do(home: Jurisdiction) -> None:
    response = officer_of(Role.REVIEWER).get("/officer/picture/research/data.csv")
    assert response.status_code == 409
    assert "公布以后" in response.content.decode()


def test_nobody_without_a_part_finds_the_section(people: district.People, log_in: LogIn) -> None:
    assert "/officer/picture/" not in text_of(log_in(make_user("visitor")).get("/picture/"))
    assert "/officer/picture/" in text_of(log_in(people.reviewer).get("/officer/"))
