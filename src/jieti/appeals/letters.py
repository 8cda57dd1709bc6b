"""The reply letter 答复书: numbered without gaps, in the look of an official letter, kept encrypted. 附件一(二)3.c."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from jieti.appeals.models import DisputedFact, LetterSeries, Objection
from jieti.determinations.fact_texts import known, shown
from jieti.determinations.running import plan_of
from jieti.domain.terms import Tier
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.kit.letters import Letter, pdf_of
from jieti.kit.protection import encrypting_writer
from jieti.rulebooks.catalogue import procedure_of

FOLDER = "objections/letters"
"""Where letters are kept, below settings.DATA_DIR."""
TITLE = "关于个体工商户分型结果异议申诉的答复"
CLAUSE = "附件一(二)3"
REVIEW_LAW = "《中华人民共和国行政复议法》第二十条"
SUIT_LAW = "《中华人民共和国行政诉讼法》第四十六条"
NO_FEE = "处理异议不收取任何费用"
DECISIONS = {
    Objection.Outcome.UPHELD: "异议成立",
    Objection.Outcome.REFUSED: "异议不成立，维持原分型结果",
    Objection.Outcome.NOT_ACCEPTED: "对异议不予受理",
}


@dataclass(frozen=True, slots=True)
class Written:
    """A letter as it was made; `path` is that of the encrypted file below settings.DATA_DIR."""

    number: str
    text: str
    path: str


NOTHING = Written("", "", "")
"""No letter."""


def write(objection: Objection, *, message: str) -> Written:
    """Numbers, makes and keeps the letter; belongs in the transaction of the step, which keeps the numbers gapless.

    Raises Refusal where the rulebook has no number series for the handler, or the letter cannot be set.
    """
    letter = letter_of(objection, number=_next_number(objection), message=message)
    pdf = pdf_of(letter)
    folder = Path(settings.DATA_DIR) / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / secrets.token_hex(16)
    with encrypting_writer(file) as out:
        out.write(pdf)
    return Written(letter.number, letter.text, file.relative_to(settings.DATA_DIR).as_posix())


def letter_of(objection: Objection, *, number: str, message: str) -> Letter:
    """What the letter says; `message` is the clerk's own part."""
    return Letter(
        issuer=objection.handler.name,
        number=number,
        title=TITLE,
        addressee=objection.business.name,
        paragraphs=tuple(part for part in _paragraphs(objection, message) if part),
        day=clock.today(),
        notes=(NO_FEE,),
    )


def remedies(objection: Objection) -> str:
    """What can be done against an answer that does not follow the objection; empty where it does."""
    if objection.outcome not in {Objection.Outcome.REFUSED, Objection.Outcome.NOT_ACCEPTED}:
        return ""
    government = f"{objection.handler.jurisdiction.name}人民政府"
    return (
        f"如对本答复不服，可以自收到本答复之日起60日内依照{REVIEW_LAW}向{government}申请行政复议，"
        f"也可以自收到本答复之日起6个月内依照{SUIT_LAW}向人民法院提起行政诉讼。"
    )


def _next_number(objection: Objection) -> str:
    """怀市监异字〔2026〕1号."""
    series = procedure_of(objection.jurisdiction).get("objections", {}).get("letters", {}).get(objection.handler.key)
    if not series:
        raise Refusal(
            f"本区规则没有写明{objection.handler}答复书的发文字号。",
            what_to_do="请管理员在规则的 procedure.yaml 中补上 objections.letters。",
        )
    year = clock.today().year
    LetterSeries.objects.get_or_create(organisation=objection.handler, year=year)
    row = LetterSeries.objects.select_for_update().get(organisation=objection.handler, year=year)
    row.last += 1
    row.save(update_fields=["last"])
    return f"{series}〔{year}〕{row.last}号"


def _paragraphs(objection: Objection, message: str) -> list[str]:
    outcome = Objection.Outcome(objection.outcome)
    return [
        _opening(objection),
        *(_fact(objection, one) for one in objection.disputed.select_related("supplier")),
        f"根据{_document(objection)}{CLAUSE}的规定，我局决定：{DECISIONS[outcome]}。理由：{_ended(objection.decision_reason)}",
        _correction(objection),
        _ended(message),
        remedies(objection),
        "特此答复。",
    ]


def _opening(objection: Objection) -> str:
    day = objection.opened_on
    return (
        f"{day.year}年{day.month}月{day.day}日，你户（统一社会信用代码{objection.business_id}）"
        f"对{objection.year}年度分型结果“{_label(objection.result.tier)}”提出异议。现答复如下。"
    )


def _fact(objection: Objection, one: DisputedFact) -> str:
    fact = known(plan_of(objection.result.run).facts, one.fact)
    used, claimed = shown(fact, one.used), shown(fact, one.claimed)
    text = f"关于“{fact.label}”：判定所用为{used}，来自{one.supplier}；你户主张为{claimed}"
    return f"{text}。" if one.verified is None else f"{text}；经核实为{shown(fact, one.verified)}。{_ended(one.answer)}"


def _correction(objection: Objection) -> str:
    if objection.corrected is None:
        return ""
    before, after = _label(objection.result.tier), _label(objection.corrected.tier)
    changed = f"由“{before}”更正为“{after}”" if before != after else f"更正所用数据后仍为“{after}”"
    return f"你户{objection.year}年度分型结果{changed}，已经生效，可以在本平台查询；原结果和更正原因一并保留。"


def _document(objection: Objection) -> str:
    book = plan_of(objection.result.run).rulebook
    return f"《{book.title}》（{book.document['number']}）"


def _label(tier: str | None) -> str:
    return Tier(tier).label if tier else "待数据"


def _ended(text: str) -> str:
    """A sentence with its full stop; nothing of nothing."""
    stripped = text.strip()
    return stripped if not stripped or stripped[-1] in "。！？；" else f"{stripped}。"
