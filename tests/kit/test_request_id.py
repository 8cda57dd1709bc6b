"""Each request, task and command goes by one name."""

import contextvars
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from pytest_django import Settings

from jieti.kit import request_id

HEADER = request_id.HEADER


def answered(**headers: str) -> tuple[str, str]:
    """The name inside of a request, and the one its answer carries."""
    inside: list[str] = []

    def view(_request: HttpRequest) -> HttpResponse:
        inside.append(request_id.current())
        return HttpResponse()

    response = request_id.middleware(view)(RequestFactory().get("/", headers=headers))
    return inside[0], response.headers[HEADER]


def test_a_request_without_a_name_gets_one_and_says_it() -> None:
    first, second = answered(), answered()
    assert first[0] == first[1]
    assert len(first[0]) == 32
    assert first != second


def test_a_well_formed_name_is_taken_over() -> None:
    assert answered(**{HEADER: "proxy-7.f00_BA12"}) == ("proxy-7.f00_BA12",) * 2


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "short",
        "a" * 65,
        "with space here",
        "quote'quote'quote",
        "line\nbreak-in-it",
        "请求编号请求编号",
        "../../etc/passwd",
    ],
)
def test_what_is_not_well_formed_is_replaced(wrong: str) -> None:
    inside, outside = answered(**{HEADER: wrong})
    assert inside == outside != wrong


def test_a_name_does_not_outlive_its_request() -> None:
    inside, _ = contextvars.Context().run(answered)
    assert contextvars.Context().run(request_id.current) != inside
    with request_id.within("request-0001"), request_id.within("request-0002"):
        pass
    with request_id.within("request-0001") as name:
        assert request_id.current() == name == "request-0001"


def test_a_failure_ends_the_name_as_well() -> None:
    def fail() -> None:
        with request_id.within("request-0001"):
            raise ZeroDivisionError

    before = request_id.current()
    with pytest.raises(ZeroDivisionError):
        fail()
    assert request_id.current() == before


def test_a_command_keeps_its_name_to_the_end() -> None:
    assert len({request_id.current() for _ in range(3)}) == 1


def test_threads_at_work_do_not_mix_names() -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda n: answered(**{HEADER: f"request-{n:04}"})[0], range(50)))
    assert found == [f"request-{n:04}" for n in range(50)]


def test_sessions_are_told_apart_without_their_keys() -> None:
    with request_id.within(session_key="one"):
        one = request_id.session()
    with request_id.within(session_key="two"):
        assert request_id.session() not in {one, "two", ""}
    with request_id.within():
        assert not request_id.session()


@pytest.mark.django_db
def test_every_answer_of_the_site_carries_its_name(client: Client, settings: Settings) -> None:
    for path in ("/accessibility/", "/nowhere/", "/officer/"):
        assert len(client.get(path).headers[HEADER]) == 32
    assert client.get("/accessibility/", headers={HEADER: "proxy-0001"}).headers[HEADER] == "proxy-0001"
