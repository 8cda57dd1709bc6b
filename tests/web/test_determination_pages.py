"""The pages of the yearly determination: preconditions, studies, what waits, the city's result, receipts, packages."""

import json
from collections.abc import Mapping

import pytest
from django.test import Client

from jieti.accounts.models import Role, User
from jieti.determinations.exports import make_export
from jieti.determinations.models import NationalExport, NormStudy, Run
from jieti.determinations.running import execute
from jieti.determinations.studies import execute_study
from jieti.rulebooks.actions import approve_norm
from jieti.rulebooks.models import AnnualNorm
from tests.factories.accounts import make_district, make_jurisdiction, make_officer
from tests.factories.deliveries import make_feeds
from tests.web import district
from tests.web.conftest import LogIn, downloaded
from tests.web.test_public import flat, sheet

ALL = {"clerk": 200, "reviewer": 200, "approver": 200, "auditor": 200}
READERS = {"clerk": 403, "reviewer": 200, "approver": 200, "auditor": 200}
REVIEWER = {"clerk": 403, "reviewer": 200, "approver": 403, "auditor": 403}
APPROVER = {"clerk": 403, "reviewer": 403, "approver": 200, "auditor": 403}
PAGES: Mapping[str, Mapping[str, int]] = {
    "/officer/runs/conditions/": ALL,
    "/officer/runs/conditions.xlsx": ALL,
    "/officer/runs/{run}/waiting/": READERS,
    "/officer/runs/{run}/waiting.xlsx": READERS,
    "/officer/runs/{run}/city/": READERS,
    "/officer/runs/{run}/city.xlsx": READERS,
    "/officer/runs/{run}/manifest.json": READERS,
    "/officer/runs/{run}/proofs/{growth}.json": READERS,
    "/officer/studies/": ALL,
    "/officer/studies.xlsx": ALL,
    "/officer/studies/new/": REVIEWER,
    "/officer/studies/{study}/": READERS,
    "/officer/studies/{study}/progress/": READERS,
    "/officer/studies/{study}/counts.xlsx": READERS,
    "/officer/studies/{study}/1/": READERS,
    "/officer/studies/{study}/1/movers.xlsx": READERS,
    "/officer/exports/": READERS,
    "/officer/exports.xlsx": READERS,
    "/officer/exports/new/{run}/": APPROVER,
    "/officer/exports/{export}/": READERS,
    "/officer/exports/{export}/package.zip": READERS,
}
WRITES = {
    "/officer/runs/{run}/cancel/": "reviewer",
    "/officer/runs/{run}/waiting/chase/": "reviewer",
    "/officer/runs/{run}/waiting/rejudge/1/": "reviewer",
    "/officer/exports/{export}/send/": "approver",
}
CITY = f"""统一社会信用代码,分型年度,分型结果,公布日期
{district.GROWTH},{district.YEAR},生存型,{district.YEAR}-07-20
{district.DEVELOPMENT},{district.YEAR},发展型,{district.YEAR}-07-20
"""
STUDY = {
    "year": str(district.YEAR),
    "basis_date": f"{district.YEAR}-07-01",
    **district.NORM,
    "vary_1": "growth_turnover",
    "from_1": "300000",
    "to_1": "700000",
    "step_1": "400000",
}


def a_study(client: Client, **changes: str) -> NormStudy:
    client.post("/officer/studies/new/", {**STUDY, **changes})
    return execute_study(NormStudy.objects.latest("pk"))


@pytest.fixture
def paths(run: Run, people: district.People, log_in: LogIn) -> dict[str, object]:
    """What stands in the addresses: a published run, a study, a package, the city's result."""
    district.deliver(people.clerk, "published_tiers", CITY)
    study = a_study(log_in(people.reviewer))
    export = make_export(by=people.approver, run=run)
    return {"run": run.pk, "study": study.pk, "export": export.pk, "growth": district.GROWTH}


def foreign_officer() -> User:
    """A reviewer and approver of another district."""
    other = make_jurisdiction("999999", "某区", "cn-999999-demo-variant", in_city=False)
    return make_officer(make_district(other), Role.REVIEWER, username="foreign")


def test_who_may_open_what(paths: dict[str, object], people: district.People, log_in: LogIn) -> None:
    foreign = foreign_officer()
    for pattern, expected in PAGES.items():
        path = pattern.format(**paths)
        assert log_in(None).get(path).status_code == 302, path
        found = {}
        for who in {"outsider": 403, "proprietor": 403, **expected}:
            response = log_in(getattr(people, who)).get(path)
            found[who] = response.status_code
            if response.streaming:
                assert downloaded(response).startswith(b"PK")
        assert found == {"outsider": 403, "proprietor": 403, **expected}, path
        own = "{" not in pattern
        elsewhere = log_in(foreign).get(path)
        assert elsewhere.status_code in ((200, 403) if own else (403, 404)), path
        if elsewhere.streaming:
            downloaded(elsewhere)


