"""The whole path over HTTP: departments' files → norm by two people → run → publication → public → proprietor."""

from datetime import date
from pathlib import Path

import pytest
from django.test import Client

from jieti.audit.checking import verify
from jieti.demo.population import PopulationReport, write_population
from jieti.demo.showcase import DEVELOPMENT_USCC, GROWTH_USCC, INELIGIBLE_USCC, NEW_USCC, UNKNOWN_TURNOVER_USCC
from jieti.determinations.models import Run
from jieti.determinations.running import execute
from jieti.directory.models import DirectoryEntry
from jieti.kit import clock
from jieti.registry.actions import link_proprietor
from jieti.registry.models import Business, Delivery
from jieti.registry.reading import read_delivery
from jieti.rulebooks.models import AnnualNorm
from tests.journeys.conftest import LogIn
from tests.web.district import YEAR, People

BUSINESSES = 400
NORM = {
    "growth_turnover": "300000",
    "growth_tax_paid": "10000",
    "development_turnover": "3000000",
    "development_tax_paid": "100000",
}
TIERS = {
    GROWTH_USCC: "成长型",
    DEVELOPMENT_USCC: "发展型",
    INELIGIBLE_USCC: "不符合分型条件",
    NEW_USCC: "生存型",
    UNKNOWN_TURNOVER_USCC: "待数据",
}


@pytest.fixture(scope="module")
def population(tmp_path_factory: pytest.TempPathFactory) -> PopulationReport:
    folder = tmp_path_factory.mktemp("population")
    return write_population(businesses=BUSINESSES, out=folder, basis_date=date(YEAR, 7, 1))


def upload(client: Client, source: str, path: Path) -> str:
    with path.open("rb") as file:
        data = {"source": source, "as_of": clock.today().isoformat(), "mode": "full", "file": file}
        return client.post("/officer/deliveries/new/", data, follow=True).content.decode()


def import_all(client: Client, second: Client, population: PopulationReport) -> None:
    for source, paths in population.files.items():
        for path in paths:
            assert "<progress" in upload(client, source, path), source
            delivery = read_delivery(Delivery.objects.latest("pk"))
            own = client.post(f"/officer/deliveries/{delivery.pk}/confirm/")
            assert own.status_code == 403, "who delivers does not confirm"
            second.post(f"/officer/deliveries/{delivery.pk}/confirm/")
    assert not Delivery.objects.exclude(status=Delivery.Status.ACCEPTED).exists()


def set_norm(reviewer: Client, approver: Client) -> None:
    data = {"year": YEAR, "document_number": "样例", "is_sample": "on", "step": "propose", **NORM}
    reviewer.post("/officer/norms/new/", data)
    norm = AnnualNorm.objects.get()
    assert reviewer.post(f"/officer/norms/{norm.pk}/", {"decision": "approve"}).status_code == 409
    approver.post(f"/officer/norms/{norm.pk}/", {"decision": "approve"})


def determine(reviewer: Client) -> Run:
    data = {"year": YEAR, "basis_date": f"{YEAR}-07-01", "kind": "main"}
    reviewer.post("/officer/runs/new/", data)
    assert reviewer.post("/officer/runs/new/", data).status_code == 409
    return execute(Run.objects.get())


def test_the_whole_path(people: People, log_in: LogIn, population: PopulationReport) -> None:
    public, clerk, reviewer, approver = (log_in(who) for who in (None, people.clerk, people.reviewer, people.approver))
    import_all(clerk, reviewer, population)
    set_norm(reviewer, approver)
    run = determine(reviewer)
    assert public.get(f"/business/{GROWTH_USCC}/").status_code == 404
    assert reviewer.post(f"/officer/runs/{run.pk}/publish/").status_code == 403
    approver.post(f"/officer/runs/{run.pk}/publish/")

    assert "北京市怀柔区雁栖老王饭馆" in public.get("/?q=老王").content.decode()
    for uscc, label in TIERS.items():
        assert f"{YEAR}年度分型结果：{label}" in public.get(f"/business/{uscc}/").content.decode(), uscc
    register = Business.objects.count()
    assert DirectoryEntry.objects.count() == register
    assert sum(run.counts["tiers"].values()) == register

    link_proprietor(by=None, user=people.proprietor, business=Business.objects.get(pk=GROWTH_USCC))
    own = log_in(people.proprietor).get(f"/my/{GROWTH_USCC}/").content.decode()
    assert "486,000.00 元" in own
    assert "附件一(三)2(2)A" in own
    for path in (f"/my/{GROWTH_USCC}/", f"/my/{DEVELOPMENT_USCC}/"):
        assert log_in(people.outsider).get(path).status_code == 404
        assert public.get(path).status_code == 302
    assert log_in(people.outsider).get("/officer/").status_code == 403
    assert verify().broken is None
