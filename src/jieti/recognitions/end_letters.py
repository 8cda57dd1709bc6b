"""Decisions and notices about the end of a title: numbered without gaps, kept encrypted (附件三(五))."""

import datetime
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from jieti.accounts.scope import regulator_of
from jieti.domain.periods import add_years
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.kit.letters import Letter, pdf_of
from jieti.kit.protection import encrypting_writer
from jieti.recognitions.models import NumberSeries, Recognition
from jieti.recognitions.titles import CLAUSE
from jieti.rulebooks.catalogue import current_rulebook, procedure_of

FOLDER = "recognitions/letters"
"""Where letters are kept, below settings.DATA_DIR."""
REVIEW_LAW = "《中华人民共和国行政复议法》第二十条"
SUIT_LAW = "《中华人民共和国行政诉讼法》第四十六条"
NO_FEE = "办理认定和终止认定不收取任何费用"
TITLES = {
    Recognition.End.WITHDRAWN: "关于取消名特优新个体工商户认定的决定",
    Recognition.End.REVOKED: "关于撤销名特优新个体工商户认定的决定",
    Recognition.End.EXPIRED: "关于名特优新个体工商户认定到期的通知",
    Recognition.End.CONVERTED: "关于名特优新个体工商户认定因个转企终止的通知",
    Recognition.End.DEREGISTERED: "关于名特优新个体工商户认定因注销终止的通知",
}
DECISIONS = {
    Recognition.End.WITHDRAWN: "取消对你户的认定",
    Recognition.End.REVOKED: "撤销对你户的认定",
    Recognition.End.EXPIRED: "你户的认定有效期届满，没有延期，自次日起终止",
    Recognition.End.CONVERTED: "你户已转为企业，个体工商户的认定随之终止",
    Recognition.End.DEREGISTERED: "你户已办理注销登记，认定随之终止",
}
DECIDED = frozenset({Recognition.End.WITHDRAWN, Recognition.End.REVOKED})


@dataclass(frozen=True, slots=True)
class Written:
    """A letter as it was made; `path` is that of the encrypted file below settings.DATA_DIR."""

    number: str
    path: str


NOTHING = Written("", "")
"""No letter."""


def write(recognition: Recognition, *, kind: str, reason: str) -> Written:
    """Numbers, makes and keeps the letter; belongs in the transaction of the end, which keeps the numbers gapless.

    Raises Refusal where the rulebook has no number series, or the letter cannot be set.
    """
    letter = letter_of(recognition, kind=Recognition.End(kind), reason=reason, number=_next_number(recognition))
    pdf = pdf_of(letter)
    folder = Path(settings.DATA_DIR) / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / secrets.token_hex(16)
    with encrypting_writer(file) as out:
        out.write(pdf)
    return Written(letter.number, file.relative_to(settings.DATA_DIR).as_posix())


def letter_of(recognition: Recognition, *, kind: Recognition.End, reason: str, number: str) -> Letter:
    """What the letter says."""
    return Letter(
        issuer=regulator_of(recognition.jurisdiction).name,
        number=number,
        title=TITLES[kind],
        addressee=recognition.business.name,
        paragraphs=tuple(_paragraphs(recognition, kind, reason)),
        day=clock.today(),
        notes=(NO_FEE,),
    )


def ban_until(recognition: Recognition) -> datetime.date | None:
    """The last day on which the business may not apply again; None where the end bars nothing (AMB-20)."""
    ban = procedure_of(recognition.jurisdiction).get("bans", {}).get("revocation")
    if recognition.end_kind != Recognition.End.REVOKED or recognition.ended_on is None or ban is None:
        return None
    return add_years(recognition.ended_on, ban["years"])


def remedies(recognition: Recognition) -> str:
    """What can be done against a decision."""
    return (
        f"如不服本决定，可以自收到之日起60日内依照{REVIEW_LAW}向{recognition.jurisdiction.name}人民政府申请行政复议，"
        f"也可以自收到之日起6个月内依照{SUIT_LAW}向人民法院提起行政诉讼。"
    )


def _paragraphs(recognition: Recognition, kind: Recognition.End, reason: str) -> list[str]:
    day, book = recognition.recognised_on, current_rulebook(recognition.jurisdiction)
    opening = (
        f"你户（统一社会信用代码{recognition.business_id}）于{day.year}年{day.month}月{day.day}日被认定为"
        f"{recognition.get_category_display()}类名特优新个体工商户，认定编号{recognition.number}。"
    )
    basis = f"根据《{book.title}》（{book.document['number']}）{CLAUSE}的规定，{DECISIONS[kind]}。"
    return [opening, f"{basis}理由：{_ended(reason)}", *_consequences(recognition, kind), "特此告知。"]


def _consequences(recognition: Recognition, kind: Recognition.End) -> list[str]:
    ban = procedure_of(recognition.jurisdiction).get("bans", {}).get("revocation", {})
    texts = {
        Recognition.End.REVOKED: (
            f"自本决定作出之日起停止享受培育措施，{ban.get('years', 0)}年内不得再次申报，并向社会公布。"
        ),
        Recognition.End.WITHDRAWN: "取消认定不影响以后再次申报或者被推荐。",
        Recognition.End.EXPIRED: "以后可以再次申报或者被推荐。",
        Recognition.End.CONVERTED: "转企后可以按规定申报专精特新等企业政策。",
    }
    found = [texts[kind]] if kind in texts else []
    return [*found, remedies(recognition)] if kind in DECIDED else found


def _next_number(recognition: Recognition) -> str:
    """怀市监认终字〔2026〕1号."""
    series = procedure_of(recognition.jurisdiction).get("endings", {}).get("letters")
    if not series:
        raise Refusal(
            "本区规则没有写明终止认定文书的发文字号。", what_to_do="请管理员在规则的 procedure.yaml 中补上 endings。"
        )
    key = {"jurisdiction": recognition.jurisdiction, "series": series, "year": clock.today().year}
    NumberSeries.objects.get_or_create(**key)
    row = NumberSeries.objects.select_for_update().get(**key)
    row.last += 1
    row.save(update_fields=["last"])
    return f"{series}〔{row.year}〕{row.last}号"


def _ended(text: str) -> str:
    """A sentence with its full stop."""
    stripped = text.strip()
    return stripped if stripped[-1:] in "。！？；" else f"{stripped}。"
