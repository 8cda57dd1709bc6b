"""The registry takes exactly the steps that the tables of domain.workflows have, every one and no other."""

import datetime
import io
from collections.abc import Callable

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from jieti.accounts.models import Organisation, Role, User
from jieti.domain.workflows import WORKFLOWS
from jieti.domain.workflows.table import Workflow
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.registry import actions
from jieti.registry.actions import (
    confirm_delivery,
    decline_delivery,
    give_up_loading,
    load_confirmed,
    order_confirmation,
    receive_delivery,
)
from jieti.registry.corrections import answer_corrected, raise_correction, uphold, withdraw_correction
from jieti.registry.models import Business, CorrectionRequest, Delivery, Proprietorship
from jieti.registry.reading import give_up, read_delivery
from tests.factories.accounts import make_officer, make_user
from tests.factories.deliveries import delivered, second_officer
from tests.factories.tables import code, register, registered, xlsx

pytestmark = pytest.mark.django_db
Edges = set[tuple[str, str]]
NEW, OLD = datetime.date(2026, 7, 1), datetime.date(2026, 6, 1)
NOTE = """
create temporary table taken (was text, became text) on commit drop;
create function pg_temp.note() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        insert into taken values ('', new.status);
    elsif old.status <> new.status then
        insert into taken values (old.status, new.status);
    end if;
    return null;
end $$;
create trigger noted after insert or update on {table} for each row execute function pg_temp.note();
"""


def noted(model: type[Delivery] | type[CorrectionRequest]) -> None:
    """From here on the database itself notes how the status of every row changes."""
    with connection.cursor() as cursor:
        cursor.execute(NOTE.format(table=model._meta.db_table))


def taken() -> Edges:
    with connection.cursor() as cursor:
        cursor.execute("select distinct was, became from taken")
        return set(cursor.fetchall())


def edges_of(table: Workflow) -> Edges:
    return {(source, step.target) for step in table.steps for source in step.sources or ("",)}


@pytest.mark.parametrize(
    ("table", "statuses"), [("delivery", Delivery.Status), ("correction", CorrectionRequest.Status)]
)
def test_the_states_are_the_tables_and_called_alike(
    table: str, statuses: type[Delivery.Status] | type[CorrectionRequest.Status]
) -> None:
    states = WORKFLOWS[table].states
    assert {key: state.label for key, state in states.items()} == {one.value: one.label for one in statuses}


@pytest.fixture
def hand_in(intake_clerk: User) -> Callable[..., Delivery]:
    """A table of its own each time, received and not yet read."""
    count = iter(range(1, 100))

    def receive(*, as_of: datetime.date = NEW, mode: str = "full", content: bytes = b"") -> Delivery:
        file = io.BytesIO(content) if content else xlsx(register(registered(1, 名称=f"饭馆{next(count)}号")))
        return receive_delivery(
            by=intake_clerk, source_key="registration", file=file, file_name="名册.xlsx", as_of=as_of, mode=mode
        )

    return receive


def test_a_delivery_takes_every_step_of_its_table_and_no_other(
    hand_in: Callable[..., Delivery], monkeypatch: pytest.MonkeyPatch
) -> None:
    noted(Delivery)
    second = second_officer()
    confirm_delivery(by=second, delivery=read_delivery(hand_in()))
    assert read_delivery(hand_in(content=b"%PDF-1.7")).status == "refused"
    give_up(hand_in())
    decline_delivery(by=second, delivery=read_delivery(hand_in()), reason="文件不完整")
    # Older than what counts: held.
    decline_delivery(by=second, delivery=read_delivery(hand_in(as_of=OLD)), reason="旧数据")
    for day in (NEW, datetime.date(2026, 4, 1)):
        supplement = read_delivery(hand_in(as_of=day, mode="supplement"))
        confirm_delivery(by=second, delivery=read_delivery(hand_in(as_of=OLD)), reason="补送旧数据")
        with pytest.raises(Refusal, match="重新读入"):
            confirm_delivery(by=second, delivery=supplement, reason="已核实")
    monkeypatch.setattr(actions, "AT_ONCE", 0)
    for day in (NEW, datetime.date(2026, 5, 1)):
        going = order_confirmation(by=second, delivery=read_delivery(hand_in(as_of=day)), reason="已核实")
        give_up_loading(delivery=going)
        load_confirmed(delivery=order_confirmation(by=second, delivery=going, reason="已核实"))
    assert taken() == edges_of(WORKFLOWS["delivery"])
    assert ProcrastinateJob.objects.filter(task_name=actions.LOAD_TASK).count() == 4


def test_a_correction_takes_every_step_of_its_table_and_no_other(intake_clerk: User, district: Organisation) -> None:
    rows = register(registered(1))
    delivered(by=intake_clerk, source="registration", file=xlsx(rows), file_name="名册.xlsx", as_of=NEW)
    owner, officer = make_user("owner"), make_officer(district, Role.REVIEWER, username="answers")
    business = Business.objects.get(pk=code(1))
    Proprietorship.objects.create(user=owner, business=business)
    noted(CorrectionRequest)

    def ask() -> CorrectionRequest:
        return raise_correction(
            by=owner, business=business, source_key="registration", item="address", shown_value="", claim="搬了"
        )

    withdraw_correction(by=owner, request=ask())
    uphold(by=officer, request=ask(), reasons="与档案一致")
    asked = ask()
    rows = register(registered(1, 经营场所="某路2号"))
    today = clock.today()
    mended = delivered(by=intake_clerk, source="registration", file=xlsx(rows), file_name="更正.xlsx", as_of=today)
    answer_corrected(by=officer, request=asked, delivery=mended, answer="已更正")
    assert taken() == edges_of(WORKFLOWS["correction"])
