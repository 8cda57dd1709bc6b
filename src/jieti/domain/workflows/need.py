"""需求: what a business needs (people, training, finance, premises, partners) and what became of it (正文二(三)6)."""

from jieti.domain.workflows.table import NONE, State, Step, within, workflow

CLAUSE = "正文二(三)6"
OPEN = ("filed", "accepted", "referred")

NEED = workflow(
    "need",
    "需求",
    CLAUSE,
    states=(
        State("filed", "已登记"),
        State("accepted", "对接中"),
        State("referred", "已推荐机会"),
        State("settled", "已有结果", final=True),
        State("withdrawn", "已撤回", final=True),
    ),
    roles={"asker": "经营者", "handler": "承办单位工作人员"},
    steps=(
        Step("file", "登记需求", (), "filed", "asker", CLAUSE, within("need_accept")),
        Step("accept", "受理", ("filed",), "accepted", "handler", CLAUSE, within("need_settle")),
        Step(
            "hand_over", "转其他单位", ("filed", "accepted"), "filed", "handler", CLAUSE, within("need_accept"),
            needs_reason=True,
        ),
        Step(
            "refer", "推荐课程、场地或者活动", ("filed", "accepted", "referred"), "referred", "handler", CLAUSE,
            within("need_settle"), needs_reason=True,
        ),
        Step(
            "settle", "登记结果", ("filed", "accepted", "referred"), "settled", "handler", CLAUSE, NONE,
            needs_reason=True,
        ),
        Step("withdraw", "撤回", OPEN, "withdrawn", "asker", CLAUSE, NONE),
    ),
)  # fmt: skip
