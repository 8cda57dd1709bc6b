"""What officers do with an objection: accept, verify, consult suppliers, decide, answer. 附件一(二)3.b.

Correcting a published result also re-issues its directory entry: `directory.corrections.correct_result` does both.
"""

from collections.abc import Mapping, Sequence

from django.db import transaction

from jieti.accounts.models import Role, User
from jieti.accounts.perms import may_answer_for
from jieti.appeals import letters, telling
from jieti.appeals.desk import DESK, wrong_facts
from jieti.appeals.models import DisputedFact, Objection
from jieti.audit.actions import record
from jieti.determinations.amending import amend_result, rework
from jieti.determinations.fact_texts import known, shown, text_of, value_of, values_of
from jieti.determinations.models import Result
from jieti.determinations.running import plan_of
from jieti.kit import clock
from jieti.kit.errors import Refusal
from rulecore.model import Fact

REPLIED = "附件一(二)3.c"
SUPPLIERS = "正文三(一)"


@transaction.atomic
def accept(*, by: User, objection: Objection, version: int) -> Objection:
    """Takes the objection on. This and all below raise what `Desk.advance` raises."""
    done = DESK.advance(objection, "accept", by=by, version=version)
    telling.tell_appellant(telling.ACCEPTED, done)
    telling.tell_task(done, organisation=done.handler, role=Role.REVIEWER, task="核实")
    return done


@transaction.atomic
def not_accept(*, by: User, objection: Objection, version: int, reason: str) -> Objection:
    """Does not take it on; the appellant is still answered by letter."""
    outcome = Objection.Outcome.NOT_ACCEPTED.value
    return DESK.advance(
        objection, "not_accept", by=by, version=version, reason=reason, outcome=outcome, decision_reason=reason
    )


def verify(*, by: User, objection: Objection, version: int) -> Objection:
    """Begins to verify."""
    return DESK.advance(objection, "verify", by=by, version=version)


@transaction.atomic
def ask_evidence(*, by: User, objection: Objection, version: int, reason: str) -> Objection:
    """Asks the appellant for what `reason` says; the clock stops until the answer."""
    done = DESK.advance(objection, "ask_evidence", by=by, version=version, reason=reason)
    telling.tell_appellant(telling.WANTED, done, reason=reason.strip())
    return done


def end_waiting(*, by: User, objection: Objection, version: int) -> Objection:
    """Goes on without the evidence, once the time for it is certainly over."""
    return DESK.advance(objection, "end_waiting", by=by, version=version)


@transaction.atomic
def consult(*, by: User, objection: Objection, version: int, facts: Sequence[str], question: str) -> Objection:
    """Puts disputed facts to the bodies that supplied them; what they answered before is asked anew.

    Raises Refusal without a fact.
    """
    chosen = list(objection.disputed.filter(fact__in=facts).select_related("supplier"))
    if not chosen:
        raise Refusal("没有选择要核实的事实。", what_to_do="请勾选要转数据提供单位核实的事实。")
    suppliers = {one.supplier.key: one.supplier for one in chosen}
    owner = next(iter(suppliers)) if len(suppliers) == 1 else ""
    done = DESK.advance(objection, "consult", by=by, version=version, reason=question, owner=owner)
    for one in chosen:
        one.asked_at, one.answer, one.answered_by, one.answered_at = clock.now(), "", None, None
    DisputedFact.objects.bulk_update(chosen, ["asked_at", "answer", "answered_by", "answered_at"])
    for supplier in suppliers.values():
        role = telling.role_of(supplier, done)
        telling.tell_task(done, organisation=supplier, role=role, task="核实贵单位提供的数据")
    return done


@transaction.atomic
def answer(*, by: User, objection: Objection, fact: str, value: str | None, reason: str) -> Objection:
    """A supplier's officer says what the fact is (as kept; None: it cannot be told) and why.

    With the last answer the objection goes back to the verifier. Raises Refusal for a fact that was not put to the
    officer's organisation or is answered, for a value that the fact cannot have, and without a reason.
    """
    locked = _locked(objection)
    one = locked.disputed.waiting().select_for_update(of=("self",)).filter(fact=fact).first()
    if locked.state != "consulting" or one is None:
        raise Refusal("这一项事实现在没有等待答复。", what_to_do="请刷新页面，看清现在的情况。")
    if not may_answer_for(by, one.supplier):
        raise Refusal(f"这一项由{one.supplier}答复。", what_to_do="请由供数单位的工作人员办理。")
    if not reason.strip():
        raise Refusal("没有填写理由。", what_to_do="请写明核实的依据和情况。")
    asked = fact_of(locked, one.fact)
    if value is not None:
        one.verified = text_of(asked, value_of(asked, value))
    one.answer, one.answered_by, one.answered_at = reason.strip(), by, clock.now()
    one.save(update_fields=["answer", "answered_by", "answered_at", "verified"])
    if locked.disputed.waiting().exists():
        _record_answer(by, locked, one)
        return locked
    found = "无法核实" if value is None else shown(asked, one.verified or "")
    text = f"{asked.label}：{found}。{one.answer}"
    done = DESK.advance(locked, "answer", by=by, version=locked.version, reason=text, owner=locked.handler.key)
    telling.tell_task(done, organisation=done.handler, role=Role.REVIEWER, task="数据提供单位已经答复，继续核实")
    return done