def test_writing_is_for_those_whose_duty_it_is(
    paths: dict[str, object], people: district.People, log_in: LogIn
) -> None:
    foreign = foreign_officer()
    for pattern, doer in WRITES.items():
        path = pattern.format(**paths)
        for who in {"clerk", "reviewer", "approver", "auditor", "outsider", "proprietor"} - {doer}:
            assert log_in(getattr(people, who)).post(path).status_code == 403, (path, who)
        assert log_in(foreign).post(path).status_code in (403, 404)
        assert log_in(getattr(people, doer)).get(path).status_code == 405


def test_the_preconditions_are_listed(run: Run, people: district.People, log_in: LogIn) -> None:
    text = log_in(people.reviewer).get("/officer/runs/conditions/").content.decode()
    assert "已证明" in text
    assert "登记注册信息" in text
    assert "由区市场监管局的审核人员代为发起" in text
    rows = sheet(log_in(people.reviewer).get("/officer/runs/conditions.xlsx"))
    assert len(rows) == 1 + 2 + 7


def test_from_study_to_norm_to_a_run_that_agrees(people: district.People, log_in: LogIn) -> None:
    for source, table in district.FILES.items():
        district.deliver(people.clerk, source, table)
    reviewer = log_in(people.reviewer)
    study = a_study(reviewer)
    page = reviewer.get(f"/officer/studies/{study.pk}/").content.decode()
    assert '<svg class="chart"' in page
    assert f"/officer/norms/new/?study={study.pk}&amp;scenario=2" in page
    for figure in ("300,000.00", "700,000.00", "3,000,000.00（没有变动）"):
        assert page.count(figure) in {1, 2}, "what was tried in its row, what was not once above"
    form = reviewer.get(f"/officer/norms/new/?study={study.pk}&scenario=2").content.decode()
    assert 'value="700000.00"' in form
    values = study.report["scenarios"][2]["values"]
    proposal = {"year": str(district.YEAR), "document_number": "京市监发〔1〕号", "study": str(study.pk), **values}
    check = reviewer.post("/officer/norms/new/", {**proposal, "step": "check"}).content.decode()
    assert f'name="study" value="{study.pk}"' in check
    reviewer.post("/officer/norms/new/", {**proposal, "step": "propose"})
    norm = AnnualNorm.objects.get()
    assert f"第{study.pk}号试算" in reviewer.get(f"/officer/norms/{norm.pk}/").content.decode()
    approve_norm(by=people.approver, norm=norm)
    started = {"year": str(district.YEAR), "basis_date": f"{district.YEAR}-07-01", "kind": "main"}
    reviewer.post("/officer/runs/new/", started)
    run = execute(Run.objects.get())
    assert "完全相同" in reviewer.get(f"/officer/runs/{run.pk}/").content.decode()


def test_who_would_move_is_listed_with_names_and_tiers_alone(
    paths: dict[str, object], people: district.People, log_in: LogIn
) -> None:
    client = log_in(people.reviewer)
    page = client.get(f"/officer/studies/{paths['study']}/2/").content.decode()
    assert "700,000.00" in page
    assert "雁栖镇" in page
    assert "餐饮业" in page
    rows = sheet(client.get(f"/officer/studies/{paths['study']}/2/movers.xlsx"))
    assert rows[1:] == [[district.GROWTH, "北京市怀柔区雁栖老王饭馆", "雁栖镇", "成长型", "生存型"]]
    assert not [secret for secret in district.SECRETS if secret in flat(rows)]


def test_a_study_form_with_faults_says_where(run: Run, people: district.People, log_in: LogIn) -> None:
    client = log_in(people.reviewer)
    for changes, message in (
        ({"vary_1": ""}, "请选择要变动的数额"),
        ({"step_1": ""}, "请填写变动的数额（1）的“每步”"),
        ({"step_1": "0"}, "从低到高"),
        ({"from_1": "abc"}, "请填写数字"),
        ({"vary_2": "growth_turnover", "from_2": "1", "to_2": "2", "step_2": "1"}, "不能相同"),
        ({"basis_date": "2020-07-01"}, "不在"),
    ):
        response = client.post("/officer/studies/new/", {**STUDY, **changes})
        assert response.status_code in (409, 422)
        assert message in response.content.decode(), changes
    assert not NormStudy.objects.exists()


def test_a_run_is_cancelled_and_the_page_says_so(run: Run, people: district.People, log_in: LogIn) -> None:
    client = log_in(people.reviewer)
    client.post(
        "/officer/runs/new/", {"year": str(district.YEAR), "basis_date": f"{district.YEAR}-07-01", "kind": "shadow"}
    )
    trial = Run.objects.latest("pk")
    assert "取消这次判定" in client.get(f"/officer/runs/{trial.pk}/").content.decode()
    assert "取消这次判定" not in log_in(people.auditor).get(f"/officer/runs/{trial.pk}/").content.decode()
    client.post(f"/officer/runs/{trial.pk}/cancel/")
    trial.refresh_from_db()
    assert trial.status == Run.Status.CANCELLED
    assert "在开始以前取消" in client.get(f"/officer/runs/{trial.pk}/").content.decode()
    again = client.post(f"/officer/runs/{trial.pk}/cancel/", follow=True)
    assert "不能取消" in again.content.decode()


