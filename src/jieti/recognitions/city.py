"""报市市场监管局 and 市级抽查: the list package, the random sample that anybody can draw again, and what follows.

附件三(二)2.
"""

import hashlib
import io
import json
import random
import secrets
import zipfile
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Max, QuerySet

from jieti.accounts.models import User
from jieti.accounts.perms import may_check_recognitions, may_review_applications
from jieti.audit.actions import record
from jieti.domain.workflows.table import parts_of
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.kit.tables import write_xlsx
from jieti.recognitions import selection_telling
from jieti.recognitions.desk import APPLICATIONS
from jieti.recognitions.models import Application, Campaign, CityReport, Recognition, SpotCheck
from jieti.recognitions.titles import end_title
from jieti.rulebooks.catalogue import procedure_of

CLAUSE = "附件三(二)2"
REPORT = "city_report"
FOLDER = "recognitions/city"
LIST, TABLE, ABOUT = "recognitions.json", "recognitions.xlsx", "package.json"
# The same list must come out byte for byte, so that its checksum can be checked.
EPOCH = (1980, 1, 1, 0, 0, 0)
HEADERS = [
    "认定编号",
    "名称",
    "统一社会信用代码",
    "所在镇乡街道",
    "类别",
    "途径",
    "认定日期",
    "有效期末日",
    "享受措施自",
    "决定文号",
]


def unreported(campaign: Campaign) -> QuerySet[Application]:
    """Decided titles that the city has not been told of, the one due first coming first."""
    procedure = procedure_of(campaign.jurisdiction)
    paths = [path for path in Application.Path.values if REPORT in parts_of(procedure, path=path).held]
    found = Application.objects.filter(campaign=campaign, state="recognised", path__in=paths)
    return found.select_related("business", "recognition", "campaign").order_by("due_earliest", "pk")


@transaction.atomic
def make_report(*, by: User, campaign: Campaign) -> CityReport:
    """Packs everything that is decided and not reported: XLSX for people, JSON for programs, the digests of both.

    Raises Refusal for somebody who does not review here, where nothing waits, and while a package waits to be sent.
    """
    locked = Campaign.objects.select_for_update(no_key=True, of=("self",)).get(pk=campaign.pk)
    _demand_reviewer(by, locked)
    if locked.reports.filter(sent_at=None).exists():
        raise Refusal("有一批清单还没有标记上报。", what_to_do="请先把那一批报送并标记，再生成下一批。")
    titles = [one.recognition for one in unreported(locked)]
    if not titles:
        raise Refusal("没有待上报的认定。", what_to_do="作出认定决定以后再生成清单。")
    number = (locked.reports.aggregate(last=Max("number"))["last"] or 0) + 1
    data = _package(locked, number, titles)
    sha256 = hashlib.sha256(data).hexdigest()
    made = CityReport.objects.create(
        campaign=locked, number=number, count=len(titles), sha256=sha256, path=_kept(data, sha256), made_by=by
    )
    made.recognitions.set(titles)
    _record(by, "recognitions.make_city_report", locked, {"report": made.pk, "sha256": sha256, "count": made.count})
    return made


@transaction.atomic
def mark_sent(*, by: User, report: CityReport) -> CityReport:
    """Writes down that a person handed the package in: each title in it counts as reported from now on.

    Raises Refusal for one that is marked, and for a file that is not the one that was made.
    """
    one = CityReport.objects.select_for_update(of=("self",)).select_related("campaign__jurisdiction").get(pk=report.pk)
    _demand_reviewer(by, one.campaign)
    if one.sent_at is not None:
        raise Refusal("这一批已经标记上报。", what_to_do="有新的认定的，请生成下一批清单。")
    if not is_intact(one):
        raise Refusal("文件与生成时的散列值不一致。", what_to_do="请不要报送，并联系管理员。")
    one.sent_at, one.sent_by = clock.now(), by
    one.save(update_fields=["sent_at", "sent_by"])
    for case in Application.objects.filter(recognition__in=one.recognitions.all(), state="recognised").order_by("pk"):
        APPLICATIONS.advance(case, "report", by=by, version=case.version)
    _record(by, "recognitions.send_city_report", one.campaign, {"report": one.pk, "sha256": one.sha256})
    return one


def is_intact(report: CityReport) -> bool:
    """Whether the file is byte for byte the one that was made."""
    file = file_of(report)
    return file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() == report.sha256


def file_of(report: CityReport) -> Path:
    """The package's file."""
    return Path(settings.DATA_DIR) / report.path


def drawn(population: Sequence[str], *, seed: str, count: int) -> list[str]:
    """So many of the numbers, at random by the seed: the same for whoever draws again.

    The population is put in order first, then Python's `random.Random(seed).sample` draws.
    """
    listed = sorted(population)
    return sorted(random.Random(seed).sample(listed, min(count, len(listed))))  # noqa: S311 - to be drawn again


