from datetime import date

import pytest

from jieti.accounts.models import DISTRICT_REGULATOR, Role
from jieti.demo import accounts, showcase
from jieti.demo.population import PopulationReport, people
from jieti.domain import industries, uscc
from jieti.domain.terms import Tier
from tests.demo.conftest import BASIS
from tests.demo.deliveries import body
from tests.demo.judge import tier

EXPECTED = {
    showcase.GROWTH_USCC: ("北京市怀柔区雁栖老王饭馆", Tier.GROWTH),
    showcase.DEVELOPMENT_USCC: ("北京市怀柔区渤海老王虹鳟鱼农家院", Tier.DEVELOPMENT),
    showcase.INELIGIBLE_USCC: ("北京市怀柔区泉河顺达汽车修理部", Tier.INELIGIBLE),
    showcase.NEW_USCC: ("北京市怀柔区九渡河栗花沟民宿（个体工商户）", Tier.SURVIVAL),
    showcase.UNKNOWN_TURNOVER_USCC: ("北京市怀柔区桥梓张记板栗店", None),
}


@pytest.mark.parametrize("basis", [BASIS, date(2027, 7, 1), date(2028, 2, 29), date(2027, 1, 1)])
def test_each_is_what_the_tour_says(basis: date) -> None:
    found = {business.uscc: (business.name, tier(business, basis)) for business in showcase.showcase(basis)}
    assert found == EXPECTED


def test_codes_are_valid_and_industries_real() -> None:
    for business in showcase.showcase(BASIS):
        assert uscc.check_digit_warning(uscc.parse(business.uscc)) is None
        assert industries.division_name(business.industry)


def test_the_register_holds_each_once_and_clean(population: PopulationReport) -> None:
    first = body(population, "registration")[: len(EXPECTED)]
    assert {line[0]: line[1] for line in first} == {code: name for code, (name, _) in EXPECTED.items()}
    codes = [line[0] for line in body(population, "registration")]
    assert all(codes.count(code) == 1 for code in EXPECTED)


def test_no_other_business_bears_a_showcase_name() -> None:
    names = [business.name for business in people(3_000, 5, BASIS)]
    assert all(names.count(name) == 1 for name, _ in EXPECTED.values())


def test_sample_accounts_are_marked_and_can_do_the_whole_job() -> None:
    assert len({account.username for account in accounts.ACCOUNTS}) == len(accounts.ACCOUNTS)
    assert all(account.display_name.startswith("样例") for account in accounts.ACCOUNTS)
    roles = {role for account in accounts.OFFICERS for role in account.roles}
    assert roles <= set(Role.values)
    assert {Role.INTAKE_CLERK, Role.REVIEWER, Role.APPROVER, Role.AUDITOR} <= roles
    assert {account.organisation for account in accounts.OFFICERS} == {DISTRICT_REGULATOR}


def test_proprietors_have_a_business_and_no_role() -> None:
    assert {account.uscc for account in accounts.PROPRIETORS} == {showcase.GROWTH_USCC, showcase.DEVELOPMENT_USCC}
    assert all(not account.roles and account.organisation is None for account in accounts.PROPRIETORS)
