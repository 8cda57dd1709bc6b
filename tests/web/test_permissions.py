"""Every page and every operation of the interface, asked for by everybody, beside the table that people read."""

from pathlib import Path

import pytest

from jieti.audit.models import Event
from jieti.determinations.models import Run
from jieti.registry.models import Delivery
from jieti.rulebooks.models import AnnualNorm
from tests.factories.deliveries import make_feeds
from tests.web import district
from tests.web.permissions import LEGEND, REFUSED, table

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "permissions.md"
FOUND = ROOT / "build" / "permissions.md"
NOBODYS = "999999999"
HEAD = f"""# 谁能打开什么

这张表由测试逐一打开每个地址得出（`tests/web/test_permissions.py`）。
与程序不符时测试不通过，新表写在 `build/permissions.md`。
行是地址，列是人：同一个小区县里的每种岗位、经营者和受托人、没有关系的人、邻区的同行，以及三种接口密钥。

{LEGEND}

"""


def samples(run: Run, people: district.People) -> dict[str, str]:
    """Something real for every part of an address, and for the beginnings of addresses that are of one thing.

    A number of which nothing is said stands for something that is not there.
    """
    delivery = Delivery.objects.filter(source_key="tax").latest("pk").pk
    return {
        "<uscc>": district.GROWTH,
        "<pk>": NOBODYS,
        "<mode>": "large",
        "<source>": "tax",
        "<number>": str(delivery),
        "<year>": str(run.year),
        "<platform>": "officers",
        "<provider_id>": "officers",
        "<key>": "determination",
        "<code>": "110116",
        "<sha256>": "0" * 64,
        "<run>": str(run.pk),
        "<delivery>": str(delivery),
        "<fact>": "turnover",
        "<form>": "json",
        "<deed>": "publish",
        "<kind>": "hiring",
        "<standard>": "renowned",
        "<criterion>": "quality_and_reputation",
        "<finding>": NOBODYS,
        "<who>": "visitor",
        "publications/<str:code>/<int:number>.<slug:form>": "publications/110116/1.json",
        "officer/deliveries/<int:pk>/": f"officer/deliveries/{delivery}/",
        "officer/runs/<int:pk>/": f"officer/runs/{run.pk}/",
        "officer/people/<int:pk>/": f"officer/people/{people.clerk.pk}/",
        "officer/norms/<int:pk>/": f"officer/norms/{AnnualNorm.objects.latest('pk').pk}/",
        "officer/audit/<int:pk>/": f"officer/audit/{Event.objects.latest('pk').pk}/",
    }


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_the_table_says_who_may_open_what(run: Run, people: district.People) -> None:
    make_feeds()
    found = HEAD + table(people, samples(run, people)) + "\n"
    FOUND.parent.mkdir(exist_ok=True)
    FOUND.write_text(found, encoding="utf-8")
    assert "！" not in found.partition(LEGEND)[2], "an address answers with a fault of the program"
    assert found == PAGE.read_text(encoding="utf-8"), "read build/permissions.md; if it is right, it is the new table"


def test_somebody_without_a_part_sees_no_page_of_the_officers() -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `/officer/")]
    assert len(rows) > 40
    for row in rows:
        stranger, outsider, proprietor, agent = (cell.strip() for cell in row.split("|")[2:6])
        assert (stranger, outsider, proprietor, agent) == ("登录", REFUSED, REFUSED, REFUSED), row
