"""认定 of 名特优新 from the draft or the nomination to the benefits (附件三(二)–(四), 正文三(二)).

Structure keeps the document's order: no recognition without review, none without a visit where the path has one, none
without public notice where the rulebook holds one, and objections are settled before the decision. Optional parts are
the keys of `steps` in the rulebook's `procedure.yaml`.
"""

from jieti.domain.workflows.table import KEPT, NONE, RESUMED, SYSTEM, State, Step, until, within, workflow

WAYS = "附件三(二)2"
NOTICE = "正文三(二)"
CAMPAIGN = until("campaign")
PROPOSED = frozenset({"propose", "choose"})
BEFORE_NOTICE = (
    "draft",
    "submitted",
    "accepted",
    "reviewing",
    "waiting_for_evidence",
    "visiting",
    "reviewed",
    "comparing",
)

OPENING = (
    Step("draft", "起草申报", (), "draft", "proprietor", WAYS, CAMPAIGN, parts=frozenset({"application"})),
    Step("submit", "提交申报", ("draft",), "submitted", "proprietor", WAYS, within("recognition_accept")),
    Step(
        "receive_nomination", "收到推荐", (), "submitted", "nominator", WAYS, within("recognition_accept"),
        parts=frozenset({"nomination"}),
    ),
    Step("accept", "受理", ("submitted",), "accepted", "acceptor", WAYS, CAMPAIGN),
    Step(
        "turn_away", "不予受理", ("submitted",), "turned_away", "acceptor", "附件三(三)1", NONE, needs_reason=True,
    ),
    Step("lapse", "申报期满未提交", ("draft",), "lapsed", SYSTEM, "附件三(二)1", NONE, after_due=True),
)  # fmt: skip

REVIEW = (
    Step("review", "开始审核", ("accepted",), "reviewing", "reviewer", WAYS, KEPT),
    Step(
        "ask_evidence", "要求补充材料", ("reviewing",), "waiting_for_evidence", "reviewer", WAYS,
        within("recognition_evidence"), needs_reason=True, stops_clock=True,
    ),
    Step("supply_evidence", "补充材料", ("waiting_for_evidence",), "reviewing", "proprietor", WAYS, RESUMED),
    Step(
        "end_waiting", "逾期未补充，继续审核", ("waiting_for_evidence",), "reviewing", "reviewer", WAYS, RESUMED,
        after_due=True,
    ),
    Step(
        "pass_to_visit", "审核通过，安排走访", ("reviewing",), "visiting", "reviewer", WAYS, KEPT, needs_reason=True,
        parts=frozenset({"site_visit"}),
    ),
    Step("record_visit", "登记走访情况", ("visiting",), "reviewed", "visitor", WAYS, KEPT, needs_reason=True),
    Step(
        "pass_review", "审核通过", ("reviewing",), "reviewed", "reviewer", WAYS, KEPT, needs_reason=True,
        skips=frozenset({"site_visit"}),
    ),
    Step("fail", "审核不通过", ("reviewing", "reviewed"), "failed", "reviewer", "附件三(三)2", KEPT, needs_reason=True),
    Step(
        "look_again", "退回重新审核", ("failed",), "reviewing", "decider", "附件三(三)2", KEPT, needs_reason=True,
        not_by=frozenset({"fail"}),
    ),
    Step(
        "refuse", "不予认定", ("failed",), "refused", "decider", "附件三(三)2", NONE, needs_reason=True,
        not_by=frozenset({"fail"}),
    ),
)  # fmt: skip

SELECTION = (
    Step(
        "compare", "进入比选", ("reviewed",), "comparing", "reviewer", "附件三(三)2", KEPT,
        parts=frozenset({"comparison"}),
    ),
    Step("choose", "比选择优，拟认定", ("comparing",), "proposed", "reviewer", "附件三(三)2", KEPT, needs_reason=True),
    Step("not_choose", "比选未入选", ("comparing",), "not_chosen", "decider", "附件三(三)2", NONE, needs_reason=True),
    Step(
        "propose", "拟认定并标注类别", ("reviewed",), "proposed", "reviewer", WAYS, KEPT, needs_reason=True,
        skips=frozenset({"comparison"}),
    ),
    Step(
        "give_notice", "公示", ("proposed",), "noticed", "decider", NOTICE, within("public_notice"), not_by=PROPOSED,
        parts=frozenset({"public_notice"}),
    ),
    Step("end_notice", "公示期满无异议", ("noticed",), "deciding", "acceptor", NOTICE, CAMPAIGN, after_due=True),
    Step(
        "hear_objections", "公示期满，处理异议", ("noticed",), "objected", "acceptor", NOTICE,
        within("objection_decide"),
        needs_reason=True, after_due=True,
    ),
    Step(
        "dismiss_objections", "异议均不成立", ("objected",), "deciding", "decider", NOTICE, CAMPAIGN, needs_reason=True,
        not_by=PROPOSED,
    ),
    Step(
        "uphold_objection", "异议成立，不予认定", ("objected",), "refused", "decider", NOTICE, NONE, needs_reason=True,
        not_by=PROPOSED,
    ),
    Step(
        "decide_without_notice", "送决定", ("proposed",), "deciding", "decider", WAYS, KEPT, not_by=PROPOSED,
        skips=frozenset({"public_notice"}),
    ),
)  # fmt: skip

