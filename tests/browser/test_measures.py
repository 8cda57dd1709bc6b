"""Measures in a real browser: an owner confirms on the phone, a department reads its list; readable and reachable."""

from playwright.sync_api import expect

from jieti.accounts.models import Role
from jieti.measures.models import Measure
from jieti.measures.reach import balance
from jieti.measures.tasks import follow_one
from tests.browser.conftest import Visitor
from tests.factories.accounts import make_jurisdiction, make_officer
from tests.measures import shops
from tests.web import district


def test_from_the_phone_to_the_ledger(published: district.People, visitor: Visitor, colleague: Visitor) -> None:
    home = make_jurisdiction()
    make_officer(shops.labour(), Role.DEPARTMENT_OFFICER, username="labour-officer")
    measure = shops.published(scope_kind="tier", scope="growth", contact="就业科 69600000")
    follow_one(home.pk)
    page = visitor.page
    visitor.log_in("laowang")
    visitor.goto(f"/my/{district.GROWTH}/measures/")
    expect(page.get_by_role("heading", level=1)).to_have_text("适合我的措施")
    visitor.check("my-measures")
    page.get_by_role("button", name=f"我要享受：{measure.title}").click()
    expect(page.get_by_role("main")).to_contain_text("已确认")
    visitor.check("my-measures-confirmed")
    colleague.log_in("labour-officer")
    own = {
        "officer-measures": "/officer/measures/",
        "officer-measure": f"/officer/measures/{measure.pk}/",
        "officer-measure-businesses": f"/officer/measures/{Measure.objects.get(key='BG3').pk}/businesses/",
        "officer-measure-receipts": f"/officer/measures/{measure.pk}/receipts/",
        "officer-measure-leaflet": f"/officer/measures/{measure.pk}/leaflet/",
        "officer-measure-new": "/officer/measures/new/",
        "officer-measure-version": f"/officer/measures/versions/{measure.versions.get().pk}/",
        "officer-reach": "/officer/reach/",
        "officer-reach-town": "/officer/reach/?by=town",
        "officer-reach-report": "/officer/reach/report/",
    }
    for name, path in own.items():
        colleague.goto(path)
        colleague.check(name)
    line = next(one for one in balance(home) if one.measure == measure)
    assert (line.seen, line.confirmed) == (1, 1)
    visitor.goto("/measures/?department=open")
    visitor.check("measures-open")