@transaction.atomic
def draw(*, by: User, campaign: Campaign, count: int, seed: str = "") -> SpotCheck:
    """The city draws a sample of the reported titles; seed, population and sample are kept.

    Without a seed one is made. Raises Refusal for anybody but a city officer, for no number, and where nothing is
    reported.
    """
    if not may_check_recognitions(by, campaign.jurisdiction):
        raise Refusal("您不能抽查。", what_to_do="抽查由市市场监管局的工作人员进行。")
    if count < 1:
        raise Refusal("抽查户数至少是1。", what_to_do="请填写要抽查的户数。")
    cases = Application.objects.filter(campaign=campaign, state="reported").select_related("recognition")
    by_number = {one.recognition.number: one for one in cases}
    if not by_number:
        raise Refusal("没有已上报、可以抽查的认定。", what_to_do="区市场监管局上报以后再抽查。")
    used = seed.strip() or secrets.token_hex(8)
    sample = drawn(list(by_number), seed=used, count=count)
    made = SpotCheck.objects.create(
        campaign=campaign, seed=used, population=sorted(by_number), sample=sample, drawn_by=by
    )
    for number in sample:
        APPLICATIONS.advance(by_number[number], "draw", by=by, version=by_number[number].version)
    detail = {"check": made.pk, "seed": used, "population": len(by_number), "sample": sample}
    _record(by, "recognitions.draw_spot_check", campaign, detail)
    selection_telling.tell_of_check(made)
    return made


@transaction.atomic
def find_in_order(*, by: User, application: Application, version: int) -> Application:
    """The drawn title meets the conditions."""
    return APPLICATIONS.advance(application, "find_in_order", by=by, version=version)


@transaction.atomic
def ask_supplement(*, by: User, application: Application, version: int, reason: str) -> Application:
    """It does not yet: what is missing, by a deadline."""
    done = APPLICATIONS.advance(application, "ask_supplement", by=by, version=version, reason=reason)
    selection_telling.tell_reviewers(done, task=f"市级抽查要求补充材料：{reason.strip()}")
    return done


@transaction.atomic
def supplement(*, by: User, application: Application, version: int) -> Application:
    """The district has supplied what was missing."""
    return APPLICATIONS.advance(application, "supplement", by=by, version=version)


@transaction.atomic
def miss_supplement(*, by: User, application: Application, version: int) -> Application:
    """The deadline is over without a supplement: back to the check, where refusal is proposed."""
    return APPLICATIONS.advance(application, "miss_supplement", by=by, version=version)


def missed(application: Application) -> bool:
    """Whether the last supplement was not made in time: then refusal is proposed."""
    last = application.steps.filter(step__in=("supplement", "miss_supplement")).order_by("-number").first()
    return last is not None and last.step == "miss_supplement"


@transaction.atomic
def refuse(*, by: User, application: Application, version: int, reason: str) -> Application:
    """The city does not recognise a drawn title: the case is refused and the title ends today. 附件三(二)2.b."""
    done = APPLICATIONS.advance(application, "refuse_after_check", by=by, version=version, reason=reason)
    title = Recognition.objects.get(application=done)
    why = f"市级抽查不予认定：{reason.strip()}"
    end_title(by=by, recognition=title, kind=Recognition.End.WITHDRAWN, reason=why)
    _record(by, "recognitions.refuse_after_check", done.campaign, {"application": done.pk, "number": title.number})
    selection_telling.tell_applicant(done, result="市级抽查不予认定", reason=f"理由：{reason.strip().rstrip('。')}。")
    return done


def rows_of(titles: Sequence[Recognition]) -> list[list[object]]:
    """The list as a table."""
    return [
        [
            one.number,
            one.business.name,
            one.business_id,
            one.business.town,
            one.get_category_display(),
            one.get_path_display(),
            one.recognised_on,
            one.last_day,
            one.benefits_from,
            one.document_number,
        ]
        for one in titles
    ]


def _package(campaign: Campaign, number: int, titles: Sequence[Recognition]) -> bytes:
    rows = rows_of(titles)
    listed = [dict(zip(HEADERS, map(str, row), strict=True)) for row in rows]
    text = json.dumps(listed, ensure_ascii=False, indent=2).encode() + b"\n"
    table = io.BytesIO()
    write_xlsx(table, HEADERS, rows)
    about = {
        "jurisdiction": campaign.jurisdiction_id,
        "year": campaign.year,
        "number": number,
        "count": len(titles),
        "base": campaign.base,
        "ceiling": campaign.ceiling,
        "receipt": campaign.receipt,
        "files": {LIST: hashlib.sha256(text).hexdigest(), TABLE: hashlib.sha256(table.getvalue()).hexdigest()},
    }
    front = json.dumps(about, ensure_ascii=False, indent=2, sort_keys=True).encode() + b"\n"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in ((ABOUT, front), (LIST, text), (TABLE, table.getvalue())):
            package.writestr(zipfile.ZipInfo(name, EPOCH), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _kept(data: bytes, sha256: str) -> str:
    folder = Path(settings.DATA_DIR) / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / f"{sha256}.zip"
    file.write_bytes(data)
    return file.relative_to(settings.DATA_DIR).as_posix()


def _demand_reviewer(by: User, campaign: Campaign) -> None:
    if not may_review_applications(by, campaign.jurisdiction):
        raise Refusal("您不能办理上报。", what_to_do="上报由本局审核人员办理。")


def _record(by: User, verb: str, campaign: Campaign, detail: dict[str, object]) -> None:
    record(
        by=by,
        verb=verb,
        subject=f"campaign:{campaign.pk}",
        detail=detail,
        clause=CLAUSE,
        jurisdiction=campaign.jurisdiction_id,
    )
