"""Secure by default, and loopback is the only exception."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

from tests.factories.accounts import PASSWORD, make_user

NAMES = ("HTTPS_ONLY", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS",
         "ALLOWED_HOSTS", "DEBUG", "SECURE_PROXY_SSL_HEADER", "CSRF_TRUSTED_ORIGINS")  # fmt: skip


def settings_with(tmp_path: Path, **environment: str) -> dict[str, object]:
    """The settings as a new process sees them."""
    code = f"import json; from jieti.config import settings; print(json.dumps([getattr(settings, n) for n in {NAMES}]))"
    clean = {key: value for key, value in os.environ.items() if not key.startswith("JIETI_")}
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True,
        env=clean | {"JIETI_DATA_DIR": str(tmp_path)} | environment,
    )  # fmt: skip
    return dict(zip(NAMES, json.loads(done.stdout), strict=True))


def test_without_settings_only_this_machine_is_answered(tmp_path: Path) -> None:
    found = settings_with(tmp_path)
    assert found["ALLOWED_HOSTS"] == ["127.0.0.1", "localhost", "[::1]"]
    assert not found["DEBUG"]
    assert not found["SECURE_SSL_REDIRECT"]


def test_a_public_name_turns_encryption_on(tmp_path: Path) -> None:
    found = settings_with(tmp_path, JIETI_HOSTS="jieti.example")
    assert "jieti.example" in str(found["ALLOWED_HOSTS"])
    assert found["CSRF_TRUSTED_ORIGINS"] == ["https://jieti.example"]
    assert all(found[name] for name in NAMES[:5])


@pytest.mark.django_db
def test_every_page_carries_the_policy(client: Client) -> None:
    response = client.get("/login/")
    policy = response["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.django_db
def test_repeated_wrong_passwords_lock_out(client: Client) -> None:
    make_user("li")
    answers = [client.post("/login/", {"username": "li", "password": "wrong"}).status_code for _ in range(5)]
    assert answers[:4] == [200] * 4
    assert answers[4] in {403, 429}
    locked = client.post("/login/", {"username": "li", "password": PASSWORD})
    assert locked.status_code in {403, 429}
    assert "_auth_user_id" not in client.session


@pytest.mark.django_db
def test_an_unknown_host_is_refused(client: Client) -> None:
    assert client.get("/", headers={"host": "elsewhere.example"}).status_code == 400