def test_what_waits_is_chased_and_judged_again(people: district.People, log_in: LogIn) -> None:
    make_feeds()
    tax = district.FILES["tax"]
    with pytest.MonkeyPatch.context() as patch:
        patch.delitem(district.FILES, "tax")
        run = district.determined(people)
    client = log_in(people.reviewer)
    page = client.get(f"/officer/runs/{run.pk}/waiting/").content.decode()
    assert "判定时没有送来" in page
    chased = client.post(f"/officer/runs/{run.pk}/waiting/chase/", {"source": "tax"}, follow=True).content.decode()
    assert "已通知" in chased
    assert client.post(f"/officer/runs/{run.pk}/waiting/chase/", {"source": "nothing"}).status_code == 404
    late = district.deliver(people.clerk, "tax", tax)
    assert "现在重新判定" in client.get(f"/officer/runs/{run.pk}/waiting/").content.decode()
    done = client.post(f"/officer/runs/{run.pk}/waiting/rejudge/{late.pk}/", follow=True).content.decode()
    assert "重新判定了" in done
    assert "已经重新判定的" in done
    assert run.results.current().get(uscc=district.SURVIVAL).tier == "survival"


def test_the_citys_result_is_compared_with_reasons(
    paths: dict[str, object], people: district.People, log_in: LogIn
) -> None:
    client = log_in(people.reviewer)
    assert "与市里公布的结果比较" in client.get(f"/officer/runs/{paths['run']}/").content.decode()
    page = client.get(f"/officer/runs/{paths['run']}/city/").content.decode()
    assert "市里的结果须其不成立" in page
    rows = sheet(client.get(f"/officer/runs/{paths['run']}/city.xlsx?kind=different"))
    assert len(rows) == 2
    assert rows[1][:6] == [district.GROWTH, "北京市怀柔区雁栖老王饭馆", "雁栖镇", "不一致", "成长型", "生存型"]
    only_here = client.get(f"/officer/runs/{paths['run']}/city/?kind=only_here").content.decode()
    assert "老王虹鳟鱼" not in only_here


def test_without_the_citys_result_the_page_says_so(run: Run, people: district.People, log_in: LogIn) -> None:
    assert "还没有收到" in log_in(people.reviewer).get(f"/officer/runs/{run.pk}/city/").content.decode()
    assert log_in(people.reviewer).get(f"/officer/runs/{run.pk}/city.xlsx").status_code == 404


def test_a_proprietor_has_the_proof_of_their_own(run: Run, people: district.People, log_in: LogIn) -> None:
    own = log_in(people.proprietor)
    response = own.get(f"/my/{district.GROWTH}/proof.json")
    proof = json.loads(response.content)
    assert proof["root"] == run.merkle_root
    assert proof["leaf"].startswith(f"{district.GROWTH}\tgrowth")
    assert own.get(f"/my/{district.SURVIVAL}/proof.json").status_code == 404
    assert log_in(people.reviewer).get(f"/my/{district.GROWTH}/proof.json").status_code == 404
    assert log_in(None).get(f"/my/{district.GROWTH}/proof.json").status_code == 302
    assert "下载结果的证明" in own.get(f"/my/{district.GROWTH}/").content.decode()


def test_a_package_is_made_and_handed_in_in_two_steps(run: Run, people: district.People, log_in: LogIn) -> None:
    approver = log_in(people.approver)
    assert "还没有生成数据包" in approver.get("/officer/exports/").content.decode()
    assert not NationalExport.objects.exists()
    approver.post(f"/officer/exports/new/{run.pk}/")
    export = NationalExport.objects.get()
    page = f"/officer/exports/{export.pk}/"
    assert export.sha256 in approver.get(page).content.decode()
    assert "确认已经报送" not in approver.get(page).content.decode()
    first = approver.post(f"{page}send/", {"receipt": "收字1号"})
    assert "确认已经报送" in first.content.decode()
    export.refresh_from_db()
    assert export.sent_at is None
    approver.post(f"{page}send/", {"receipt": "收字1号", "step": "confirm"})
    export.refresh_from_db()
    assert export.receipt == "收字1号"
    assert approver.post(f"{page}send/", {"receipt": "收字2号", "step": "confirm"}).status_code == 409
    assert approver.post(f"{page}send/", {"receipt": "", "step": "confirm"}).status_code == 409


def test_the_receipt_is_downloaded_as_it_was_written(run: Run, people: district.People, log_in: LogIn) -> None:
    client = log_in(people.auditor)
    assert json.loads(client.get(f"/officer/runs/{run.pk}/manifest.json").content) == run.manifest
    proof = json.loads(client.get(f"/officer/runs/{run.pk}/proofs/{district.GROWTH}.json").content)
    assert proof["root"] == run.merkle_root
    assert client.get(f"/officer/runs/{run.pk}/proofs/{'9' * 18}.json").status_code == 404
