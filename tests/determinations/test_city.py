"""The city's published result beside a run of the district's own."""

import pytest

from jieti.accounts.models import Jurisdiction, User
from jieti.determinations.actions import start_run
from jieti.determinations.city import Comparison, Kind, compare, has_published
from jieti.determinations.models import Run
from jieti.determinations.running import execute
from jieti.rulebooks.models import AnnualNorm
from tests.determinations.conftest import Feed
from tests.factories.tables import code

pytestmark = pytest.mark.django_db
HEADER = ["统一社会信用代码", "分型年度", "分型结果", "公布日期"]


@pytest.fixture
def run(reviewer: User, norm: AnnualNorm, delivered: None) -> Run:
    """1 survival, 2 growth, 3 development, 4 ineligible, 5 survival."""
    return execute(start_run(by=reviewer, year=2026, kind=Run.Kind.SHADOW))


def compared(run: Run, feed: Feed, *rows: tuple[int, int, str, str]) -> Comparison | None:
    feed("published_tiers", [HEADER, *([code(number), *rest] for number, *rest in rows)])
    return compare(run)


def test_without_the_citys_result_there_is_nothing_to_compare(run: Run, feed: Feed) -> None:
    assert compare(run) is None
    assert compared(run, feed, (1, 2025, "生存型", "2025-08-01")) is None
    assert not has_published(Jurisdiction.objects.site(), 2026)


def test_same_different_and_only_in_one_of_them(run: Run, feed: Feed) -> None:
    found = compared(
        run,
        feed,
        (1, 2026, "生存型", "2026-06-20"),
        (2, 2026, "生存型", "2026-06-20"),
        (3, 2026, "发展型", "2026-06-20"),
        (4, 2026, "不符合分型条件", "2026-06-20"),
        (8, 2026, "成长型", "2026-06-20"),
    )
    assert found is not None
    assert dict(found.counts) == {
        Kind.SAME: 3, Kind.DIFFERENT: 1, Kind.PENDING: 0, Kind.ONLY_HERE: 1, Kind.ONLY_THERE: 1
    }  # fmt: skip
    assert {line.uscc: line.kind for line in found.lines} == {
        code(2): Kind.DIFFERENT,
        code(5): Kind.ONLY_HERE,
        code(8): Kind.ONLY_THERE,
    }
    assert found.by_town()[0][0] in {"怀柔镇", "（未登记）"}
    assert sum(sum(counts.values()) for _, counts in found.by_town()) == 3
    assert has_published(Jurisdiction.objects.site(), 2026)


def test_the_reasons_name_what_would_have_to_differ(run: Run, feed: Feed) -> None:
    found = compared(
        run,
        feed,
        (1, 2026, "成长型", "2026-06-20"),
        (2, 2026, "不符合分型条件", "2026-06-20"),
        (4, 2026, "生存型", "2026-06-20"),
    )
    assert found is not None
    reasons = {line.uscc: " ".join(found.reasons(line)) for line in found.lines}
    assert "“营业收入达到成长型标准”（附件一(三)2(2)A）本区判定为不成立，市里的结果须其成立" in reasons[code(1)]
    assert "符合基础标准" not in reasons[code(1)]
    assert "“符合基础标准”（附件一(三)1）本区判定为成立，市里的结果须其不成立" in reasons[code(2)]
    assert "上一年度年报已报送" in reasons[code(4)]
    assert "登记在册" not in reasons[code(4)]
    assert all("样例数额" in reasons[code(n)] for n in (1, 2, 4))
    only_here = next(line for line in found.lines if line.uscc == code(5))
    assert found.reasons(only_here) == ("市里公布的结果里没有这一户",)


def test_what_is_pending_here_says_what_is_not_known(
    reviewer: User, norm: AnnualNorm, delivered: None, feed: Feed
) -> None:
    from jieti.registry.models import Delivery

    Delivery.objects.filter(source_key="annual_reports").update(source_key="gone")
    run = execute(start_run(by=reviewer, year=2026, kind=Run.Kind.SHADOW))
    found = compared(run, feed, (1, 2026, "生存型", "2026-06-20"))
    assert found is not None
    line = next(one for one in found.lines if one.uscc == code(1))
    assert line.kind is Kind.PENDING
    assert "“上一年度年报已报送”（附件一(三)1）本区待数据，市里的结果须其成立" in found.reasons(line)


def test_the_last_publication_of_the_year_counts(run: Run, feed: Feed) -> None:
    found = compared(run, feed, (1, 2026, "成长型", "2026-06-20"), (1, 2026, "生存型", "2026-06-30"))
    assert found is not None
    assert found.counts[Kind.SAME] == 1
