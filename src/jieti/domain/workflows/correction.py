"""更正请求: a fact that the proprietor says is wrong, and what the department that supplied it answers (正文三(一)).

The value names its supplier, so that nobody has to route the request. What a corrected fact has touched is followed
up case by case elsewhere (附件一(二)3).
"""

from jieti.domain.workflows.table import NONE, State, Step, within, workflow

CLAUSE = "正文三(一)"

CORRECTION = workflow(
    "correction",
    "数据更正",
    CLAUSE,
    states=(
        State("open", "待答复"),
        State("corrected", "已更正", final=True),
        State("upheld", "核实无误", final=True),
        State("withdrawn", "已撤回", final=True),
    ),
    roles={"claimant": "提出人", "supplier": "数据提供单位"},
    steps=(
        Step("raise", "提出更正", (), "open", "claimant", CLAUSE, within("correction_answer"), needs_reason=True),
        Step("correct", "更正并答复", ("open",), "corrected", "supplier", CLAUSE, NONE, needs_reason=True),
        Step("uphold", "维持原数据并答复", ("open",), "upheld", "supplier", CLAUSE, NONE, needs_reason=True),
        Step("withdraw", "撤回", ("open",), "withdrawn", "claimant", CLAUSE, NONE),
    ),
)
