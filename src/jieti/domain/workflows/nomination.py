"""推荐 by a department of the same level, only with the proprietor's consent beforehand (附件三(二)2, AMB-32).

A submitted nomination opens a recognition; from there `recognition` goes on.
"""

from jieti.domain.workflows.table import KEPT, NONE, SYSTEM, State, Step, until, within, workflow

CLAUSE = "附件三(二)2"
CAMPAIGN = until("campaign")
OPEN = ("drafted", "asking_consent", "consented")

NOMINATION = workflow(
    "nomination",
    "部门推荐",
    CLAUSE,
    states=(
        State("drafted", "起草中"),
        State("asking_consent", "征求经营者同意"),
        State("consented", "已征得同意"),
        State("submitted", "已推荐", final=True),
        State("declined", "经营者不同意", final=True),
        State("lapsed", "逾期未推荐", final=True),
        State("withdrawn", "部门已撤回", final=True),
    ),
    roles={
        "nominator": "推荐部门经办人",
        "nominator_decider": "推荐部门负责人",
        "proprietor": "经营者本人",
        SYSTEM: "系统",
    },
    steps=(
        Step("draft", "起草推荐", (), "drafted", "nominator", CLAUSE, CAMPAIGN, needs_reason=True),
        Step(
            "ask_consent", "征求同意", ("drafted",), "asking_consent", "nominator", CLAUSE,
            within("nomination_consent"),
        ),
        Step("consent", "同意推荐", ("asking_consent",), "consented", "proprietor", CLAUSE, CAMPAIGN),
        Step(
            "record_consent", "登记书面同意", ("drafted", "asking_consent"), "consented", "nominator", CLAUSE, CAMPAIGN,
            needs_reason=True,
        ),
        Step("refuse_consent", "不同意推荐", ("asking_consent",), "declined", "proprietor", CLAUSE, NONE),
        Step("revoke_consent", "撤回同意", ("consented",), "declined", "proprietor", "正文三(二)", NONE),
        Step(
            "stop_asking", "逾期未答复", ("asking_consent",), "drafted", "nominator", CLAUSE, CAMPAIGN, after_due=True,
        ),
        Step(
            "return_draft", "退回修改", ("consented",), "consented", "nominator_decider", CLAUSE, KEPT,
            needs_reason=True,
            not_by=frozenset({"draft"}),
        ),
        Step(
            "submit", "正式推荐", ("consented",), "submitted", "nominator_decider", CLAUSE, NONE, needs_reason=True,
            not_by=frozenset({"draft"}),
        ),
        Step("withdraw", "撤回推荐", OPEN, "withdrawn", "nominator", CLAUSE, NONE, needs_reason=True),
        Step(
            "lapse", "申报期满未推荐", ("drafted", "consented"), "lapsed", SYSTEM, "附件三(二)1", NONE, after_due=True,
        ),
    ),
)  # fmt: skip
