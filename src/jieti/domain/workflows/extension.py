"""评估和延期 in the last year of validity (附件三(五) A–D, AMB-11, AMB-19).

Every deadline is the last day of validity, which the opening step names: waiting for evidence lengthens no
title.
"""

from jieti.domain.workflows.table import GIVEN, KEPT, NONE, SYSTEM, State, Step, workflow

CLAUSE = "附件三(五)"
CONCLUDED = frozenset({"conclude"})
OPEN = ("evaluating", "asking_recommender", "waiting_for_evidence", "concluded")

EXTENSION = workflow(
    "extension",
    "到期评估和延期",
    CLAUSE,
    states=(
        State("evaluating", "评估中"),
        State("asking_recommender", "征求推荐部门意见"),
        State("waiting_for_evidence", "待补充材料"),
        State("concluded", "已提出评估意见"),
        State("extended", "延期3年", final=True),
        State("not_extended", "不予延期", final=True),
        State("expired", "到期未延", final=True),
        State("ended", "认定已终止", final=True),
    ),
    roles={
        "evaluator": "审核人员",
        "recommender": "推荐部门",
        "proprietor": "经营者",
        "decider": "审批人员",
        SYSTEM: "系统",
    },
    steps=(
        Step("open", "启动评估", (), "evaluating", "evaluator", CLAUSE, GIVEN),
        Step("open_by_calendar", "到期前自动启动评估", (), "evaluating", SYSTEM, CLAUSE, GIVEN),
        Step("ask_recommender", "征求推荐部门意见", ("evaluating",), "asking_recommender", "evaluator", CLAUSE, KEPT),
        Step(
            "give_opinion", "推荐部门提出意见", ("asking_recommender",), "evaluating", "recommender", CLAUSE, KEPT,
            needs_reason=True,
        ),
        Step(
            "stop_asking", "不再等待推荐部门意见", ("asking_recommender",), "evaluating", "evaluator", CLAUSE, KEPT,
            needs_reason=True,
        ),
        Step(
            "ask_evidence", "要求补充材料", ("evaluating",), "waiting_for_evidence", "evaluator", CLAUSE, KEPT,
            needs_reason=True,
        ),
        Step("supply_evidence", "补充材料", ("waiting_for_evidence",), "evaluating", "proprietor", CLAUSE, KEPT),
        Step(
            "end_waiting", "不再等待材料", ("waiting_for_evidence",), "evaluating", "evaluator", CLAUSE, KEPT,
            needs_reason=True,
        ),
        Step("conclude", "提出评估意见", ("evaluating",), "concluded", "evaluator", CLAUSE, KEPT, needs_reason=True),
        Step(
            "send_back", "退回重新评估", ("concluded",), "evaluating", "decider", CLAUSE, KEPT, needs_reason=True,
            not_by=CONCLUDED,
        ),
        Step(
            "extend", "决定延期", ("concluded",), "extended", "decider", CLAUSE, NONE, needs_reason=True,
            not_by=CONCLUDED,
        ),
        Step(
            "decline", "决定不予延期", ("concluded",), "not_extended", "decider", CLAUSE, NONE, needs_reason=True,
            not_by=CONCLUDED,
        ),
        Step("expire", "有效期届满", OPEN, "expired", SYSTEM, CLAUSE, NONE, after_due=True),
        Step("end", "认定已终止，评估随之结束", OPEN, "ended", SYSTEM, CLAUSE, NONE, needs_reason=True),
    ),
)  # fmt: skip
