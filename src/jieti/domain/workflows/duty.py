"""督办: a duty of the document, a measure, a meeting or a grievance, with its owner and its day (正文二(三)7).

The owner reports, another person closes: nothing is closed without a reply to whoever asked for it.
"""

from jieti.domain.workflows.table import GIVEN, NONE, SYSTEM, State, Step, within, workflow

CLAUSE = "正文二(三)7"

DUTY = workflow(
    "duty",
    "督办事项",
    CLAUSE,
    states=(
        State("assigned", "办理中"),
        State("escalated", "已升级督办"),
        State("reported", "已报结果，待审核"),
        State("closed", "已办结", final=True),
        State("dropped", "已撤销", final=True),
    ),
    roles={"supervisor": "督办人员", "owner": "责任单位工作人员", SYSTEM: "系统"},
    steps=(
        Step("assign", "交办", (), "assigned", "supervisor", CLAUSE, GIVEN),
        Step("arise", "随措施发布生成", (), "assigned", SYSTEM, CLAUSE, GIVEN),
        Step(
            "report", "报告结果", ("assigned", "escalated"), "reported", "owner", CLAUSE, within("duty_review"),
            needs_reason=True,
        ),
        Step(
            "send_back", "退回补办", ("reported",), "assigned", "supervisor", CLAUSE, within("duty_again"),
            needs_reason=True, not_by=frozenset({"report"}),
        ),
        Step(
            "close", "答复并办结", ("reported",), "closed", "supervisor", CLAUSE, NONE, needs_reason=True,
            not_by=frozenset({"report"}),
        ),
        Step(
            "escalate", "逾期升级", ("assigned",), "escalated", SYSTEM, CLAUSE, within("duty_escalated"),
            after_due=True,
        ),
        Step(
            "drop", "撤销", ("assigned", "escalated"), "dropped", "supervisor", CLAUSE, NONE, needs_reason=True,
        ),
        Step(
            "lapse", "随措施终止撤销", ("assigned", "escalated"), "dropped", SYSTEM, CLAUSE, NONE, needs_reason=True,
        ),
    ),
)  # fmt: skip
