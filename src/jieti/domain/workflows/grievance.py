"""诉求: questions, difficulties, suggestions and complaints, answered to whoever asked (正文二(三)7).

Complaints about fees, levies or conduct go to discipline. Who asks without an account, or in confidence, is not named
in the record: such a grievance is opened by the system.
"""

from jieti.domain.workflows.table import NONE, SYSTEM, State, Step, within, workflow

CLAUSE = "正文二(三)7"
OPEN = ("filed", "handling", "urged")

GRIEVANCE = workflow(
    "grievance",
    "诉求",
    CLAUSE,
    states=(
        State("filed", "待受理"),
        State("handling", "办理中"),
        State("urged", "已督办"),
        State("answered", "已答复", final=True),
        State("withdrawn", "已撤回", final=True),
    ),
    roles={"asker": "提出人", "handler": "承办单位工作人员", SYSTEM: "系统"},
    steps=(
        Step("file", "提出", (), "filed", "asker", CLAUSE, within("grievance_accept")),
        Step("lodge", "提出（不记名）", (), "filed", SYSTEM, CLAUSE, within("grievance_accept")),
        Step("accept", "受理", ("filed",), "handling", "handler", CLAUSE, within("grievance_answer")),
        Step(
            "hand_over", "转其他单位办理", ("filed", "handling", "urged"), "handling", "handler", CLAUSE,
            within("grievance_answer"), needs_reason=True,
        ),
        Step(
            "urge", "逾期督办", ("filed", "handling"), "urged", SYSTEM, CLAUSE, within("grievance_urged"),
            after_due=True,
        ),
        Step("answer", "答复提出人", ("handling", "urged"), "answered", "handler", CLAUSE, NONE, needs_reason=True),
        Step("withdraw", "撤回", OPEN, "withdrawn", "asker", CLAUSE, NONE),
    ),
)  # fmt: skip
