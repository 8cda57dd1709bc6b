"""Background work, by procrastinate's worker. Jobs of workers that died are freed by registry.tasks, of any queue."""

from procrastinate.contrib.django import app

from jieti.determinations.actions import TASK
from jieti.determinations.models import NormStudy, Run
from jieti.determinations.proving import prove_rulebook
from jieti.determinations.rejudging import late_deliveries, rejudge
from jieti.determinations.running import execute
from jieti.determinations.studies import STUDY_TASK, execute_study
from jieti.rulebooks.models import RulebookVersion

QUEUE = "determinations"


@app.task(name=TASK, queue=QUEUE, lock=QUEUE)
def execute_run(run_id: int) -> None:
    """Executes the run; a failure is on the run itself and in the queue's own record."""
    execute(Run.objects.get(pk=run_id))


@app.task(name=STUDY_TASK, queue=QUEUE, lock=QUEUE)
def study(study_id: int) -> None:
    """Counts what thresholds would do; a failure is on the study itself and in the queue's own record."""
    execute_study(NormStudy.objects.get(pk=study_id))


@app.periodic(cron="23 * * * *")
@app.task(name="determinations.prove", queue=QUEUE)
def prove_rulebooks(timestamp: int) -> None:  # noqa: ARG001 - procrastinate tells the time by name
    """Proves the rulebooks that were recorded and not proved yet."""
    for version in RulebookVersion.objects.filter(proved_at=None):
        prove_rulebook(version)


@app.periodic(cron="*/10 * * * *")
@app.task(name="determinations.rejudge_late", queue=QUEUE, lock=QUEUE)
def rejudge_late(timestamp: int) -> None:  # noqa: ARG001 - procrastinate tells the time by name
    """Judges pending results of each jurisdiction's newest main run again when data have come since."""
    newest = Run.objects.main().standing().order_by("rulebook_key", "-year").distinct("rulebook_key")
    for run in newest:
        for delivery in late_deliveries(run):
            rejudge(by=None, run=run, delivery=delivery)
