"""The package for the national directory 全国个体工商户名录 (正文二(一)2.d), as docs/national-export.md defines it."""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from jieti.accounts.models import Jurisdiction, User
from jieti.audit.actions import record
from jieti.determinations.models import NationalExport, Result, Run
from jieti.domain.terms import Tier
from jieti.kit import clock
from jieti.kit.errors import Refusal

CLAUSE = "正文二(一)2"
SCHEMA = 1
HEADER = (
    "uscc",
    "name",
    "jurisdiction_code",
    "year",
    "tier",
    "tier_label",
    "possible",
    "basis_date",
    "published_on",
    "result_version",
)
TABLE, ABOUT = "businesses.csv", "package.json"
PENDING_LABEL = "待数据"
ROWS = """
select r.uscc, coalesce(b.name, ''), %(jurisdiction)s, coalesce(r.tier, ''), r.possible, r.version
from determinations_result r left join registry_business b on b.uscc = r.uscc
where r.run_id = %(run)s and r.is_current order by r.uscc
"""
# The same package must come out of the same results byte for byte, so that its checksum can be checked.
EPOCH = (1980, 1, 1, 0, 0, 0)


@transaction.atomic
def make_export(*, by: User, run: Run) -> NationalExport:
    """Makes the package of a published run: every business of it once, by its current result.

    The same results give the same bytes; a package of the same bytes that is already there is returned. Raises Refusal
    unless the run is published.
    """
    run = Run.objects.select_for_update(of=("self",)).select_related("norm", "rulebook").get(pk=run.pk)
    if run.status != Run.Status.PUBLISHED:
        raise Refusal(f"{run}{run.get_status_display()}，不能报送。", what_to_do="请在结果公布以后再生成数据包。")
    folder = Path(settings.DATA_DIR) / "exports"
    folder.mkdir(parents=True, exist_ok=True)
    data, rows = _package(run)
    sha256 = hashlib.sha256(data).hexdigest()
    existing = run.exports.filter(sha256=sha256).first()
    if existing is not None:
        return existing
    path = folder / f"{run.year}-{sha256}.zip"
    path.write_bytes(data)
    relative = str(path.relative_to(settings.DATA_DIR))
    export = NationalExport.objects.create(run=run, path=relative, sha256=sha256, rows=rows, made_by=by)
    _record(by, "determinations.make_export", export, {"sha256": sha256, "rows": rows})
    return export


@transaction.atomic
def mark_sent(*, by: User, export: NationalExport, receipt: str) -> NationalExport:
    """Writes down that the package was handed in and what the receiving side gave back.

    Raises Refusal without a receipt, for one that is marked already, for a file that is not the one that was made, and
    for a package that no longer says what the run's results say.
    """
    export = NationalExport.objects.select_for_update(of=("self",)).select_related("run").get(pk=export.pk)
    if export.sent_at is not None:
        raise Refusal("这个数据包已经标记为报送。", what_to_do="有变更的，请重新生成数据包后报送。")
    if not receipt.strip():
        raise Refusal("没有填写回执。", what_to_do="请填写接收方给出的回执编号或者说明。")
    if not is_intact(export):
        raise Refusal("文件与生成时的散列值不一致。", what_to_do="请不要报送，重新生成数据包，并联系管理员。")
    if is_outdated(export):
        raise Refusal("生成以后有结果变更，这个数据包已经不是现行的结果。", what_to_do="请重新生成数据包后报送。")
    export.sent_by, export.sent_at, export.receipt = by, clock.now(), receipt.strip()
    export.save(update_fields=["sent_by", "sent_at", "receipt"])
    _record(by, "determinations.send_export", export, {"sha256": export.sha256, "receipt": export.receipt})
    return export


def is_intact(export: NationalExport) -> bool:
    """Whether the file is byte for byte the one that was made."""
    if not export.file.is_file():
        return False
    with export.file.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == export.sha256


def is_outdated(export: NationalExport) -> bool:
    """Whether a result of the run was amended after the package was made."""
    return Result.objects.filter(run=export.run, decided_at__gt=export.created_at).exists()


def _package(run: Run) -> tuple[bytes, int]:
    """The package's bytes and how many businesses it has."""
    table, rows = _table(run)
    about = {
        "schema": SCHEMA,
        "jurisdiction": _jurisdiction(run).code,
        "year": run.year,
        "basis_date": run.basis_date.isoformat(),
        "rulebook": {"key": run.rulebook_key, "sha256": run.rulebook.sha256},
        "norm": {"document_number": run.norm.document_number, "is_sample": run.norm.is_sample},
        "rows": rows,
        "tiers": _tiers(run),
        "run_merkle_root": run.merkle_root,
        "files": {TABLE: hashlib.sha256(table).hexdigest()},
    }
    text = json.dumps(about, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in ((ABOUT, text.encode()), (TABLE, table)):
            package.writestr(zipfile.ZipInfo(name, EPOCH), data, zipfile.ZIP_DEFLATED)
    return out.getvalue(), rows


def _table(run: Run) -> tuple[bytes, int]:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADER)
    rows = 0
    for row in _rows(run):
        writer.writerow(row)
        rows += 1
    return out.getvalue().encode("utf-8"), rows


def _rows(run: Run) -> Iterator[tuple[object, ...]]:
    published = f"{run.published_at.astimezone(timezone.get_current_timezone()):%Y-%m-%d}" if run.published_at else ""
    with connection.cursor() as cursor:
        cursor.execute(ROWS, {"run": run.pk, "jurisdiction": _jurisdiction(run).code})
        while found := cursor.fetchmany(10_000):
            for uscc, name, code, tier, possible, version in found:
                label = Tier(tier).label if tier else PENDING_LABEL
                open_ones = "" if tier else "|".join(possible)
                yield uscc, name, code, run.year, tier, label, open_ones, run.basis_date, published, version


def _tiers(run: Run) -> dict[str, int]:
    current = Result.objects.current().filter(run=run).by_tier()
    return {tier or "pending": count for tier, count in current.items()}


def _jurisdiction(run: Run) -> Jurisdiction:
    return Jurisdiction.objects.get(rulebook=run.rulebook_key)


def _record(by: User, verb: str, export: NationalExport, detail: dict[str, object]) -> None:
    subject = f"run:{export.run_id}"
    where = _jurisdiction(export.run).pk
    record(by=by, verb=verb, subject=subject, detail={"export": export.pk, **detail}, clause=CLAUSE, jurisdiction=where)
