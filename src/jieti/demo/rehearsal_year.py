"""What happens in one year of a rehearsal, and on which day."""

import datetime
from functools import partial
from typing import TYPE_CHECKING

from jieti.demo.seed import SAMPLE_NORM, SAMPLE_NUMBER
from jieti.determinations.actions import start_run
from jieti.determinations.exports import make_export, mark_sent
from jieti.determinations.models import Run
from jieti.determinations.running import execute
from jieti.directory.actions import publish_run, republish_all
from jieti.registry.actions import confirm_delivery, decline_delivery, receive_delivery
from jieti.registry.corrections import raise_correction, uphold
from jieti.registry.models import Business, CorrectionRequest, Delivery
from jieti.registry.reading import read_delivery
from jieti.rulebooks.actions import approve_norm, propose_norm, refuse_norm
from jieti.rulebooks.models import AnnualNorm
from jieti.supervision.consequences import carry_out, keep
from jieti.supervision.models import Effect

if TYPE_CHECKING:
    from jieti.demo.rehearsal import Rehearsal

SOURCES = ("registration", "credit", "annual_reports", "tax", "social_insurance", "intellectual_property", "suspension")
MAY_BE_LATE = ("social_insurance", "intellectual_property", "suspension")
CORRECTED = ("tax", "annual_reports")


class Year:
    """One year: its days are drawn, its deeds done through the product's own actions."""

    def __init__(self, play: "Rehearsal", year: int) -> None:
        self._play, self._year, self._rng = play, year, play.rng
        self._basis = datetime.date(year, 7, 1)

    def plan(self) -> None:
        """Puts the year on the agenda."""
        on, day, rng = self._play.on, self._day, self._rng
        if rng.random() < 0.4:
            on(day(5, 4, 9), self._propose_badly)
        on(day(5, 11, 28), self._propose)
        on(day(6, 3, 25), self._approve)
        on(datetime.date(self._year, 7, 1), self._settle)
        late = rng.choice(MAY_BE_LATE)
        for source in SOURCES:
            on(day(7, 25, 31) if source == late else day(7, 2, 8), partial(self._deliver, source))
        if rng.random() < 0.5:
            on(day(7, 9, 10), self._try)
        on(day(7, 11, 15), self._determine)
        on(day(7, 18, 24), self._publish)
        on(day(8, 13, 20) if rng.random() < 0.5 else day(8, 2, 9), self._send)
        for source in CORRECTED:
            on(day(9, 1, 28), partial(self._correct, source))
        on(day(10, 8, 25), self._welcome)
        on(day(11, 3, 20), self._ask_for_correction)

    @staticmethod
    def decide_effects(play: "Rehearsal", cause: str) -> None:
        """The approver decides what a delivery would change: some results are corrected, others stand."""
        waiting = Effect.objects.open().filter(cause=cause, kind=Effect.Kind.RESULT).select_related("run")
        runs = {one.run.pk: one.run for one in waiting}
        for run in runs.values():
            usccs = [one.uscc for one in waiting if one.run_id == run.pk]
            changed = [uscc for uscc in usccs if play.rng.random() < 0.7]
            kept = [uscc for uscc in usccs if uscc not in changed]
            decider = play.cast.approver
            if changed:
                carry_out(
                    by=decider, run=run, cause=cause, usccs=changed, reason="数据有误，更正", republish=republish_all
                )
            if kept:
                keep(by=decider, run=run, cause=cause, usccs=kept, reason="以判定基准日为准")

    def _day(self, month: int, first: int, last: int) -> datetime.date:
        return datetime.date(self._year, month, self._rng.randint(first, last))

    def _propose_badly(self) -> None:
        self._propose()
        norm = AnnualNorm.objects.of_year(self._year).waiting().get()
        refuse_norm(by=self._play.cast.approver, norm=norm, reason="文号有误")
        self._play.note("认定标准退回")

    def _propose(self) -> None:
        propose_norm(
            by=self._play.cast.proposer,
            year=self._year,
            values=SAMPLE_NORM,
            document_number=SAMPLE_NUMBER,
            is_sample=True,
        )

    def _approve(self) -> None:
        norm = AnnualNorm.objects.of_year(self._year).waiting().get()
        approve_norm(by=self._play.cast.approver, norm=norm)

    def _settle(self) -> None:
        self._play.population.settle(self._basis)

    def _deliver(self, source: str, *, as_of: datetime.date | None = None) -> None:
        if self._rng.random() < 0.15:
            cut = self._receive(source, as_of, share=0.5)
            if cut.is_waiting:
                decline_delivery(by=self._play.cast.checker, delivery=cut, reason="文件不完整")
                self._play.note("送数不完整，退回")
        delivery = self._receive(source, as_of)
        if delivery.status == Delivery.Status.HELD:
            self._play.note("送数差异较大，待复核")
        if delivery.is_waiting:
            confirm_delivery(by=self._play.cast.checker, delivery=delivery, reason="年度数据，已核对")

    def _receive(self, source: str, as_of: datetime.date | None, *, share: float = 1.0) -> Delivery:
        path = self._play.file_for(source, share=share)
        with path.open("rb") as file:
            received = receive_delivery(
                by=self._play.cast.clerk,
                source_key=source,
                file=file,
                file_name=path.name,
                as_of=as_of or self._basis,
            )
        return received if received.already_received else read_delivery(received)

    def _try(self) -> None:
        execute(start_run(by=self._play.cast.publisher, year=self._year, kind=Run.Kind.SHADOW))
        self._play.note("试算")

    def _determine(self) -> None:
        execute(start_run(by=self._play.cast.proposer, year=self._year))

    def _publish(self) -> None:
        publish_run(run=self._run(), by=self._play.cast.publisher)
        self._play.object_in(self._year)

    def _send(self) -> None:
        export = make_export(by=self._play.cast.publisher, run=self._run())
        mark_sent(by=self._play.cast.publisher, export=export, receipt=f"回执{self._year}")

    def _correct(self, source: str) -> None:
        self._play.population.correct(self._rng)
        self._deliver(source)
        self._play.note("更正以前的数据")

    def _welcome(self) -> None:
        today = datetime.date(self._year, 10, 1)
        self._play.population.welcome(self._basis, today)
        self._deliver("registration", as_of=today)

    def _ask_for_correction(self) -> None:
        owned = Business.objects.filter(proprietorships__isnull=False).order_by("uscc")
        for business in self._rng.sample(list(owned), min(5, len(owned))):
            user = business.proprietorships.select_related("user").get().user
            request = raise_correction(
                by=user, business=business, source_key="tax", item="paid", shown_value="", claim="与完税证明不符"
            )
            self._play.after(self._rng.randint(1, 12), partial(self._answer, request))

    def _answer(self, request: CorrectionRequest) -> None:
        officer = self._play.cast.suppliers[request.addressed_to.key]
        uphold(by=officer, request=request, reasons="与完税记录一致")
        self._play.note("更正请求答复")

    def _run(self) -> Run:
        return Run.objects.of(self._play.jurisdiction).main().standing().get(year=self._year)
