"""People are told apart by their identity number, which is nowhere to be read, and bound to what is theirs alone."""

from datetime import date

import pytest
from django.db import connection

from jieti.accounts.models import User
from jieti.audit.models import Event
from jieti.demo.identities import Papers
from jieti.kit.errors import Refusal
from jieti.kit.protection import decrypt, keyed_hash
from jieti.registry.models import Business, BusinessRecord, Person, Proprietorship
from jieti.registry.persons import bind_by_identity, businesses_of, normal_identity, normal_name, other_businesses
from tests.factories.tables import code
from tests.registry.register import accept, row

PAPERS = Papers(1)
ONE, TWO = PAPERS.identity(1), PAPERS.identity(2)
PHONE = PAPERS.phone(1)
JULY, AUGUST = date(2026, 7, 1), date(2026, 8, 1)


def test_two_shops_with_one_number_are_one_persons(intake_clerk: User) -> None:
    rows = [row(code(1), identity=ONE, phone=PHONE), row(code(2), identity=ONE), row(code(3), identity=TWO)]
    accept(rows, by=intake_clerk, as_of=JULY)
    person = Person.objects.get(identity_hash=keyed_hash(ONE))
    assert [one.pk for one in businesses_of(person)] == sorted([code(1), code(2)])
    assert [one.pk for one in other_businesses(Business.objects.get(pk=code(1)))] == [code(2)]
    assert other_businesses(Business.objects.get(pk=code(3))) == []
    assert decrypt(bytes(person.phone_cipher or b"")) == PHONE
    assert BusinessRecord.objects.get(uscc=code(1)).person == person


def test_equal_names_are_not_one_person(intake_clerk: User) -> None:
    accept([row(code(1), identity=ONE), row(code(2), identity=TWO)], by=intake_clerk, as_of=JULY)
    assert Person.objects.count() == 2


def test_no_number_no_person(intake_clerk: User) -> None:
    accept([row(code(1)), row(code(2), identity=ONE)], by=intake_clerk, as_of=JULY)
    assert Business.objects.get(pk=code(1)).person is None
    accept([row(code(1)), row(code(2))], by=intake_clerk, as_of=AUGUST)
    assert Business.objects.get(pk=code(2)).person is None
    assert BusinessRecord.objects.current().filter(uscc=code(2)).valid_on(JULY).get().person is not None


def test_a_new_proprietor_is_a_new_state(intake_clerk: User) -> None:
    accept([row(code(1), identity=ONE)], by=intake_clerk, as_of=JULY)
    accept([row(code(1), identity=TWO)], by=intake_clerk, as_of=AUGUST)
    hashes = [
        one.person and one.person.identity_hash for one in BusinessRecord.objects.current().order_by("valid_from")
    ]
    assert hashes == [keyed_hash(ONE), keyed_hash(TWO)]


def test_the_same_numbers_again_leave_the_person_as_it_was(intake_clerk: User) -> None:
    accept([row(code(1), identity=ONE, phone=PHONE)], by=intake_clerk, as_of=JULY)
    before = Person.objects.values().get()
    accept([row(code(1), identity=ONE, phone=PHONE)], by=intake_clerk, as_of=AUGUST)
    assert Person.objects.values().get() == before
    accept([row(code(1), identity=ONE)], by=intake_clerk, as_of=date(2026, 9, 1))
    assert Person.objects.values().get() == before


def test_numbers_are_nowhere_in_the_database(intake_clerk: User) -> None:
    accept([row(code(1), identity=ONE, phone=PHONE)], by=intake_clerk, as_of=JULY)
    with connection.cursor() as cursor:
        cursor.execute(
            "select string_agg(p::text || b::text || r::text, '') from registry_person p, registry_business b, "
            "registry_businessrecord r"
        )
        (everything,) = cursor.fetchone()
    assert ONE not in everything
    assert PHONE not in everything


def test_binding_needs_number_and_name(intake_clerk: User, outsider: User) -> None:
    rows = [row(code(1), identity=ONE), row(code(2), identity=ONE), row(code(3), identity=TWO)]
    accept(rows, by=intake_clerk, as_of=JULY)
    with pytest.raises(Refusal, match="都一致") as wrong_name:
        bind_by_identity(by=None, user=outsider, name="王建军", identity_number=ONE)
    with pytest.raises(Refusal, match="都一致") as wrong_number:
        bind_by_identity(by=None, user=outsider, name="王建国", identity_number=PAPERS.identity(9))
    assert str(wrong_name.value) == str(wrong_number.value)
    assert wrong_name.value.what_to_do
    links = bind_by_identity(by=outsider, user=outsider, name=" 王 建国", identity_number=f" {ONE} ")
    assert sorted(link.business_id for link in links) == sorted([code(1), code(2)])


def test_binding_twice_is_recorded_once_and_without_the_number(intake_clerk: User, outsider: User) -> None:
    accept([row(code(1), identity=ONE)], by=intake_clerk, as_of=JULY)
    for _ in range(2):
        bind_by_identity(by=outsider, user=outsider, name="王建国", identity_number=ONE)
    event = Event.objects.get(verb="registry.bind_by_identity")
    assert event.detail == {"businesses": [code(1)]}
    assert ONE not in str(event.__dict__)
    assert Proprietorship.objects.count() == 1


def test_a_shop_that_has_left_the_register_is_not_bound(intake_clerk: User, outsider: User) -> None:
    accept([row(code(1), identity=ONE), row(code(2), identity=TWO)], by=intake_clerk, as_of=JULY)
    accept([row(code(2), identity=TWO)], by=intake_clerk, as_of=AUGUST)
    with pytest.raises(Refusal):
        bind_by_identity(by=None, user=outsider, name="王建国", identity_number=ONE)


@pytest.mark.parametrize("number", ["", "123", ONE[:-1], ONE[:-1] + ("1" if ONE[-1] != "1" else "2"), "X" * 18])
def test_what_is_no_identity_number_is_refused(number: str) -> None:
    with pytest.raises(Refusal, match="有效"):
        normal_identity(number)


def test_spellings_of_one_number_and_one_name() -> None:
    with_x = next(PAPERS.identity(n) for n in range(200) if PAPERS.identity(n).endswith("X"))
    assert normal_identity(with_x.lower()) == with_x
    assert normal_identity("".join(chr(ord(c) + 0xFEE0) for c in with_x)) == with_x
    assert normal_name("阿卜杜拉•买买提") == normal_name(" 阿卜杜拉·买买提 ")
    assert normal_name("王建国") != normal_name("王建围")
