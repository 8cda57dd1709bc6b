"""数据报送: from a department's file to data that counts (正文三(一)).

What looks unlike the last delivery is held for a second person.
"""

from jieti.domain.workflows.table import KEPT, NONE, SYSTEM, State, Step, within, workflow

CLAUSE = "正文三(一)"

DELIVERY = workflow(
    "delivery",
    "数据报送",
    CLAUSE,
    states=(
        State("received", "已收到"),
        State("reading", "读取中"),
        State("checked", "已检查"),
        State("held", "与上次差异较大，待复核"),
        State("accepted", "已采用", final=True),
        State("refused", "已退回", final=True),
        State("withdrawn", "已撤回", final=True),
    ),
    roles={"deliverer": "报送人员", "confirmer": "审核人员", SYSTEM: "系统"},
    steps=(
        Step("receive", "报送", (), "received", "deliverer", CLAUSE, within("delivery_check")),
        Step("read", "读取", ("received",), "reading", SYSTEM, CLAUSE, KEPT),
        Step("check", "检查完毕", ("reading",), "checked", SYSTEM, CLAUSE, KEPT),
        Step(
            "hold", "差异较大，暂不采用", ("checked",), "held", SYSTEM, CLAUSE, within("delivery_confirm"),
            needs_reason=True,
        ),
        Step("accept", "采用", ("checked",), "accepted", SYSTEM, CLAUSE, NONE),
        Step(
            "confirm", "复核后采用", ("held",), "accepted", "confirmer", CLAUSE, NONE, needs_reason=True,
            not_by=frozenset({"receive"}),
        ),
        Step(
            "reject", "复核后退回", ("held",), "refused", "confirmer", CLAUSE, NONE, needs_reason=True,
            not_by=frozenset({"receive"}),
        ),
        Step("refuse", "无法采用，退回", ("reading", "checked"), "refused", SYSTEM, CLAUSE, NONE, needs_reason=True),
        Step("withdraw", "撤回", ("received", "checked", "held"), "withdrawn", "deliverer", CLAUSE, NONE),
    ),
)  # fmt: skip
