"""A generated district: businesses around the thresholds, with gaps, as the departments' own tables."""

import random
from collections.abc import Mapping, Sequence

from tests.factories.tables import Rows, code, register, registered

REPORTS = ["统一社会信用代码", "年报年度", "报送日期", "营业收入"]
TAXES = ["统一社会信用代码", "所属年度", "已办税务登记", "纳税人类型", "非正常户", "实际入库税款", "退库税款"]
INSURED = ["统一社会信用代码", "费款所属期", "参保形式", "参保人数"]
CREDIT = ["统一社会信用代码", "类别", "作出决定日期"]
TURNOVERS = (0, 50_000, 150_000, 200_000, 299_999, 300_000, 300_001, 450_000, 2_999_999, 3_000_000, 5_000_000, None)
TAXES_PAID = (0, 4_999, 9_999, 10_000, 10_001, 99_999, 100_000, None)
TOWNS = ("怀柔镇", "雁栖镇", "渤海镇", "")
INDUSTRIES = ("6210", "5213", "8040", "")


def district(count: int, seed: int) -> dict[str, Rows]:
    """Every table of the standard for `count` businesses; the same seed gives the same tables."""
    chance = random.Random(seed)
    numbers = range(1, count + 1)
    pick = chance.choice
    return {
        "registration": register(*(_registered(number, chance) for number in numbers)),
        "annual_reports": [
            REPORTS, *([code(n), 2025, "2026-03-01", pick(TURNOVERS)] for n in numbers if chance.random() < 0.9)
        ],
        "tax": [TAXES, *(_taxed(n, chance) for n in numbers if chance.random() < 0.9)],
        "social_insurance": [
            INSURED, *([code(n), "2025-07", "单位", pick((1, 3, 4, 9))] for n in numbers if chance.random() < 0.3)
        ],
        "credit": [CREDIT, *([code(n), "经营异常状态", "2026-01-05"] for n in numbers if chance.random() < 0.1)],
        "intellectual_property": [["统一社会信用代码", "权利种类"]],
        "suspension": [["统一社会信用代码", "备案日期", "歇业截止日期"]],
    }  # fmt: skip


def without(tables: Mapping[str, Rows], *sources: str) -> dict[str, Rows]:
    """The same, with these sources not delivered."""
    return {key: rows for key, rows in tables.items() if key not in sources}


def _registered(number: int, chance: random.Random) -> Sequence[object]:
    return registered(
        number,
        登记状态=chance.choice(("登记在册", "登记在册", "登记在册", "登记在册", "注销")),
        成立日期=chance.choice(("2020-03-01", "2020-03-01", "2024-07-01", "2024-07-02", "2026-01-01")),
        所属镇街=chance.choice(TOWNS),
        行业代码=chance.choice(INDUSTRIES),
        季节性经营=chance.choice(("否", "是")),
    )


def _taxed(number: int, chance: random.Random) -> list[object]:
    kind = chance.choice(("小规模纳税人", "一般纳税人"))
    return [code(number), 2025, chance.choice(("是", "是", "是", "否")), kind, "否", chance.choice(TAXES_PAID), 0]
