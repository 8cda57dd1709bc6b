import pytest

from jieti.kit.database_url import parse


def test_every_part() -> None:
    found = parse("postgresql://us%40er:p%2Fw@db.example:6543/na%20me?sslmode=require")
    assert found == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "na me",
        "USER": "us@er",
        "PASSWORD": "p/w",
        "HOST": "db.example",
        "PORT": "6543",
        "OPTIONS": {"sslmode": "require"},
    }


def test_the_least() -> None:
    found = parse("postgres:///jieti")
    assert (found["NAME"], found["HOST"], found["PORT"], found["USER"]) == ("jieti", "", "", "")


@pytest.mark.parametrize("url", ["postgresql://%2Frun%2Fpostgresql/jieti", "postgresql:///jieti?host=/run/postgresql"])
def test_a_socket_folder(url: str) -> None:
    found = parse(url)
    assert (found["HOST"], found["OPTIONS"]) == ("/run/postgresql", {})


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite:///x", "jieti", "postgresql://localhost", "postgresql://h:x/n"])
def test_what_is_no_postgresql_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"DATABASE_URL|[Pp]ort"):
        parse(url)
