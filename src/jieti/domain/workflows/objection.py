"""异议申诉 to tiers and to categories under public notice (附件一(二)3, 正文三(二); AMB-18).

The numbers of days stand in the rulebook, lent by 个体工商户年度报告暂行办法 第十九条: 5 working days to accept, 20 to
verify and tell the result, 5 to correct. They run from filing, from acceptance, and from the decision.
"""

from jieti.domain.workflows.table import KEPT, NONE, RESUMED, SYSTEM, State, Step, within, workflow

CLAUSE = "附件一(二)3"
REPLIED = "附件一(二)3.c"
OPEN = ("filed", "accepted", "verifying", "waiting_for_evidence", "consulting", "concluded")

OBJECTION = workflow(
    "objection",
    "异议申诉",
    CLAUSE,
    states=(
        State("filed", "已提出"),
        State("accepted", "已受理"),
        State("not_accepted", "不予受理"),
        State("verifying", "核实中"),
        State("waiting_for_evidence", "待申诉人补充证据"),
        State("consulting", "数据提供单位核实中"),
        State("concluded", "已提出处理意见"),
        State("upheld", "异议成立"),
        State("refused", "异议不成立"),
        State("corrected", "已更正"),
        State("replied", "已答复", final=True),
        State("withdrawn", "已撤回", final=True),
    ),
    roles={
        "appellant": "申诉人",
        "acceptor": "受理人员",
        "verifier": "审核人员",
        "supplier": "数据提供单位",
        "decider": "审批人员",
        SYSTEM: "系统",
    },
    steps=(
        Step("file", "提出异议", (), "filed", "appellant", CLAUSE, within("objection_accept"), needs_reason=True),
        Step("accept", "受理", ("filed",), "accepted", "acceptor", CLAUSE, within("objection_decide")),
        Step("not_accept", "不予受理", ("filed",), "not_accepted", "acceptor", CLAUSE, KEPT, needs_reason=True),
        Step("verify", "开始核实", ("accepted",), "verifying", "verifier", CLAUSE, KEPT),
        Step(
            "ask_evidence", "要求补充证据", ("verifying",), "waiting_for_evidence", "verifier", CLAUSE,
            within("objection_evidence"), needs_reason=True, stops_clock=True,
        ),
        Step("supply_evidence", "补充证据", ("waiting_for_evidence",), "verifying", "appellant", CLAUSE, RESUMED),
        Step(
            "end_waiting", "逾期未补充，继续核实", ("waiting_for_evidence",), "verifying", "verifier", CLAUSE, RESUMED,
            after_due=True,
        ),
        Step(
            "consult", "转数据提供单位核实", ("verifying",), "consulting", "verifier", "正文三(一)", KEPT,
            needs_reason=True,
        ),
        Step(
            "answer", "数据提供单位回复", ("consulting",), "verifying", "supplier", "正文三(一)", KEPT,
            needs_reason=True,
        ),
        Step(
            "recall", "收回，自行核实", ("consulting",), "verifying", "verifier", "正文三(一)", KEPT,
            needs_reason=True,
        ),
        Step("conclude", "提出处理意见", ("verifying",), "concluded", "verifier", CLAUSE, KEPT, needs_reason=True),
        Step(
            "send_back", "退回重新核实", ("concluded",), "verifying", "decider", CLAUSE, KEPT, needs_reason=True,
            not_by=frozenset({"conclude"}),
        ),
        Step(
            "uphold", "决定异议成立", ("concluded",), "upheld", "decider", CLAUSE, within("objection_correct"),
            needs_reason=True, not_by=frozenset({"conclude"}),
        ),
        Step(
            "refuse", "决定异议不成立", ("concluded",), "refused", "decider", CLAUSE, KEPT, needs_reason=True,
            not_by=frozenset({"conclude"}),
        ),
        Step("correct", "更正结果", ("upheld",), "corrected", "verifier", REPLIED, KEPT),
        Step(
            "reply", "答复申诉人", ("corrected", "refused", "not_accepted"), "replied", "acceptor", REPLIED, NONE,
            needs_reason=True,
        ),
        Step("withdraw", "撤回异议", OPEN, "withdrawn", "appellant", CLAUSE, NONE),
    ),
)  # fmt: skip
