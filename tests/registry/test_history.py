"""What the register said, of which day and at which moment, against a list that is kept by hand."""

import datetime
from dataclasses import dataclass, field
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jieti.accounts.models import User
from jieti.kit import clock
from jieti.registry.history import register_at, tables_known_at
from jieti.registry.models import Business, BusinessRecord, Delivery
from tests.factories.tables import code
from tests.registry.register import accept, row

ESTABLISHED = date(2015, 1, 1)
DAYS = [date(2026, month, 1) for month in range(1, 9)]
CODES = [code(1), code(2)]
PROBES = [date(2014, 12, 31), ESTABLISHED, *(day + datetime.timedelta(days=shift) for day in DAYS for shift in (-1, 0))]
Said = dict[str, str]


@dataclass
class Span:
    """What the list holds of one business: a name for the days from … until before, and of which day it was told."""

    start: date
    end: date
    name: str
    told: date
    corrected: bool


@dataclass
class Naive:
    """The rules of the history in plain words, one business at a time, one delivery at a time."""

    spans: dict[str, list[Span]] = field(default_factory=dict)
    full_days: list[date] = field(default_factory=list)
    table: Said = field(default_factory=dict)

    def take(self, said: Said, day: date, mode: str, *, corrects: bool) -> None:
        for uscc in CODES:
            changed = said.get(uscc) != self.table.get(uscc)
            if mode == "full" or (changed and uscc in said):
                self._tell(uscc, said.get(uscc), day, corrects=corrects)
        if mode == "full":
            self.full_days.append(day)
        self.table = dict(said)

    def name(self, uscc: str, day: date) -> str | None:
        return next((one.name for one in self.spans.get(uscc, []) if one.start <= day < one.end), None)

    def _tell(self, uscc: str, name: str | None, day: date, *, corrects: bool) -> None:
        spans = self.spans.setdefault(uscc, [])
        here = next((one for one in spans if one.start <= day < one.end), None)
        later = [one.start for one in spans if one.start > day] + [one for one in self.full_days if one > day]
        if here is None:
            if name is not None:
                start = day if any(one.start <= day for one in spans) else min(ESTABLISHED, day)
                spans.append(Span(start, min(later, default=date.max), name, day, corrects))
            return
        before_told = here.told > day and not here.corrected
        if here.name == name or (name is None and before_told):
            return
        is_first = here.start == min(one.start for one in spans)
        start, end = day, min([here.end, *later, *([here.told] if here.told > day else [])])
        if corrects:
            start, end = here.start, here.end
        elif here.told == day:
            start = here.start
        elif before_told:
            start = here.start if is_first and not any(one < day for one in self.full_days) else day
        spans.remove(here)
        rest = [Span(here.start, start, *_said(here)), Span(end, here.end, *_said(here))]
        spans.extend(one for one in rest if one.start < one.end)
        if name is not None:
            spans.append(Span(start, end, name, day, corrects))


def _said(span: Span) -> tuple[str, date, bool]:
    return span.name, span.told, span.corrected


SAID = st.dictionaries(st.sampled_from(CODES), st.sampled_from("甲乙丙"), min_size=1)
STEPS = st.lists(
    st.tuples(SAID, st.sampled_from(DAYS), st.sampled_from(("full", "supplement", "correction"))), max_size=6
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_every_moment_and_day_as_the_list_has_it(intake_clerk: User, steps: list[tuple[Said, date, str]]) -> None:
    naive, moments = Naive(), []
    with transaction.atomic():
        for said, day, kind in steps:
            mode = "supplement" if kind == "correction" and naive.full_days else "full"
            mode = "supplement" if kind == "supplement" and naive.full_days else mode
            corrects = kind == "correction" and mode == "supplement"
            whole = said if mode == "full" else naive.table | said
            accept(
                [row(one, name=whole[one]) for one in whole],
                by=intake_clerk,
                as_of=day,
                mode=mode,
                is_correction=corrects,
            )
            naive.take(whole, day, mode, corrects=corrects)
            moments.append((clock.now(), {(one, day): naive.name(one, day) for one in CODES for day in PROBES}))
        for moment, expected in moments:
            assert known(moment) == expected
        transaction.set_rollback(True)


def known(moment: datetime.datetime) -> dict[tuple[str, date], str | None]:
    records = list(BusinessRecord.objects.known_at(moment))
    found: dict[tuple[str, date], str | None] = {(one, day): None for one in CODES for day in PROBES}
    for uscc, day in found:
        names = [
            one.name
            for one in records
            if one.uscc == uscc and one.valid_from <= day and (one.valid_to is None or day < one.valid_to)
        ]
        assert len(names) <= 1
        found[uscc, day] = names[0] if names else None
    return found


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(st.sampled_from("甲乙丙"), min_size=2, max_size=5), data=st.data())
def test_the_order_of_arrival_does_not_matter(intake_clerk: User, names: list[str], data: st.DataObject) -> None:
    """Full deliveries about different days tell the same story whichever comes first."""
    told = list(zip(DAYS, names, strict=False))
    answers = []
    for order in (told, data.draw(st.permutations(told))):
        with transaction.atomic():
            for day, name in order:
                accept([row(CODES[0], name=name)], by=intake_clerk, as_of=day)
            answers.append(known(clock.now()))
            transaction.set_rollback(True)
    assert answers[0] == answers[1]


