"""What anybody may read, and what nobody may read there."""

import io
from collections.abc import Iterable, Sequence

import pytest
from django.http import HttpResponseBase
from django.test import Client
from python_calamine import CalamineWorkbook

from jieti.determinations.models import Run
from jieti.directory.models import DirectoryEntry
from jieti.rulebooks.catalogue import current_rulebook
from tests.web import district
from tests.web.conftest import downloaded

PAGES = ("/", "/?q=老王", f"/business/{district.GROWTH}/", "/standards/", "/measures/", "/accessibility/", "/login/")
TABLES = ("/directory.xlsx?q=老王", "/standards.xlsx", "/measures.xlsx")


def sheet(response: HttpResponseBase) -> Sequence[Sequence[object]]:
    """The rows of a downloaded table."""
    content = downloaded(response)
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


def flat(rows: Iterable[Iterable[object]]) -> str:
    return "\n".join("\t".join(map(str, row)) for row in rows)


@pytest.mark.parametrize("path", PAGES)
def test_pages_open_without_an_account(client: Client, run: Run, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200
    assert '<html lang="zh-CN"' in response.content.decode()


@pytest.mark.parametrize("path", [*PAGES[:4], f"/business/{district.GONE}/", f"/business/{district.PENDING}/"])
@pytest.mark.clause("附件一(二)2.b")
def test_no_public_page_shows_what_must_not_be_shown(client: Client, run: Run, path: str) -> None:
    text = client.get(path).content.decode()
    forbidden = [*district.SECRETS, "王二", "李四", "田仙峪", "21806613", "未按期公示", "3680000", "3,680,000"]
    assert not [secret for secret in forbidden if secret in text]


@pytest.mark.parametrize("path", TABLES)
def test_tables_hold_no_secret_either(client: Client, run: Run, path: str) -> None:
    text = flat(sheet(client.get(path)))
    assert not [secret for secret in district.SECRETS if secret in text]
    assert "名称" in text or "依据" in text


def test_two_records_that_differ_in_secrets_only_have_the_same_page(client: Client, run: Run) -> None:
    """The page is a function of the directory, and the directory has no column for them."""
    columns = {field.name for field in DirectoryEntry._meta.get_fields()}
    assert columns == {
        "uscc", "jurisdiction", "name", "search_name", "initials", "town", "industry", "established_on", "tier",
        "possible", "year", "status", "is_new", "published_at", "category", "category_until", "category_at",
    }  # fmt: skip


def test_nothing_is_found_before_publication(client: Client, people: district.People) -> None:
    district.determined(people)
    assert "没有找到符合条件的个体工商户" in client.get("/?q=老王").content.decode()
    assert client.get(f"/business/{district.GROWTH}/").status_code == 404


def test_search_shows_label_and_place(client: Client, run: Run) -> None:
    text = client.get("/?q=雁栖老王").content.decode()
    for shown in ("共找到<strong> 1 </strong>户", "北京市怀柔区雁栖老王饭馆", "餐饮业", "2010年4月16日成立", "成长型"):
        assert shown in text


@pytest.mark.parametrize("tier", ["growth", "pending"])
def test_filters_narrow_and_are_counted(client: Client, run: Run, tier: str) -> None:
    text = client.get("/", {"q": "老", "tier": tier}).content.decode()
    assert "共找到<strong> 1 </strong>户" in text or tier == "growth"
    text = client.get("/", {"q": "北京", "tier": tier, "town": ["雁栖镇", "渤海镇"]}).content.decode()
    assert "共找到<strong> 1 </strong>户" in text
    assert "已选3项" in text


def test_filters_alone_list_what_they_leave(client: Client, run: Run) -> None:
    text = client.get("/?tier=growth").content.decode()
    assert "共找到<strong> 1 </strong>户" in text
    assert "餐饮业" in text
    assert "共找到" not in client.get("/?tier=growth&industry=61").content.decode()
    assert "共找到<strong> 1 </strong>户" in client.get("/?industry=62").content.decode()


def test_nothing_typed_is_asked_again(client: Client, run: Run) -> None:
    assert "请先输入名称" in client.get("/?q=").content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "q=老王&page=99",
        "q=老王&page=x",
        "q=老王&page=-1",
        "q=老王&tier=rich&town=火星",
        "q=" + "王" * 300,
        "q=老王&page=" + "9" * 5000,
    ],
)
def test_odd_addresses_do_no_harm(client: Client, run: Run, query: str) -> None:
    assert client.get("/?q=老王&" + query).status_code == 200


