"""What a rehearsal played through, as a director reads it: what happened, and what held every evening."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from statistics import median_high

from jieti.appeals.models import Objection
from jieti.audit.models import Event
from jieti.determinations.models import NationalExport, Run
from jieti.directory.models import DirectoryEntry, Publication
from jieti.notices.models import Notice
from jieti.registry.models import Delivery
from jieti.rulebooks.models import AnnualNorm
from jieti.supervision.models import Effect

Row = tuple[str, str, int]
OVERDUE = ("objection_overdue", "milestone_overdue", "export_overdue")


@dataclass
class Summary:
    """Days played, deeds by their name, and how often each invariant was checked; every one held each time."""

    days: int = 0
    deeds: Counter[str] = field(default_factory=Counter)
    checks: Mapping[str, int] = field(default_factory=dict)

    def rows(self) -> Iterator[Row]:
        """Group, title and number, in the order of the year."""
        yield "演练", "过的天数", self.days
        yield from self._data()
        yield from self._determination()
        yield from self._objections()
        yield from self._corrections()
        yield "记录", "发出的通知", Notice.objects.count()
        yield "记录", "其中逾期提醒", Notice.objects.filter(kind__in=OVERDUE).count()
        yield "记录", "审计记录", Event.objects.count()

    def _data(self) -> Iterator[Row]:
        accepted = Delivery.objects.accepted()
        yield "数据", "各部门送数（生效）", accepted.count()
        yield "数据", "收到的行", sum(accepted.values_list("rows", flat=True))
        yield "数据", "不完整，退回", self.deeds["送数不完整，退回"]
        yield "数据", "差异较大，经复核后生效", self.deeds["送数差异较大，待复核"]
        yield "数据", "判定以后才送到", self.deeds["判定以后才送到"]

    def _determination(self) -> Iterator[Row]:
        yield "判定", "认定标准（两人批准）", AnnualNorm.objects.approved().count()
        yield "判定", "认定标准退回", self.deeds["认定标准退回"]
        yield "判定", "试算", self.deeds["试算"]
        yield "判定", "正式判定并公布", Run.objects.main().published().count()
        yield "判定", "报送全国名录", NationalExport.objects.filter(sent_at__isnull=False).count()
        yield "名录", "户数", DirectoryEntry.objects.count()
        yield "名录", "其中新设", DirectoryEntry.objects.filter(is_new=True).count()
        yield "名录", "发布的次数", Publication.objects.count()

    def _objections(self) -> Iterator[Row]:
        yield "异议", "提出", Objection.objects.count()
        for outcome, label in Objection.Outcome.choices:
            yield "异议", label, Objection.objects.filter(outcome=outcome).count()
        yield "异议", "没有办结", Objection.objects.open().count()
        closed = Objection.objects.filter(state="replied").values_list("opened_on", "closed_on")
        days = [(ended - begun).days for begun, ended in closed if ended]
        if days:
            yield "异议", "从提出到答复的天数（中位数）", median_high(days)

    def _corrections(self) -> Iterator[Row]:
        yield "更正", "部门更正以前的数据（批）", self.deeds["更正以前的数据"]
        yield "更正", "答复经营者的更正请求", self.deeds["更正请求答复"]
        changed = Effect.objects.filter(kind=Effect.Kind.RESULT)
        for status, label in Effect.Status.choices:
            if status != Effect.Status.ANNOTATED:
                yield "更正", f"涉及的分型结果：{label}", changed.filter(status=status).count()
        noted = Effect.objects.filter(status=Effect.Status.ANNOTATED)
        yield "更正", "已在公布的统计和数据包上注明", noted.count()