def test_a_change_of_name_keeps_the_name_before(intake_clerk: User) -> None:
    before_first = clock.now()
    first = accept([row(CODES[0], name="甲")], by=intake_clerk, as_of=DAYS[0])
    before = clock.now()
    second = accept([row(CODES[0], name="乙")], by=intake_clerk, as_of=DAYS[3])
    records = BusinessRecord.objects.current().order_by("valid_from")
    assert [(one.name, one.valid_from, one.valid_to, one.delivery) for one in records] == [
        ("甲", ESTABLISHED, DAYS[3], first),
        ("乙", DAYS[3], None, second),
    ]
    then = register_at(before, first.jurisdiction)
    assert [(one.name, one.valid_to) for one in then] == [("甲", None)]
    assert not register_at(before_first, first.jurisdiction).exists()
    assert [one.name for one in register_at(clock.now(), first.jurisdiction).valid_on(DAYS[2])] == ["甲"]


def test_a_delivery_that_says_nothing_new_writes_nothing(intake_clerk: User) -> None:
    for day in DAYS[:3]:
        accept([row(one) for one in CODES], by=intake_clerk, as_of=day)
    assert BusinessRecord.objects.count() == 2


def test_a_correction_replaces_the_wrong_state_from_its_beginning(intake_clerk: User) -> None:
    accept([row(CODES[0], name="错")], by=intake_clerk, as_of=DAYS[0])
    accept([row(CODES[0], name="对")], by=intake_clerk, as_of=DAYS[5], mode="supplement", is_correction=True)
    assert [(one.name, one.valid_from) for one in BusinessRecord.objects.current()] == [("对", ESTABLISHED)]
    assert BusinessRecord.objects.filter(name="错", known__endswith__isnull=False).count() == 1


def test_what_a_full_delivery_leaves_out_is_no_longer_there(intake_clerk: User) -> None:
    accept([row(one) for one in CODES], by=intake_clerk, as_of=DAYS[0])
    accept([row(CODES[0])], by=intake_clerk, as_of=DAYS[1])
    assert BusinessRecord.objects.current().valid_on(DAYS[1]).get().uscc == CODES[0]
    assert BusinessRecord.objects.current().valid_on(DAYS[0]).count() == 2


def test_another_district_is_left_alone(intake_clerk: User) -> None:
    from tests.factories.accounts import make_jurisdiction

    other = make_jurisdiction("110117", "北京市平谷区", "cn-999999-demo-variant")
    accept([row(CODES[0])], by=intake_clerk, as_of=DAYS[0])
    accept([row(CODES[1])], by=intake_clerk, as_of=DAYS[1], jurisdiction=other)
    assert BusinessRecord.objects.current().valid_on(DAYS[2]).count() == 2
    assert register_at(clock.now(), other).get().uscc == CODES[1]


def test_the_database_refuses_two_states_for_one_day_and_moment(intake_clerk: User) -> None:
    accept([row(CODES[0])], by=intake_clerk, as_of=DAYS[0])
    one = BusinessRecord.objects.get()
    one.pk, one.valid_from = None, DAYS[0]
    with pytest.raises(IntegrityError, match="two records"), transaction.atomic():
        one.save(force_insert=True)


def test_the_database_refuses_what_refers_to_nothing(intake_clerk: User) -> None:
    accept([row(CODES[0])], by=intake_clerk, as_of=DAYS[0])
    nowhere = {"jurisdiction_id": "000000", "delivery_id": 0, "person_id": 0}
    for name, value in nowhere.items():
        record = BusinessRecord.objects.get()
        record.pk, record.uscc = None, CODES[1]
        setattr(record, name, value)
        with pytest.raises(IntegrityError, match="refers to what is not there"), transaction.atomic():
            record.save(force_insert=True)
    for name, value in {**nowhere, "absent_since_id": 0}.items():
        with pytest.raises(IntegrityError, match="refers to what is not there"), transaction.atomic():
            Business.objects.update(**{name: value})


def test_one_wrong_record_among_many_is_refused_with_all(intake_clerk: User) -> None:
    accept([row(CODES[0])], by=intake_clerk, as_of=DAYS[0])
    one = BusinessRecord.objects.get()
    shared = {f.attname: getattr(one, f.attname) for f in one._meta.concrete_fields if f.attname not in ("id", "uscc")}
    fresh = [BusinessRecord(uscc=code(number), **shared) for number in range(100, 200)]
    wrong = BusinessRecord(uscc=CODES[0], **{**shared, "valid_from": DAYS[0]})
    with pytest.raises(IntegrityError, match="two records"), transaction.atomic():
        BusinessRecord.objects.bulk_create([*fresh, wrong])
    assert len(BusinessRecord.objects.bulk_create(fresh)) == 100


def test_the_database_refuses_to_rewrite_or_delete_history(intake_clerk: User) -> None:
    accept([row(CODES[0])], by=intake_clerk, as_of=DAYS[0])
    with pytest.raises(IntegrityError, match="only the end"), transaction.atomic():
        BusinessRecord.objects.update(name="伪造")
    with pytest.raises(IntegrityError, match="never deleted"), transaction.atomic():
        BusinessRecord.objects.all().delete()
    with pytest.raises(IntegrityError, match="never deleted"), connection.cursor() as cursor, transaction.atomic():
        cursor.execute("delete from registry_businessrecord")
    assert Business.objects.filter(name=F("name")).count() == 1


def test_the_tables_that_counted_at_a_moment(intake_clerk: User) -> None:
    before_first = clock.now()
    first = accept([row(CODES[0])], by=intake_clerk, as_of=DAYS[0])
    between = clock.now()
    second = accept([row(CODES[1])], by=intake_clerk, as_of=DAYS[1])
    home = first.jurisdiction
    assert tables_known_at(between, home) == {"registration": first}
    assert tables_known_at(clock.now(), home) == {"registration": second}
    assert tables_known_at(before_first, home) == {}
    assert Delivery.objects.of(home).count() == 2