@transaction.atomic
def recall(*, by: User, objection: Objection, version: int, reason: str) -> Objection:
    """Takes the question back from suppliers that have not answered."""
    done = DESK.advance(objection, "recall", by=by, version=version, reason=reason, owner=objection.handler.key)
    done.disputed.waiting().update(asked_at=None)
    return done


@transaction.atomic
def conclude(*, by: User, objection: Objection, version: int, values: Mapping[str, str], reason: str) -> Objection:
    """Proposes a decision: what each disputed fact was found to be (as kept), and why. Another person decides.

    Raises Refusal for a value that its fact cannot have, or while a fact has none.
    """
    for one in objection.disputed.all():
        fact = fact_of(objection, one.fact)
        one.verified = text_of(fact, value_of(fact, values[one.fact])) if one.fact in values else one.verified
        one.save(update_fields=["verified"])
    done = DESK.advance(objection, "conclude", by=by, version=version, reason=reason)
    telling.tell_task(done, organisation=done.handler, role=Role.APPROVER, task="作出决定")
    return done


def send_back(*, by: User, objection: Objection, version: int, reason: str) -> Objection:
    """The decider has it verified again."""
    return DESK.advance(objection, "send_back", by=by, version=version, reason=reason)


@transaction.atomic
def uphold(*, by: User, objection: Objection, version: int, reason: str) -> Objection:
    """Decides that the result rests on a wrong fact. Raises Refusal where no fact was found to be other than used."""
    return _decide(by, objection, version, "uphold", outcome=Objection.Outcome.UPHELD, reason=reason)


@transaction.atomic
def refuse(*, by: User, objection: Objection, version: int, reason: str) -> Objection:
    """Decides that the facts were as the result used them. Raises Refusal where one was found to be other."""
    return _decide(by, objection, version, "refuse", outcome=Objection.Outcome.REFUSED, reason=reason)


@transaction.atomic
def correct(*, by: User, objection: Objection, version: int) -> Objection:
    """Gives the result its next version with the facts found true; `corrected` is that version.

    Where somebody else has corrected the same facts meanwhile, it is the version that is current.
    """
    locked = _locked(objection)
    current = None
    if locked.state == "upheld" and locked.version == version:
        current = Result.objects.current().select_related("run").get(run=locked.result.run_id, uscc=locked.business_id)
        facts = values_of(plan_of(current.run).facts, {one.fact: one.verified or "" for one in wrong_facts(locked)})
        if rework(current, facts=facts).changed:
            current = amend_result(by=by, result=current, facts=facts, cause=cause_of(locked), clause=REPLIED)
    done = DESK.advance(locked, "correct", by=by, version=version, corrected=current)
    telling.tell_task(done, organisation=done.handler, role=Role.INTAKE_CLERK, task="答复申诉人")
    return done


@transaction.atomic
def reply(*, by: User, objection: Objection, version: int, message: str) -> Objection:
    """Answers the appellant by letter: numbers it, makes it, closes the objection. `message` is the letter's own part.

    Raises Refusal where no letter can be made, too.
    """
    locked = _locked(objection)
    made = letters.NOTHING
    if locked.version == version and locked.state in {"corrected", "refused", "not_accepted"}:
        made = letters.write(locked, message=message.strip())
    done = DESK.advance(
        locked,
        "reply",
        by=by,
        version=version,
        reason=message,
        reply_number=made.number,
        reply_text=made.text,
        reply_path=made.path,
    )
    telling.tell_appellant(telling.REPLIED, done)
    return done


def cause_of(objection: Objection) -> str:
    """How versions of results and of the directory name the objection that brought them about."""
    return f"objection:{objection.pk}"


def fact_of(objection: Objection, key: str) -> Fact:
    """A disputed fact as the rulebook of the result defines it."""
    return known(plan_of(objection.result.run).facts, key)


def _locked(objection: Objection) -> Objection:
    return Objection.objects.select_for_update(of=("self",)).get(pk=objection.pk)


def _decide(
    by: User, objection: Objection, version: int, step: str, *, outcome: Objection.Outcome, reason: str
) -> Objection:
    done = DESK.advance(
        objection, step, by=by, version=version, reason=reason, outcome=outcome.value, decision_reason=reason.strip()
    )
    telling.tell_appellant(telling.DECIDED, done)
    is_upheld = outcome is Objection.Outcome.UPHELD
    role, task = (Role.REVIEWER, "更正结果") if is_upheld else (Role.INTAKE_CLERK, "答复申诉人")
    telling.tell_task(done, organisation=done.handler, role=role, task=task)
    return done


def _record_answer(by: User, objection: Objection, one: DisputedFact) -> None:
    record(
        by=by,
        verb="appeals.answer_fact",
        subject=f"objection:{objection.pk}",
        detail={"fact": one.fact},
        clause=SUPPLIERS,
        jurisdiction=objection.jurisdiction_code,
    )