def test_what_is_typed_comes_back_as_text(client: Client, run: Run) -> None:
    text = client.get("/", {"q": "<script>alert(1)</script>"}).content.decode()
    assert "<script>alert" not in text
    assert "&lt;script&gt;" in text


def test_a_code_in_small_letters_leads_to_its_page(client: Client, run: Run) -> None:
    response = client.get(f"/business/{district.GROWTH.lower()}/")
    assert response.headers["Location"] == f"/business/{district.GROWTH}/"


@pytest.mark.parametrize(
    ("uscc", "label"),
    [
        (district.GROWTH, "成长型"),
        (district.DEVELOPMENT, "发展型"),
        (district.SURVIVAL, "生存型"),
        (district.GONE, "不符合分型条件"),
        (district.PENDING, "待数据"),
        (district.NEW, "生存型"),
    ],
)
@pytest.mark.clause("附件一(二)1.b", "附件一(二)2.b")
def test_a_business_has_its_label_and_year(client: Client, run: Run, uscc: str, label: str) -> None:
    text = client.get(f"/business/{uscc}/").content.decode()
    assert f"{district.YEAR}年度分型结果：{label}" in text


def test_an_unsettled_result_says_what_is_still_possible(client: Client, run: Run) -> None:
    assert "生存型、成长型、发展型" in client.get(f"/business/{district.PENDING}/").content.decode()


def test_an_ineligible_business_is_not_told_why_in_public(client: Client, run: Run) -> None:
    """That it is deregistered is in the public register; which requirement it failed is nobody's to read."""
    text = client.get(f"/business/{district.GONE}/").content.decode()
    assert "不符合分型条件" in text
    assert not [criterion.label for criterion in current_rulebook().criteria.values() if criterion.label in text]


@pytest.mark.clause("附件一(二)2.a")
def test_the_standard_has_every_clause_and_says_what_is_not_published(client: Client, run: Run) -> None:
    text = client.get("/standards/").content.decode()
    for letter in ("附件一(三)1(1)", "附件一(三)1(4)", "附件一(三)2(2)C", "附件一(三)2(3)E"):
        assert letter in text
    assert "300,000.00元（含）以上" in text
    assert text.count("未公布") == 1
    assert "样例〔1〕号" in text
    assert "不是主管部门公布的标准" in text


def test_the_standard_without_a_norm(client: Client, db: None) -> None:
    text = client.get("/standards/").content.decode()
    assert text.count('<span class="tag warn">未公布</span>') == 4
    assert "尚未公布当年认定标准" in text


def test_measures_promise_nothing_where_there_is_no_duty(client: Client, run: Run) -> None:
    text = client.get("/measures/").content.decode()
    assert "待明确牵头部门" in text
    assert "不产生请求给付的权利" in text
    assert not [word for word in ("补贴金额", "可获得", "领取") if word in text]


def test_large_type_is_a_cookie(client: Client, run: Run) -> None:
    response = client.get("/display/large/?next=/measures/")
    assert response.headers["Location"] == "/measures/"
    assert 'data-display="large"' in client.get("/measures/").content.decode()
    client.get("/display/normal/")
    assert 'data-display="normal"' in client.get("/measures/").content.decode()


@pytest.mark.parametrize("there", ["https://example.invalid/", "//example.invalid/", "javascript:alert(1)"])
def test_the_way_back_stays_on_this_site(client: Client, db: None, there: str) -> None:
    assert client.get("/display/large/", {"next": there}).headers["Location"] == "/"


def test_an_unknown_page_is_a_page(client: Client, db: None) -> None:
    response = client.get("/nowhere/")
    assert response.status_code == 404
    assert "没有找到这个页面" in response.content.decode()


def test_a_fault_is_a_page_too(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jieti.web.public.measures._groups", lambda: 1 / 0)
    client.raise_request_exception = False
    response = client.get("/measures/")
    assert response.status_code == 500
    assert "系统暂时出了问题" in response.content.decode()


def test_robots_stay_out_of_what_needs_an_account(client: Client, db: None) -> None:
    text = client.get("/robots.txt").content.decode()
    assert "Disallow: /my/" in text
    assert "Disallow: /officer/" in text


@pytest.mark.parametrize("path", [*PAGES[:-1], "/robots.txt"])
def test_public_pages_take_no_post(client: Client, run: Run, path: str) -> None:
    assert client.post(path).status_code == 405
