"""Background work, by procrastinate's worker."""

from procrastinate.contrib.django import app

from jieti.determinations.actions import TASK
from jieti.determinations.models import Run
from jieti.determinations.running import execute


@app.task(name=TASK, queue="determinations", lock="determinations")
def execute_run(run_id: int) -> None:
    """Executes the run; a failure is on the run itself and in the queue's own record."""
    execute(Run.objects.get(pk=run_id))
