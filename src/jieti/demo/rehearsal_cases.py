"""How an objection goes in a rehearsal: every step through the product's own actions, some of them late."""

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from jieti.accounts.models import User
from jieti.appeals import filing, handling
from jieti.appeals.filing import Contestable, contestable, file_objection, supply_evidence
from jieti.appeals.models import Objection
from jieti.determinations.fact_texts import text_of, value_of
from jieti.determinations.models import Result
from jieti.directory.corrections import correct_result
from jieti.kit import clock
from jieti.registry.models import Business
from rulecore.model import Fact

LATE = 0.12
"""The share of steps that somebody leaves lying for a month and a half."""
LATE_DAYS = 45


@dataclass(frozen=True)
class Desk:
    """Who handles objections; `suppliers` are officers by the key of their body."""

    acceptor: User
    verifier: User
    decider: User
    suppliers: Mapping[str, User]


@dataclass
class Course:
    """One objection on its way; `steps` yields the days until somebody takes the next step."""

    rng: Random
    desk: Desk
    by: User
    business: Business

    def steps(self) -> Iterator[int]:
        """Files it and takes it to its end."""
        found = self._file()
        if found is None:
            return
        yield self._pause(3)
        if self.rng.random() < 0.1:
            filing.withdraw(by=self.by, objection=found, version=found.version)
            return
        if self.rng.random() < 0.1:
            found = handling.not_accept(
                by=self.desk.acceptor, objection=found, version=found.version, reason="不是本户的事实"
            )
            yield self._pause(2)
            self._reply(found)
            return
        found = handling.accept(by=self.desk.acceptor, objection=found, version=found.version)
        yield self._pause(2)
        found = handling.verify(by=self.desk.verifier, objection=found, version=found.version)
        yield self._pause(4)
        found = yield from self._evidence(found)
        found = yield from self._consultation(found)
        yield from self._decision(found)

    def _file(self) -> Objection | None:
        result = Result.objects.published().latest_for(self.business.pk)
        if result is None or filing.window_of(result, self.business).is_closed:
            return None
        claims = self._claims(contestable(result, self.business))
        if not claims or Objection.objects.open().filter(result=result).exists():
            return None
        return file_objection(
            by=self.by, business=self.business, result=result, statement="与实际不符，见所附的凭证。", claims=claims
        )

    def _claims(self, facts: list[Contestable]) -> dict[str, str]:
        others = {one.fact.key: other_value(one.fact, one.used, self.rng) for one in facts}
        usable = [(key, text) for key, text in others.items() if text]
        return dict(self.rng.sample(usable, min(len(usable), self.rng.choice((1, 1, 2)))))

    def _evidence(self, found: Objection) -> Generator[int, None, Objection]:
        if self.rng.random() < 0.3:
            found = handling.ask_evidence(
                by=self.desk.verifier, objection=found, version=found.version, reason="请补充原始凭证"
            )
            yield self.rng.randint(1, 8)
            if self.rng.random() < 0.6:
                found = supply_evidence(by=self.by, objection=found, version=found.version, statement="凭证编号见附件")
            else:
                yield from _until_over(found)
                found = handling.end_waiting(by=self.desk.verifier, objection=found, version=found.version)
            yield self._pause(2)
        return found

    def _consultation(self, found: Objection) -> Generator[int, None, Objection]:
        if self.rng.random() < 0.4:
            keys = [one.fact for one in found.disputed.all()]
            found = handling.consult(
                by=self.desk.verifier, objection=found, version=found.version, facts=keys, question="请核实"
            )
            yield self._pause(5)
            for one in found.disputed.select_related("supplier"):
                officer = self.desk.suppliers[one.supplier.key]
                value = one.claimed if self.rng.random() < 0.5 else one.used
                found = handling.answer(by=officer, objection=found, fact=one.fact, value=value, reason="已核对底册")
            yield self._pause(2)
        return found

    def _decision(self, found: Objection) -> Iterator[int]:
        values = {
            one.fact: one.verified if one.verified is not None else self.rng.choice((one.claimed, one.used))
            for one in found.disputed.all()
        }
        found = handling.conclude(
            by=self.desk.verifier, objection=found, version=found.version, values=values, reason="已核实"
        )
        yield self._pause(3)
        is_wrong = any(values[one.fact] != one.used for one in found.disputed.all())
        decide = handling.uphold if is_wrong else handling.refuse
        found = decide(by=self.desk.decider, objection=found, version=found.version, reason="依据核实的情况")
        yield self._pause(3)
        if is_wrong:
            found = correct_result(by=self.desk.verifier, objection=found, version=found.version)
            yield self._pause(2)
        self._reply(found)

    def _reply(self, found: Objection) -> None:
        handling.reply(by=self.desk.acceptor, objection=found, version=found.version, message="特此答复。")

    def _pause(self, most: int) -> int:
        return LATE_DAYS if self.rng.random() < LATE else self.rng.randint(0, most)


def other_value(fact: Fact, used: str, rng: Random) -> str:
    """Another value of the fact as kept; empty where none is near at hand."""
    value = value_of(fact, used)
    match value:
        case bool():
            return text_of(fact, not value)
        case Decimal():
            return text_of(fact, value * 2 + rng.randint(1, 400_000))
        case int():
            return text_of(fact, value + rng.randint(1, 4))
        case date():
            return text_of(fact, value - timedelta(days=366))
        case None if fact.type == "money":
            return text_of(fact, Decimal(rng.randint(0, 4_000_000)))
        case None if fact.type == "bool":
            return text_of(fact, rng.random() < 0.5)
        case _:
            return next((text for text in fact.values if text != used), "")


def _until_over(found: Objection) -> Iterator[int]:
    """Waits until the deadline is certainly over."""
    last = found.due_latest or clock.today()
    yield max(1, (last - clock.today()).days + 1)
