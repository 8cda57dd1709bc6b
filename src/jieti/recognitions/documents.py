"""认定决定书: numbered without gaps, in the look of an official letter, as PDF and DOCX, encrypted. 附件三(二)2."""

import datetime
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from jieti.accounts.models import Jurisdiction
from jieti.accounts.scope import regulator_of
from jieti.domain.terms import Tier
from jieti.kit.errors import Refusal
from jieti.kit.letters import Letter, pdf_of
from jieti.kit.letters.office import docx_of
from jieti.kit.protection import encrypting_writer
from jieti.recognitions.models import NumberSeries, Recognition
from jieti.rulebooks.catalogue import current_rulebook, procedure_of

FOLDER = "recognitions/decisions"
"""Where decisions are kept, below settings.DATA_DIR."""
TITLE = "关于认定名特优新个体工商户的决定"
CLAUSE = "附件三"
RECOGNITION, DECISION = "recognition", "decision"
NO_FEE = "认定不收取任何费用"


@dataclass(frozen=True, slots=True)
class Written:
    """A decision as it was made; the paths are those of the encrypted files below settings.DATA_DIR."""

    number: str
    pdf: str
    docx: str


def next_number(jurisdiction: Jurisdiction, series: str, year: int) -> str:
    """怀市监认字〔2026〕1号: the next of the rulebook's series.

    Belongs in the transaction of the deed, so that none is missing. Raises Refusal where the rulebook has no series.
    """
    words = procedure_of(jurisdiction).get("numbers", {}).get("series", {}).get(series)
    if not words:
        raise Refusal(
            "本区规则没有写明认定编号和决定书的字号。", what_to_do="请管理员在规则的 procedure.yaml 中补上 numbers。"
        )
    key = {"jurisdiction": jurisdiction, "series": words, "year": year}
    NumberSeries.objects.get_or_create(**key)
    row = NumberSeries.objects.select_for_update().get(**key)
    row.last += 1
    row.save(update_fields=["last"])
    return f"{words}〔{year}〕{row.last}号"


def write_decision(recognition: Recognition, *, number: str, reason: str) -> Written:
    """Makes and keeps the decision. Raises Refusal where the paper cannot be set."""
    letter = letter_of(recognition, number=number, reason=reason)
    return Written(number, _kept(pdf_of(letter)), _kept(docx_of(letter)))


def letter_of(recognition: Recognition, *, number: str, reason: str) -> Letter:
    """What the decision says."""
    return Letter(
        issuer=regulator_of(recognition.jurisdiction).name,
        number=number,
        title=TITLE,
        addressee=recognition.business.name,
        paragraphs=tuple(_paragraphs(recognition, reason)),
        day=recognition.recognised_on,
        notes=(NO_FEE,),
    )


def _paragraphs(one: Recognition, reason: str) -> list[str]:
    book = current_rulebook(one.jurisdiction)
    document = f"《{book.title}》（{book.document['number']}）{CLAUSE}"
    way = "你户申报" if one.path == "self" else "有关部门推荐并经你户同意"
    visited = "、走访核实" if one.application.visits.filter(sent_at__isnull=False).exists() else ""
    tier = f"，{one.year}年度分型为{Tier(one.tier_at_recognition).label}" if one.tier_at_recognition else ""
    decided = (
        f"经{way}，审核{visited}和公示，根据{document}的规定，决定认定你户（统一社会信用代码{one.business_id}{tier}）"
        f"为{one.year}年度“{one.get_category_display()}”类名特优新个体工商户，认定编号{one.number}。"
    )
    validity = (
        f"认定自{_day(one.recognised_on)}起有效，到{_day(one.last_day)}止；"
        f"自{_day(one.benefits_from)}起享受相应的培育措施。"
        "有效期内应当每年7月31日前报告经营情况；变更经营者的，应当及时报告。"
    )
    return [decided, f"理由：{reason.strip().rstrip('。')}。", validity, "特此决定。"]


def _day(day: datetime.date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _kept(content: bytes) -> str:
    folder = Path(settings.DATA_DIR) / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / secrets.token_hex(16)
    with encrypting_writer(file) as out:
        out.write(content)
    return file.relative_to(settings.DATA_DIR).as_posix()
