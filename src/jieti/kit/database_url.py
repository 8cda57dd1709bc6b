"""`DATABASE_URL` as Django wants it."""

from urllib.parse import parse_qsl, unquote, urlsplit

SCHEMES = ("postgres", "postgresql")


def parse(url: str) -> dict[str, object]:
    """Django's database settings for `postgresql://user:password@host:port/name?option=value`.

    A host that begins with a slash (percent-encoded, or as `?host=/folder`) is a socket folder.
    Raises ValueError when the address is not PostgreSQL's or names no database.
    """
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES:
        raise ValueError(f"DATABASE_URL must begin with postgresql://, not {parts.scheme or 'nothing'}://")
    name = unquote(parts.path.removeprefix("/"))
    if not name:
        raise ValueError("DATABASE_URL names no database: postgresql://user:password@host:port/NAME")
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", unquote(parts.hostname or "")),
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
    }
