"""数据报送: from a department's file to data that counts (正文三(一)).

A second person confirms every delivery; what looks unlike the last one is held, and confirmed with a reason. A large
one counts once all of it is loaded.
"""

from jieti.domain.workflows.table import KEPT, NONE, SYSTEM, State, Step, within, workflow

CLAUSE = "正文三(一)"
_SENDER = frozenset({"receive"})

DELIVERY = workflow(
    "delivery",
    "数据报送",
    CLAUSE,
    states=(
        State("received", "已收到"),
        State("reading", "正在读入"),
        State("checked", "待复核"),
        State("held", "异常待确认"),
        State("confirming", "正在生效"),
        State("accepted", "已生效", final=True),
        State("refused", "整份退回", final=True),
        State("declined", "复核不通过", final=True),
    ),
    roles={"deliverer": "报送人员", "confirmer": "复核人员", SYSTEM: "系统"},
    steps=(
        Step("receive", "报送", (), "received", "deliverer", CLAUSE, within("delivery_check")),
        Step("read", "读入", ("received",), "reading", SYSTEM, CLAUSE, KEPT),
        Step("check", "检查完毕", ("reading",), "checked", SYSTEM, CLAUSE, within("delivery_confirm")),
        Step(
            "hold", "差异较大，等待确认", ("reading",), "held", SYSTEM, CLAUSE, within("delivery_confirm"),
            needs_reason=True,
        ),
        Step(
            "refuse", "无法采用，退回", ("received", "reading"), "refused", SYSTEM, CLAUSE, NONE, needs_reason=True
        ),
        Step("read_anew", "所补充的表已更新，重新读入", ("checked", "held"), "received", SYSTEM, CLAUSE,
             within("delivery_check")),
        Step("confirm", "复核，使其生效", ("checked",), "accepted", "confirmer", CLAUSE, NONE, not_by=_SENDER),
        Step(
            "confirm_held", "确认差异，使其生效", ("held",), "accepted", "confirmer", CLAUSE, NONE, needs_reason=True,
            not_by=_SENDER,
        ),
        Step("order", "复核，排队载入", ("checked",), "confirming", "confirmer", CLAUSE, KEPT, not_by=_SENDER),
        Step(
            "order_held", "确认差异，排队载入", ("held",), "confirming", "confirmer", CLAUSE, KEPT, needs_reason=True,
            not_by=_SENDER,
        ),
        Step("load", "载入完毕，生效", ("confirming",), "accepted", SYSTEM, CLAUSE, NONE),
        Step("give_up", "载入出错，等待再次复核", ("confirming",), "checked", SYSTEM, CLAUSE, KEPT),
        Step("give_up_held", "载入出错，等待再次确认", ("confirming",), "held", SYSTEM, CLAUSE, KEPT),
        Step(
            "decline", "复核不通过，退回", ("checked", "held"), "declined", "confirmer", CLAUSE, NONE,
            needs_reason=True,
            not_by=_SENDER,
        ),
    ),
)  # fmt: skip
