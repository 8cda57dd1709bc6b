"""更正 of a fact, asked for by the proprietor or found by an officer, and what follows (正文三(一), 附件一(二)3).

The department that supplied the fact answers; a corrected fact is followed to everything that used it before the case
may close.
"""

from jieti.domain.workflows.table import KEPT, NONE, SYSTEM, State, Step, within, workflow

CLAUSE = "正文三(一)"
ANSWERED = "附件一(二)3.c"

CORRECTION = workflow(
    "correction",
    "数据更正",
    CLAUSE,
    states=(
        State("open", "已提出"),
        State("with_supplier", "数据提供单位核实中"),
        State("corrected", "已更正，清查影响"),
        State("settling", "逐项处理影响"),
        State("settled", "已处理，待答复"),
        State("upheld", "维持原数据，待答复"),
        State("replied", "已答复", final=True),
        State("withdrawn", "已撤回", final=True),
    ),
    roles={
        "claimant": "提出人",
        "acceptor": "受理人员",
        "supplier": "数据提供单位",
        "reviewer": "审核人员",
        "decider": "审批人员",
        SYSTEM: "系统",
    },
    steps=(
        Step("raise", "提出更正", (), "open", "claimant", CLAUSE, within("correction_route"), needs_reason=True),
        Step(
            "find", "数据更新发现差错", (), "with_supplier", SYSTEM, CLAUSE, within("correction_answer"),
            needs_reason=True,
        ),
        Step("route", "转数据提供单位", ("open",), "with_supplier", "acceptor", CLAUSE, within("correction_answer")),
        Step(
            "reroute", "改转其他单位", ("with_supplier",), "with_supplier", "acceptor", CLAUSE,
            within("correction_answer"),
            needs_reason=True,
        ),
        Step(
            "correct", "更正", ("with_supplier",), "corrected", "supplier", CLAUSE, within("correction_effects"),
            needs_reason=True,
        ),
        Step(
            "uphold", "维持原数据", ("with_supplier",), "upheld", "supplier", CLAUSE, within("correction_reply"),
            needs_reason=True,
        ),
        Step("trace", "列出受影响的事项", ("corrected",), "settling", "reviewer", ANSWERED, KEPT),
        Step(
            "settle", "确认各项已处理", ("settling",), "settled", "decider", ANSWERED, within("correction_reply"),
            not_by=frozenset({"trace"}),
        ),
        Step("reply", "答复提出人", ("settled", "upheld"), "replied", "acceptor", ANSWERED, NONE, needs_reason=True),
        Step("withdraw", "撤回", ("open", "with_supplier"), "withdrawn", "claimant", CLAUSE, NONE),
    ),
)  # fmt: skip
