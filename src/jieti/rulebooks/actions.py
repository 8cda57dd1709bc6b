"""Recording rulebooks; proposing, approving and refusing annual norms."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path

from django.db import IntegrityError, transaction

from jieti.accounts.actions import load_jurisdiction, load_organisations
from jieti.accounts.models import Jurisdiction, User
from jieti.accounts.rulebook_files import folder_of, rulebook_in
from jieti.audit.actions import record
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.rulebooks.catalogue import current_rulebook, keep_files
from jieti.rulebooks.models import AnnualNorm, RulebookVersion
from rulecore.model import Parameter, Rulebook
from rulecore.source import lineage, read_yaml

CLAUSE = "附件一(三)2"
LARGEST = Decimal(10) ** 16


class InvalidNormError(Refusal):
    """A proposed norm that cannot be one; `errors` says why by parameter, in Chinese."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        self.errors = dict(errors)
        super().__init__("数额有误：" + "；".join(errors.values()) + "。", what_to_do="请改正后重新提交。")


@transaction.atomic
def record_rulebook(*, by: User | None, jurisdiction: Jurisdiction | None = None) -> RulebookVersion:
    """The version of a jurisdiction's rulebook now in force, recorded and kept the first time it is seen."""
    rulebook = current_rulebook(jurisdiction)
    keep_files(rulebook, folder_of(jurisdiction))
    version, created = RulebookVersion.objects.get_or_create(
        sha256=rulebook.sha256,
        defaults={
            "key": rulebook.key,
            "edition": rulebook.edition,
            "title": rulebook.title,
            "document": {key: str(value) for key, value in rulebook.document.items()},
        },
    )
    if created:
        record(by=by, verb="rulebooks.record", subject=f"rulebook:{version.key}", detail={"sha256": version.sha256})
    return version


@transaction.atomic
def load_site(*, by: User | None) -> Jurisdiction:
    """The site's jurisdiction, those above it and all their organisations, as the rulebooks in force name them."""
    own, *above = lineage(folder_of())
    parent = None
    for folder in reversed(above):
        parent = _load_jurisdiction(by, folder, parent)
    return _load_jurisdiction(by, own, parent)


@transaction.atomic
def propose_norm(
    *,
    by: User,
    year: int,
    values: Mapping[str, str | Decimal | None],
    document_number: str = "",
    is_sample: bool = False,
    jurisdiction: Jurisdiction | None = None,
) -> AnnualNorm:
    """Puts the thresholds of a year (yuan) forward for approval by somebody else. Empty: not published.

    Raises InvalidNormError for values that cannot be, Refusal while the year has an approved or a waiting norm.
    """
    rulebook = current_rulebook(jurisdiction)
    amounts = checked_amounts(rulebook, values)
    if not is_sample and not document_number.strip():
        raise Refusal("没有填写公布数额的文号。", what_to_do="请填写文号；如果只是演示，请标明为样例。")
    _refuse_second(rulebook.key, year)
    try:
        with transaction.atomic():
            norm = AnnualNorm.objects.create(
                rulebook_key=rulebook.key,
                year=year,
                values={key: f"{amount:.2f}" for key, amount in amounts.items()},
                document_number=document_number.strip(),
                is_sample=is_sample,
                proposed_by=by,
            )
    except IntegrityError:
        raise _second_waiting(year) from None
    _record(by, "rulebooks.propose_norm", norm)
    return norm


@transaction.atomic
def approve_norm(*, by: User, norm: AnnualNorm) -> AnnualNorm:
    """Makes the proposed norm the norm of its year. Raises Refusal for the proposer, and unless it is waiting."""
    norm = _locked(norm)
    if norm.proposed_by_id == by.pk:
        raise Refusal("提出人不能审批自己提出的标准。", what_to_do="请由另一名审批人员审批。")
    norm.approved_by, norm.approved_at = by, clock.now()
    try:
        with transaction.atomic():
            norm.save(update_fields=["approved_by", "approved_at"])
    except IntegrityError:
        raise _already_approved(norm.year) from None
    _record(by, "rulebooks.approve_norm", norm)
    return norm


