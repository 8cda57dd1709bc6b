"""Named businesses that are in every invented population, first and without dirt, so that a tour can point at them.

The docstring of each says what a judgement with the sample norm gives.
"""

from datetime import date

from jieti.demo.records import Business, Insurance, Report, Right, TaxYear
from jieti.domain import townships
from jieti.domain.terms import RegistrationStatus
from jieti.domain.townships import Township

GROWTH_USCC = "92110116MA00A1B20Y"
DEVELOPMENT_USCC = "92110116MA01EF6DXE"
INELIGIBLE_USCC = "92110116MA7T00014M"
NEW_USCC = "92110116MAE0H2R96C"
UNKNOWN_TURNOVER_USCC = "92110116MA0HRQB190"


def showcase(basis_date: date) -> tuple[Business, ...]:
    """The showcase of the year of ``basis_date``."""
    return (
        _growth(basis_date),
        _development(basis_date),
        _ineligible(basis_date),
        _new(basis_date),
        _unknown_turnover(basis_date),
    )


def _growth(basis_date: date) -> Business:
    """成长型 by turnover (附件一(三)2(2)A)."""
    prior = basis_date.year - 1
    return Business(
        uscc=GROWTH_USCC,
        name="北京市怀柔区雁栖老王饭馆",
        proprietor="王建国",
        address="北京市怀柔区雁栖镇官地村18号",
        town=_town("雁栖镇"),
        industry="6210",
        established_on=date(2016, 4, 12),
        status=RegistrationStatus.ACTIVE,
        is_seasonal=False,
        reports=(Report(prior, min(date(prior + 1, 3, 18), basis_date), 486_000, 3),),
        taxes=(TaxYear(prior, registered=True, general=False, abnormal=False, paid=412_000, refunded=0),),
        insurances=(Insurance(prior, 1, 2, by_unit=True),),
    )


def _development(basis_date: date) -> Business:
    """发展型 by turnover and by trade mark (附件一(三)2(3)A, D)."""
    prior = basis_date.year - 1
    return Business(
        uscc=DEVELOPMENT_USCC,
        name="北京市怀柔区渤海老王虹鳟鱼农家院",
        proprietor="王秀兰",
        address="北京市怀柔区渤海镇田仙峪村56号",
        town=_town("渤海镇"),
        industry="6190",
        established_on=date(2009, 5, 20),
        status=RegistrationStatus.ACTIVE,
        is_seasonal=True,
        reports=(Report(prior, min(date(prior + 1, 2, 26), basis_date), 3_680_000, 9),),
        taxes=(TaxYear(prior, registered=True, general=False, abnormal=False, paid=5_236_018, refunded=0),),
        insurances=(Insurance(prior, 3, 5, by_unit=True),),
        rights=(Right("商标", "21806613", "老王虹鳟", "经营者", "有效", in_use=True),),
    )


def _ineligible(basis_date: date) -> Business:
    """不符合分型条件: last year's annual report is missing (附件一(三)1); the one before was filed."""
    prior = basis_date.year - 1
    return Business(
        uscc=INELIGIBLE_USCC,
        name="北京市怀柔区泉河顺达汽车修理部",
        proprietor="李长顺",
        address="北京市怀柔区开放路77号",
        town=_town("泉河街道"),
        industry="8111",
        established_on=date(2018, 9, 3),
        status=RegistrationStatus.ACTIVE,
        is_seasonal=False,
        reports=(Report(prior - 1, date(prior, 5, 30), 132_000, 2),),
        taxes=(TaxYear(prior, registered=True, general=False, abnormal=False, paid=0, refunded=0),),
    )


def _new(basis_date: date) -> Business:
    """生存型 because it was founded this year (附件一(三)2(1))."""
    return Business(
        uscc=NEW_USCC,
        name="北京市怀柔区九渡河栗花沟民宿（个体工商户）",
        proprietor="刘雨晨",
        address="北京市怀柔区九渡河镇杏树台村9号",
        town=_town("九渡河镇"),
        industry="6130",
        established_on=min(date(basis_date.year, 3, 3), basis_date),
        status=RegistrationStatus.ACTIVE,
        is_seasonal=False,
    )


def _unknown_turnover(basis_date: date) -> Business:
    """Undetermined: the report leaves the turnover out, and nothing else decides between the three tiers (AMB-34)."""
    prior = basis_date.year - 1
    return Business(
        uscc=UNKNOWN_TURNOVER_USCC,
        name="北京市怀柔区桥梓张记板栗店",
        proprietor="张德福",
        address="北京市怀柔区桥梓镇口头村103号",
        town=_town("桥梓镇"),
        industry="5229",
        established_on=date(2019, 10, 15),
        status=RegistrationStatus.ACTIVE,
        is_seasonal=False,
        reports=(Report(prior, min(date(prior + 1, 6, 24), basis_date), None, 1),),
        taxes=(TaxYear(prior, registered=True, general=False, abnormal=False, paid=86_000, refunded=0),),
    )


def _town(name: str) -> Township:
    found = townships.find(name)
    if found is None:
        raise LookupError(name)
    return found