DECISION = (
    Step(
        "recognise", "认定并标注类别", ("deciding",), "recognised", "decider", WAYS, within("city_report"),
        needs_reason=True, not_by=PROPOSED,
    ),
    Step(
        "decline", "决定不予认定", ("deciding",), "refused", "decider", "附件三(三)2", NONE, needs_reason=True,
        not_by=PROPOSED,
    ),
    Step(
        "report", "报市市场监管局", ("recognised",), "reported", "reviewer", WAYS, until("benefits"),
        parts=frozenset({"city_report"}),
    ),
    Step(
        "take_effect_unreported", "转入有效期管理", ("recognised",), "in_force", "reviewer", "附件三(五)", NONE,
        skips=frozenset({"city_report"}),
    ),
    Step("take_effect", "转入有效期管理", ("reported",), "in_force", "reviewer", "附件三(五)", NONE),
    Step(
        "draw", "市级抽查", ("reported",), "spot_checking", "city_officer", WAYS, within("spot_check"),
        parts=frozenset({"spot_check"}),
    ),
    Step("find_in_order", "抽查符合条件", ("spot_checking",), "reported", "city_officer", WAYS, until("benefits")),
    Step(
        "ask_supplement", "限期补充材料", ("spot_checking",), "supplementing", "city_officer", WAYS,
        within("spot_check_supplement"), needs_reason=True,
    ),
    Step("supplement", "补充材料", ("supplementing",), "spot_checking", "reviewer", WAYS, within("spot_check")),
    Step(
        "miss_supplement", "逾期未补充", ("supplementing",), "spot_checking", "city_officer", WAYS,
        within("spot_check"), after_due=True,
    ),
    Step(
        "refuse_after_check", "抽查不予认定", ("spot_checking",), "refused", "city_decider", WAYS, NONE,
        needs_reason=True, not_by=frozenset({"draw"}),
    ),
    Step(
        "withdraw", "撤回申报", (*BEFORE_NOTICE, "failed", "proposed", "noticed", "objected", "deciding"), "withdrawn",
        "proprietor", "正文三(二)", NONE,
    ),
)  # fmt: skip

RECOGNITION = workflow(
    "recognition",
    "名特优新认定",
    "附件三(二)",
    states=(
        State("draft", "起草中"),
        State("submitted", "已提交"),
        State("accepted", "已受理"),
        State("reviewing", "审核中"),
        State("waiting_for_evidence", "待补充材料"),
        State("visiting", "待走访"),
        State("reviewed", "审核完成"),
        State("failed", "审核不通过，待审批"),
        State("comparing", "比选中"),
        State("proposed", "拟认定"),
        State("noticed", "公示中"),
        State("objected", "公示异议处理中"),
        State("deciding", "待决定"),
        State("recognised", "已认定，待上报"),
        State("reported", "已上报"),
        State("spot_checking", "市级抽查中"),
        State("supplementing", "限期补充材料"),
        State("in_force", "已转入有效期管理", final=True),
        State("not_chosen", "未入选", final=True),
        State("refused", "不予认定", final=True),
        State("turned_away", "不予受理", final=True),
        State("lapsed", "逾期未提交", final=True),
        State("withdrawn", "已撤回", final=True),
    ),
    roles={
        "proprietor": "经营者",
        "nominator": "推荐部门",
        "acceptor": "受理人员",
        "reviewer": "审核人员",
        "visitor": "走访人员",
        "decider": "审批人员",
        "city_officer": "市级抽查人员",
        "city_decider": "市级审批人员",
        SYSTEM: "系统",
    },
    steps=(*OPENING, *REVIEW, *SELECTION, *DECISION),
)
