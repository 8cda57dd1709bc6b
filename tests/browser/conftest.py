"""A real Chromium against the real server, and the checks that every page has to pass."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.db import connections
from django.db.backends.postgresql.operations import DatabaseOperations
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests.factories.accounts import PASSWORD
from tests.web import district

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip
NORMAL, LARGE = False, True
EVERY_VIEW = ((NORMAL, 1280), (NORMAL, 390), (LARGE, 1280), (LARGE, 390))
QUICK_VIEWS = ((NORMAL, 1280), (LARGE, 390))
"""Type and width in which a page is looked at; the gate, which leaves out sweeps, looks twice, not four times."""
PATIENCE = 30_000
"""Milliseconds; a busy machine takes its time, and none is lost where a page comes at once."""
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture(scope="session", autouse=True)
def static_root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The folder of collected static files exists, as `jieti serve` makes it, before the server starts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "STATIC_ROOT", tmp_path_factory.mktemp("static"))
        yield


@pytest.fixture(scope="session", autouse=True)
def audit_yields_to_every_flush() -> Iterator[None]:
    """Inside Playwright's event loop Django opens a connection of its own, which has to yield to the flush as well."""
    real = DatabaseOperations.execute_sql_flush

    def flush(self: DatabaseOperations, sql_list: list[str]) -> None:
        off, on = (f"alter table audit_event {verb} trigger user" for verb in ("disable", "enable"))
        real(self, [off, *sql_list, on])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", flush)
        yield


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    assert CHROMIUM.exists(), "install Chromium: scripts/system-packages.sh"
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright keeps an event loop in this thread, in which Django else refuses the tests' own queries.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        expect.set_options(timeout=PATIENCE)
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        connections.close_all()
        started.close()


@dataclass
class Visitor:
    """Somebody in front of the site: goes to pages, and has each checked at every width and type size."""

    context: BrowserContext
    page: Page
    address: str
    views: Sequence[tuple[bool, int]] = EVERY_VIEW

    def goto(self, path: str) -> None:
        self.page.goto(self.address + path)

    def log_in(self, username: str) -> None:
        self.goto("/login/")
        self.page.get_by_label("用户名").fill(username)
        self.page.get_by_label("密码").fill(PASSWORD)
        self.page.get_by_role("main").get_by_role("button", name="登录").click()

    def large_type(self, *, on: bool) -> None:
        self.context.clear_cookies(name="display")
        if on:
            self.context.add_cookies([{"name": "display", "value": "large", "url": self.address}])

    def check(self, name: str) -> None:
        """The page that is open: no violation, no sideways scroll, a picture; in every view."""
        for large, views in groupby(self.views, key=itemgetter(0)):
            self.large_type(on=large)
            self.page.reload()
            for _, width in views:
                self.page.set_viewport_size({"width": width, "height": 900})
                label = f"{name}-{width}{'-large' if large else ''}"
                self.page.screenshot(path=shots() / f"{label}.png", full_page=True)
                assert self.page.evaluate("document.documentElement.scrollWidth") <= width, f"{label} scrolls sideways"
                found = Axe().run(self.page, options=RULES)
                assert found.violations_count == 0, f"{label}: {found.generate_report()}"
        self.large_type(on=False)
        self.page.set_viewport_size({"width": 1280, "height": 900})
        self.page.reload()


def shots() -> Path:
    folder = Path(settings.ROOT) / "build" / "shots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def people(transactional_db: None) -> district.People:
    return district.make_people()


@pytest.fixture
def published(transactional_db: None) -> district.People:
    """The people of a district whose results of the year are published."""
    return district.make_published()[0]


@pytest.fixture(scope="session")
def views(pytestconfig: pytest.Config) -> Sequence[tuple[bool, int]]:
    return QUICK_VIEWS if pytestconfig.option.markexpr == "not sweep" else EVERY_VIEW


@pytest.fixture
def visitor(
    browser: Browser, live_server: LiveServer, views: Sequence[tuple[bool, int]], transactional_db: None
) -> Iterator[Visitor]:
    with _sitting_down(browser, live_server.url, views) as somebody:
        yield somebody


@pytest.fixture
def colleague(
    browser: Browser, live_server: LiveServer, views: Sequence[tuple[bool, int]], transactional_db: None
) -> Iterator[Visitor]:
    """Somebody else, at a computer of their own."""
    with _sitting_down(browser, live_server.url, views) as somebody:
        yield somebody


@contextmanager
def _sitting_down(browser: Browser, address: str, views: Sequence[tuple[bool, int]]) -> Iterator[Visitor]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN")
    context.set_default_timeout(PATIENCE)
    yield Visitor(context, context.new_page(), address, views)
    context.close()
