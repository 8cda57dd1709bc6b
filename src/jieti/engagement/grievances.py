"""诉求 taken in, handed on and answered. 正文二(三)7, 正文三(二)."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from django.db import IntegrityError, transaction

from jieti.accounts.models import Jurisdiction, Organisation, User
from jieti.audit.actions import record
from jieti.engagement import telling
from jieti.engagement.desks import GRIEVANCES
from jieti.engagement.models import Grievance, GrievanceFile
from jieti.engagement.routing import confidants_of, taker_of
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.kit.evidence import Kept, distinct, forget
from jieti.kit.protection import keyed_hash
from jieti.registry.models import Business

SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without those that people mistake for one another."""
LENGTH = 16
NUMBER = re.compile(rf"[{SIGNS}]{{{LENGTH}}}")
READ = "engagement.read_grievance"
FOLDER = "engagement/grievances"
"""Where the files are kept, encrypted, below settings.DATA_DIR."""


@dataclass(frozen=True, slots=True)
class Account:
    """What somebody wants to say: `asker` and `contact` may be empty, `accused` is the body complained of."""

    kind: str
    title: str
    statement: str
    accused: Organisation | None = None
    asker: str = ""
    contact: str = ""


def new_number() -> str:
    """A receipt number that nobody can guess; whoever lodges a grievance looks its answer up by it."""
    return "".join(secrets.choice(SIGNS) for _ in range(LENGTH))


def lodge(
    *,
    by: User | None,
    jurisdiction: Jurisdiction,
    account: Account,
    number: str,
    business: Business | None = None,
    evidence: Sequence[Kept] = (),
) -> Grievance:
    """Takes a grievance in, with an account or without; the same `number` sent twice is one grievance.

    What is told in confidence, and what comes without an account, is opened by the system: the record names nobody.
    Raises Refusal without a title or a statement, for an unknown kind, a business that `by` may not speak for, a
    number that is none of `new_number`, and more than ten files.
    """
    _demand_sound(account, number)
    _demand_speaker(by, business)
    handler = taker_of(jurisdiction, account.kind, account.accused)
    grievance = Grievance(
        jurisdiction=jurisdiction,
        kind=account.kind,
        business=business,
        raised_by=by,
        asker=account.asker.strip() or None,
        contact=account.contact.strip() or None,
        accused=account.accused,
        handler=handler,
        owner=handler.key,
        year=clock.today().year,
        title=account.title.strip(),
        statement=account.statement.strip(),
        receipt_hash=keyed_hash(number),
    )
    return _open(grievance, by, distinct(evidence))


def find(number: str) -> Grievance | None:
    """The grievance of a receipt number, as a person may have typed it."""
    plain = re.sub(r"[\s-]", "", number).upper()
    found = Grievance.objects.filter(receipt_hash=keyed_hash(plain)) if NUMBER.fullmatch(plain) else None
    return found.select_related("handler").first() if found is not None else None


@transaction.atomic
def accept(*, by: User, grievance: Grievance, version: int) -> Grievance:
    """The handling body takes it up."""
    done = GRIEVANCES.advance(grievance, "accept", by=by, version=version)
    telling.tell_asker(done, "已经受理")
    return done


@transaction.atomic
def hand_over(*, by: User, grievance: Grievance, version: int, to: Organisation, reason: str) -> Grievance:
    """Gives it to another body. Raises Refusal for the body complained of, for the one that has it, and, of what was
    told in confidence, for every body but those that the rulebook names for discipline.
    """
    if to.pk == grievance.accused_id:
        raise Refusal("不能转给被投诉的单位办理。", what_to_do="请选择其他单位。")
    if to.pk == grievance.handler_id:
        raise Refusal(f"已经由{to}办理。", what_to_do="请选择其他单位，或者直接办理。")
    if grievance.is_confidential and to not in confidants_of(grievance.jurisdiction):
        raise Refusal("收费、摊派和作风投诉只能转纪检或者上级单位。", what_to_do="请选择规则指定的单位。")
    done = GRIEVANCES.advance(grievance, "hand_over", by=by, version=version, reason=reason, owner=to.key, handler=to)
    telling.tell_body(telling.TASK, done, to)
    return done


@transaction.atomic
def answer(*, by: User, grievance: Grievance, version: int, words: str) -> Grievance:
    """Answers whoever asked, which closes it. Raises Refusal without words."""
    done = GRIEVANCES.advance(grievance, "answer", by=by, version=version, reason=words.strip(), answer=words.strip())
    telling.tell_asker(done, "已经答复")
    return done


def withdraw(*, by: User, grievance: Grievance, version: int) -> Grievance:
    """Takes it back. Raises Refusal for what was told in confidence: that would name who told it."""
    if grievance.is_confidential:
        raise Refusal("这类投诉由纪检办理，不能在网上撤回。", what_to_do="请把情况变化告诉承办单位。")
    return GRIEVANCES.advance(grievance, "withdraw", by=by, version=version)


def note_reading(*, by: User, grievance: Grievance) -> None:
    """Records that somebody read what was told in confidence; neither business nor asker is named."""
    record(by=by, verb=READ, subject=f"grievance:{grievance.pk}", jurisdiction=grievance.jurisdiction_id)


def _open(grievance: Grievance, by: User | None, files: Sequence[Kept]) -> Grievance:
    """Of two that carry the same number the database lets one through, with the files that came with it."""
    actor = None if grievance.is_confidential else by
    try:
        with transaction.atomic():
            GRIEVANCES.open(grievance, "file" if actor else "lodge", by=actor)
            GrievanceFile.objects.bulk_create(GrievanceFile(grievance=grievance, **asdict(one)) for one in files)
            telling.tell_body(telling.TASK, grievance, grievance.handler)
    except IntegrityError as error:
        if "receipt_hash" not in str(error):
            raise
        for one in files:
            forget(one.stored_as)
        return Grievance.objects.get(receipt_hash=grievance.receipt_hash)
    return grievance


def _demand_sound(account: Account, number: str) -> None:
    if account.kind not in Grievance.Kind.values:
        raise Refusal("没有这个种类。", what_to_do="请从列出的种类中选择。")
    if not account.title.strip() or not account.statement.strip():
        raise Refusal("没有填写完整。", what_to_do="请写明事由和内容。")
    if not NUMBER.fullmatch(number):
        raise Refusal("查询码无效。", what_to_do="请重新打开页面填写。")


def _demand_speaker(by: User | None, business: Business | None) -> None:
    if business is None:
        return
    if by is None or not Business.objects.handled_by(by, on=clock.today()).filter(pk=business.pk).exists():
        raise Refusal("您不能替这一户提出诉求。", what_to_do="请不选择个体工商户，或者由经营者本人提出。")
