"""撤销 for fraud in a self-application, and 取消 where the standard is no longer met (附件三(五), AMB-21).

They are different ends. Both are decided by two persons after the proprietor could be heard. A revocation bars new
applications for the rulebook's years; a withdrawal bars nothing. Neither is undone but by a new decision.
"""

from jieti.domain.workflows.table import KEPT, NONE, RESUMED, SYSTEM, State, Step, Workflow, within, workflow

CLAUSE = "附件三(五)"
PROPOSED = frozenset({"propose"})
DROPPING = frozenset({"propose_dropping"})
OPEN = ("investigating", "waiting_for_evidence", "proposed", "drop_proposed", "hearing", "heard")


def _ending(key: str, label: str, decided: str) -> Workflow:
    """The table of one end: ``label`` is what it is called, ``decided`` the name of the state after the decision."""
    return workflow(
        key,
        label,
        CLAUSE,
        states=_states(label, decided),
        roles={
            "investigator": "审核人员",
            "proprietor": "经营者",
            "decider": "审批人员",
            SYSTEM: "系统",
        },
        steps=(*_inquiry(label), *_decision(label)),
    )


def _states(label: str, decided: str) -> tuple[State, ...]:
    return (
        State("investigating", "核查中"),
        State("waiting_for_evidence", "待补充材料"),
        State("proposed", f"拟{label}"),
        State("drop_proposed", f"拟不予{label}"),
        State("hearing", "已告知，听取陈述申辩"),
        State("heard", "待决定"),
        State("decided", f"已决定{label}，待公布"),
        State("published", decided, final=True),
        State("dropped", "不予" + label, final=True),
        State("ended", "认定已以其他方式终止", final=True),
    )


def _inquiry(label: str) -> tuple[Step, ...]:
    return (
        Step(
            "open", "启动核查", (), "investigating", "investigator", CLAUSE, within("ending_inquiry"),
            needs_reason=True,
        ),
        Step(
            "open_by_watch", "数据比对发现，自动启动核查", (), "investigating", SYSTEM, CLAUSE,
            within("ending_inquiry"),
            needs_reason=True,
        ),
        Step(
            "ask_evidence", "要求说明或补充材料", ("investigating",), "waiting_for_evidence", "investigator", CLAUSE,
            within("recognition_evidence"), needs_reason=True, stops_clock=True,
        ),
        Step(
            "supply_evidence", "说明或补充材料", ("waiting_for_evidence",), "investigating", "proprietor", CLAUSE,
            RESUMED,
        ),
        Step(
            "end_waiting", "逾期未说明，继续核查", ("waiting_for_evidence",), "investigating", "investigator", CLAUSE,
            RESUMED, after_due=True,
        ),
        Step(
            "propose", f"提出{label}意见", ("investigating",), "proposed", "investigator", CLAUSE, KEPT,
            needs_reason=True,
        ),
        Step(
            "propose_dropping", f"提出不予{label}意见", ("investigating",), "drop_proposed", "investigator", CLAUSE,
            KEPT, needs_reason=True,
        ),
    )  # fmt: skip


def _decision(label: str) -> tuple[Step, ...]:
    return (
        Step(
            "notify", "告知拟处理意见和陈述申辩权", ("proposed",), "hearing", "investigator", CLAUSE,
            within("statement"), needs_reason=True,
        ),
        Step(
            "state", "提交陈述申辩", ("hearing",), "heard", "proprietor", CLAUSE, within("ending_decision"),
            needs_reason=True,
        ),
        Step("waive", "放弃陈述申辩", ("hearing",), "heard", "proprietor", CLAUSE, within("ending_decision")),
        Step(
            "end_hearing", "逾期未陈述申辩", ("hearing",), "heard", "investigator", CLAUSE, within("ending_decision"),
            after_due=True,
        ),
        Step(
            "send_back", "退回重新核查", ("heard", "drop_proposed"), "investigating", "decider", CLAUSE,
            within("ending_inquiry"), needs_reason=True, not_by=PROPOSED | DROPPING,
        ),
        Step(
            "decide", f"决定{label}", ("heard",), "decided", "decider", CLAUSE, within("ending_publication"),
            needs_reason=True, not_by=PROPOSED,
        ),
        Step(
            "drop", f"决定不予{label}", ("heard", "drop_proposed"), "dropped", "decider", CLAUSE, NONE,
            needs_reason=True, not_by=PROPOSED | DROPPING,
        ),
        Step("publish", "送达并公布", ("decided",), "published", "investigator", CLAUSE, NONE),
        Step("end", "认定已以其他方式终止", OPEN, "ended", SYSTEM, CLAUSE, NONE, needs_reason=True),
    )  # fmt: skip


REVOCATION = _ending("revocation", "撤销认定", "已撤销")
WITHDRAWAL = _ending("withdrawal", "取消认定", "已取消")
