"""What leaves the house: once, and with nothing in it that concerns anybody."""

import json
import smtplib
from pathlib import Path

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from pytest_django import Settings

from jieti.accounts.models import Jurisdiction, User
from jieti.kit import clock
from jieti.notices.actions import notify, set_addresses
from jieti.notices.models import Channel, Dispatch, Notice
from jieti.notices.sending import LIMIT, UNCERTAIN, give_up_interrupted, send
from jieti.notices.tasks import ATTEMPTS, close_interrupted, send_dispatch
from jieti.notices.templates import template, templates
from tests.factories.accounts import make_district, make_user
from tests.notices.conftest import EMAIL, PHONE
from tests.notices.test_notify import CHANGED, at_once

CANARY = "金丝雀92110116MA0000001X"


def told(home: Jurisdiction, user: User, kind: str = "result_changed") -> Notice:
    values = dict.fromkeys(template(kind).names, CANARY)
    notice = notify(jurisdiction=home, kind=kind, subject=CANARY, recipient=user, values=values, link=f"/my/{CANARY}/")
    assert notice
    return notice


def to_send(channel: str) -> Dispatch:
    return Dispatch.objects.get(channel=channel)


def sms(folder: Path) -> list[dict[str, str]]:
    files = sorted((folder / "sms").glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("kind", [key for key, one in templates().items() if one.channels])
def test_nothing_of_the_notice_leaves_the_house(
    home: Jurisdiction, proprietor: User, data_dir: Path, settings: Settings, kind: str
) -> None:
    settings.SITE_URL = "https://fenxing.example.cn"
    notice = told(home, proprietor, kind)
    for dispatch in Dispatch.objects.all():
        send(dispatch.pk, is_last_attempt=False)
    gone = [str(one.message()) + one.subject + one.body for one in mail.outbox] + [str(one) for one in sms(data_dir)]
    assert len(gone) == len(template(kind).channels)
    for text in gone:
        assert CANARY not in text
        assert notice.title not in text
        assert f"https://fenxing.example.cn/account/notices/{notice.pk}/" in text


def test_it_goes_to_the_address_given(home: Jurisdiction, proprietor: User, data_dir: Path) -> None:
    told(home, proprietor)
    for dispatch in Dispatch.objects.all():
        send(dispatch.pk, is_last_attempt=False)
    assert [one.to for one in mail.outbox] == [[EMAIL]]
    assert [one["phone"] for one in sms(data_dir)] == [PHONE]
    assert set(Dispatch.objects.values_list("status", "attempts", "error")) == {("sent", 1, "")}


def test_a_job_that_comes_again_sends_nothing(home: Jurisdiction, proprietor: User) -> None:
    told(home, proprietor)
    for _ in range(10):
        send(to_send(Channel.EMAIL).pk, is_last_attempt=False)
    assert len(mail.outbox) == 1


class Down(EmailBackend):
    """A mail server that refuses, and repeats the address as they do."""

    def send_messages(self, messages: object) -> int:
        raise smtplib.SMTPRecipientsRefused({EMAIL: (550, b"no")})


def test_a_failure_is_tried_again_and_given_up_in_the_end(
    home: Jurisdiction, proprietor: User, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Down"
    told(home, proprietor)
    pk = to_send(Channel.EMAIL).pk
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(pk, is_last_attempt=False)
    assert Dispatch.objects.get(pk=pk).status == "queued"
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(pk, is_last_attempt=True)
    failed = Dispatch.objects.get(pk=pk)
    assert (failed.status, failed.attempts, failed.error) == ("failed", 2, "SMTPRecipientsRefused")
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    send(pk, is_last_attempt=False)
    assert mail.outbox == []


def test_the_task_gives_up_after_its_attempts() -> None:
    strategy = send_dispatch.retry_strategy
    assert strategy is not None
    assert getattr(strategy, "max_attempts", None) == ATTEMPTS


def test_one_that_was_interrupted_is_not_sent_again(home: Jurisdiction, proprietor: User) -> None:
    told(home, proprietor)
    dispatch = to_send(Channel.EMAIL)
    Dispatch.objects.filter(pk=dispatch.pk).update(status="sending", claimed_at=clock.now() - LIMIT * 2)
    send(dispatch.pk, is_last_attempt=False)
    assert mail.outbox == []
    assert give_up_interrupted() == 1
    dispatch.refresh_from_db()
    assert (dispatch.status, dispatch.error) == ("failed", UNCERTAIN)
    close_interrupted(0)


def test_one_that_is_being_sent_is_let_be(home: Jurisdiction, proprietor: User) -> None:
    told(home, proprietor)
    Dispatch.objects.update(status="sending", claimed_at=clock.now())
    assert give_up_interrupted() == 0


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_once(data_dir: Path) -> None:
    home, user = make_district().jurisdiction, make_user("u")
    set_addresses(by=user, email="", phone=PHONE)
    user.refresh_from_db()
    notify(jurisdiction=home, kind="result_changed", subject="s:1", recipient=user, values=CHANGED)
    pk = Dispatch.objects.get().pk
    assert at_once(*[lambda: send(pk, is_last_attempt=False)] * 4) == [None] * 4
    assert len(sms(data_dir)) == 1
    assert Dispatch.objects.get().attempts == 1
