"""Sample accounts of the invented district. Data only: for trying the product out, never for a real installation."""

from dataclasses import dataclass

from jieti.demo.showcase import DEVELOPMENT_USCC, GROWTH_USCC

SAMPLE_PASSWORD = "jieti-sample-2024"  # noqa: S105
"""The one password of all sample accounts; it is printed and documented, hence no secret."""

REGULATOR = "district_regulator"
"""Key of the organisation that most sample officers belong to, as the rulebook names it."""


@dataclass(frozen=True, slots=True)
class SampleAccount:
    """An account to log in with; ``roles`` are held at ``organisation``, ``uscc`` is the proprietor's business."""

    username: str
    display_name: str
    purpose: str
    organisation: str | None = None
    roles: tuple[str, ...] = ()
    uscc: str | None = None
    password: str = SAMPLE_PASSWORD


OFFICERS: tuple[SampleAccount, ...] = (
    SampleAccount("clerk", "样例·收件员", "接收各部门送来的数据", REGULATOR, ("intake_clerk",)),
    SampleAccount("checker", "样例·复核员", "复核收到的数据，确认后才生效", REGULATOR, ("intake_clerk", "reviewer")),
    SampleAccount("proposer", "样例·拟稿人", "拟定当年认定标准，发起分型判定", REGULATOR, ("reviewer",)),
    SampleAccount("approver", "样例·审批人", "批准当年认定标准", REGULATOR, ("approver",)),
    SampleAccount("publisher", "样例·判定发布人", "公布分型结果", REGULATOR, ("reviewer", "approver")),
    SampleAccount("auditor", "样例·审计员", "查阅结果与审计记录", REGULATOR, ("auditor",)),
    SampleAccount("admin", "样例·管理员", "管理用户、角色和数据归集目录", REGULATOR, ("administrator",)),
)
"""Officers of the district regulator; deliver and confirm, propose and approve, run and publish are two people."""

COLLEAGUES: tuple[SampleAccount, ...] = (
    SampleAccount("tax", "样例·税务局人员", "送交税务信息", "tax_bureau", ("department_officer",)),
    SampleAccount("tax2", "样例·税务局复核员", "复核税务信息", "tax_bureau", ("department_officer",)),
    SampleAccount("hr", "样例·人社局人员", "送交社会保险信息", "human_resources_bureau", ("department_officer",)),
    SampleAccount("town", "样例·雁栖镇人员", "查看本镇的个体工商户", "area_004", ("town_officer",)),
    SampleAccount("association", "样例·个私协会人员", "服务经营者", "business_association", ("association_worker",)),
    SampleAccount("city", "样例·市局人员", "查看全市各区的情况", "city_regulator", ("city_officer",)),
)
"""Officers of other bodies of the district and of the city above."""

PROPRIETORS: tuple[SampleAccount, ...] = (
    SampleAccount("laowang", "样例·王建国", "北京市怀柔区雁栖老王饭馆的经营者", uscc=GROWTH_USCC),
    SampleAccount("trout", "样例·王秀兰", "北京市怀柔区渤海老王虹鳟鱼农家院的经营者", uscc=DEVELOPMENT_USCC),
)
"""Proprietors of two showcase businesses."""

ACCOUNTS: tuple[SampleAccount, ...] = OFFICERS + COLLEAGUES + PROPRIETORS
"""All sample accounts in the order in which they are shown."""
