"""A department's system pushes a table and follows it; nobody else's is within its reach."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from jieti.registry.models import Delivery
from jieti.registry.reading import read_delivery
from tests.api.conftest import Caller
from tests.factories import tables

Answer = Any
"""What Django's test client gives back."""
PUSH = "/api/v1/feeds/tax/deliveries"
HEADER = ("统一社会信用代码", "所属年度", "已办税务登记", "实际入库税款", "退库税款")


def table(*amounts: str) -> io.BytesIO:
    return tables.csv([HEADER, *((tables.code(n), "2025", "是", amount, "0") for n, amount in enumerate(amounts, 1))])


def push(caller: Caller, file: io.BytesIO, key: str = "2026-07-01-a", **fields: str) -> Answer:
    sent = {"as_of": "2026-07-01", "file": SimpleUploadedFile("税务.csv", file.read()), **fields}
    return caller.client.post(PUSH, sent, headers={"Idempotency-Key": key})


def test_a_pushed_delivery_is_queued_read_and_followed(tax: Caller) -> None:
    answer = push(tax, table("100", "-5"))
    assert answer.status_code == 202, answer.content
    number = answer.json()["id"]
    assert answer.json()["status"] == "received"
    delivery = Delivery.objects.get(pk=number)
    assert (delivery.channel, delivery.received_by) == ("api", tax.user)
    read_delivery(delivery)
    found = tax.client.get(f"{PUSH}/{number}").json()
    assert (found["status"], found["rows"], found["taken"], found["refused"]) == ("checked", 2, 1, 1)
    findings = tax.client.get(f"{PUSH}/{number}/findings").json()
    assert findings["total"] == 1
    assert findings["findings"][0]["column"] == "实际入库税款"


def test_the_same_key_and_bytes_are_the_same_delivery(tax: Caller) -> None:
    first, second = push(tax, table("100")).json(), push(tax, table("100")).json()
    assert first["id"] == second["id"]
    assert Delivery.objects.count() == 1


def test_the_same_key_with_other_bytes_is_refused(tax: Caller) -> None:
    push(tax, table("100"))
    answer = push(tax, table("200"))
    assert answer.status_code == 409
    assert answer.json()["detail"]
    assert Delivery.objects.count() == 1


def test_a_push_without_a_key_of_its_own_is_refused(tax: Caller) -> None:
    answer = tax.client.post(PUSH, {"as_of": "2026-07-01", "file": SimpleUploadedFile("a.csv", b"a")})
    assert answer.status_code == 422
    assert "Idempotency-Key" in answer.json()["detail"]


@pytest.mark.parametrize("fields", [{"as_of": "2026-02-29"}, {"mode": "replace"}, {"as_of": ""}])
def test_what_does_not_fit_the_description_is_refused(tax: Caller, fields: dict[str, str]) -> None:
    assert push(tax, table("1"), **fields).status_code == 422
    assert not Delivery.objects.exists()


def test_another_suppliers_feed_is_not_there(tax: Caller, reviewer_key: Caller) -> None:
    assert reviewer_key.client.post(PUSH).status_code == 422
    assert push(reviewer_key, table("1")).status_code == 404


def test_another_districts_delivery_is_not_there(tax: Caller, other_tax: Caller) -> None:
    number = push(tax, table("100")).json()["id"]
    assert other_tax.client.get(f"{PUSH}/{number}").status_code == 404
    assert other_tax.client.get(f"{PUSH}/{number}/findings").status_code == 404