@transaction.atomic
def refuse_norm(*, by: User, norm: AnnualNorm, reason: str) -> AnnualNorm:
    """Sends the proposal back with a reason; the proposer may withdraw it in the same way."""
    norm = _locked(norm)
    if not reason.strip():
        raise Refusal("没有写明退回理由。", what_to_do="请写明理由，提出人才好改正。")
    norm.refused_by, norm.refused_at, norm.refusal_reason = by, clock.now(), reason.strip()
    norm.save(update_fields=["refused_by", "refused_at", "refusal_reason"])
    _record(by, "rulebooks.refuse_norm", norm)
    return norm


def checked_amounts(rulebook: Rulebook, values: Mapping[str, str | Decimal | None]) -> dict[str, Decimal]:
    """The thresholds as decimals, without those not published. Raises InvalidNormError with every fault found."""
    wanted = {key: parameter for key, parameter in rulebook.parameters.items() if parameter.annual_norm}
    errors = {key: f"没有“{key}”这一项标准" for key in values if key not in wanted}
    amounts: dict[str, Decimal] = {}
    for key, parameter in wanted.items():
        text = str(values.get(key) if values.get(key) is not None else "").strip()
        if not text:
            continue
        amount = _amount(text)
        if amount is None:
            errors[key] = f"{parameter.label}应为不小于0、至多两位小数的数额（元）"
        else:
            amounts[key] = amount
    errors |= _out_of_order(wanted, amounts)
    if errors:
        raise InvalidNormError(errors)
    return amounts


def _amount(text: str) -> Decimal | None:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None
    if not amount.is_finite() or not 0 <= amount < LARGEST or amount != amount.quantize(Decimal("0.01")):
        return None
    return abs(amount)


def _out_of_order(wanted: Mapping[str, Parameter], amounts: Mapping[str, Decimal]) -> dict[str, str]:
    """Thresholds that are not below the one that must be higher."""
    errors: dict[str, str] = {}
    for key, amount in amounts.items():
        above = wanted[key].below
        if above is not None and above in amounts and amount >= amounts[above]:
            errors[key] = f"{wanted[key].label}应低于{wanted[above].label}"
    return errors


def _load_jurisdiction(by: User | None, folder: Path, parent: Jurisdiction | None) -> Jurisdiction:
    rulebook = rulebook_in(folder)
    jurisdiction = load_jurisdiction(
        by=by,
        code=rulebook.jurisdiction.code,
        name=rulebook.jurisdiction.name,
        level=Jurisdiction.Level.CITY if rulebook.jurisdiction.code.endswith("00") else Jurisdiction.Level.DISTRICT,
        rulebook=rulebook.key,
        edition=rulebook.edition,
        parent=parent,
    )
    listed = read_yaml(folder / "organisations.yaml").data["organisations"]
    load_organisations(by=by, jurisdiction=jurisdiction, organisations=listed)
    return jurisdiction


def _refuse_second(rulebook_key: str, year: int) -> None:
    norms = AnnualNorm.objects.of_year(year, rulebook_key)
    if norms.approved().exists():
        raise _already_approved(year)
    if norms.waiting().exists():
        raise _second_waiting(year)


def _already_approved(year: int) -> Refusal:
    return Refusal(f"{year}年的认定标准已经审批。", what_to_do="一个年度只有一份标准，审批后不能更改。")


def _second_waiting(year: int) -> Refusal:
    return Refusal(f"{year}年的认定标准已有一份待审批。", what_to_do="请先审批或退回那一份。")


def _locked(norm: AnnualNorm) -> AnnualNorm:
    locked = AnnualNorm.objects.select_for_update().get(pk=norm.pk)
    if locked.status is not AnnualNorm.Status.WAITING:
        raise Refusal(f"这份标准{locked.status.label}，不能再审批或退回。", what_to_do="请刷新页面查看结果。")
    return locked


def _record(by: User, verb: str, norm: AnnualNorm) -> None:
    detail = {
        "year": norm.year,
        "values": norm.values,
        "is_sample": norm.is_sample,
        "document_number": norm.document_number,
    }
    if norm.refusal_reason:
        detail["reason"] = norm.refusal_reason
    record(by=by, verb=verb, subject=f"annual_norm:{norm.pk}", detail=detail, clause=CLAUSE)
