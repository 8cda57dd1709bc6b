"""Sample accounts of the invented district. Data only: for trying the product out, never for a real installation."""

from dataclasses import dataclass

from jieti.demo.showcase import DEVELOPMENT_USCC, GROWTH_USCC

SAMPLE_PASSWORD = "jieti-sample-2024"  # noqa: S105
"""The one password of all sample accounts; it is printed and documented, hence no secret."""

REGULATOR = "district_regulator"
"""Key of the organisation that the sample officers belong to, as the rulebook names it."""


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
    SampleAccount("proposer", "样例·拟稿人", "拟定当年认定标准", REGULATOR, ("reviewer",)),
    SampleAccount("approver", "样例·审批人", "批准当年认定标准", REGULATOR, ("approver",)),
    SampleAccount("publisher", "样例·判定发布人", "发起分型判定并公布结果", REGULATOR, ("reviewer", "approver")),
    SampleAccount("auditor", "样例·审计员", "查阅结果与审计记录", REGULATOR, ("auditor",)),
)
"""Officers of the district regulator; two different people propose and approve a norm."""

PROPRIETORS: tuple[SampleAccount, ...] = (
    SampleAccount("laowang", "样例·王建国", "北京市怀柔区雁栖老王饭馆的经营者", uscc=GROWTH_USCC),
    SampleAccount("trout", "样例·王秀兰", "北京市怀柔区渤海老王虹鳟鱼农家院的经营者", uscc=DEVELOPMENT_USCC),
)
"""Proprietors of two showcase businesses."""

ACCOUNTS: tuple[SampleAccount, ...] = OFFICERS + PROPRIETORS
"""All sample accounts in the order in which they are shown."""
