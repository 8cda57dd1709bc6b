"""The main sections: those for everybody, and the officers', of which each shows itself to those whose duty it is."""

from dataclasses import dataclass
from functools import lru_cache

from django.urls import reverse

from jieti.accounts import perms
from jieti.accounts.models import Jurisdiction, Membership, User
from jieti.web.questions import Question

HOME = "officer:home"


@dataclass(frozen=True, slots=True)
class Section:
    """A link of the main navigation: its words, its page, who may open it, and which other pages belong to it."""

    title: str
    page: str
    question: Question
    others: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        return reverse(self.page)

    def reach(self, path: str) -> int:
        """How much of the address is this section's; 0: none. The home is its own page alone."""
        if self.page == HOME:
            return int(path == self.address)
        return max(len(start) if path.startswith(start := reverse(page)) else 0 for page in (self.page, *self.others))


SECTIONS = (
    Section("工作台", HOME, perms.is_member),
    Section("年度工作", "officer:milestones", perms.is_member),
    Section("数据接收", "officer:deliveries", perms.may_see_deliveries, ("officer:feeds", "officer:disagreements")),
    Section("接口密钥", "officer:keys", perms.may_deliver),
    Section("当年认定标准", "officer:norms", perms.is_officer, ("officer:studies",)),
    Section("分型判定", "officer:runs", perms.is_officer, ("officer:exports",)),
    Section("帮扶措施", "officer:measures", perms.may_see_reach, ("officer:reach",)),
    Section("查询与说明", "officer:businesses", perms.may_search_register),
    Section("早期预警", "officer:warnings", perms.may_search_register),
    Section("异议申诉", "officer:objections", perms.may_see_objections),
    Section(
        "名特优新",
        "officer:applications",
        perms.may_see_recognitions,
        (
            "officer:campaigns",
            "officer:nominations",
            "officer:visits",
            "officer:comparison",
            "officer:public-notices",
            "officer:decisions",
            "officer:city-reports",
            "officer:titles",
            "officer:confirmations",
            "officer:evaluations",
            "officer:endings",
        ),
    ),
    Section(
        "诉求和需求",
        "officer:complaints",
        perms.may_see_services,
        ("officer:needs", "officer:offers", "officer:association-visits"),
    ),
    Section("活动", "officer:events", perms.may_see_services),
    Section("督办", "officer:duties", perms.may_see_services, ("officer:meetings", "officer:opinion")),
    Section("表彰和转企", "officer:awards", perms.may_see_services, ("officer:party", "officer:conversions")),
    Section("更正的影响", "officer:effects", perms.may_read_results),
    Section("更正请求", "officer:corrections", perms.may_answer_corrections),
    Section("名录纠错", "officer:reports", perms.may_answer_reports),
    Section("全区画像", "officer:picture", perms.is_member),
    Section("审计记录", "officer:audit", perms.may_read_audit),
    Section("用户和角色", "officer:people", perms.may_administer),
)


PUBLIC = (
    ("名录查询", "public:search", "public:business"),
    ("分型标准", "public:standards"),
    ("名特优新风采", "public:recognised", "public:recognised-one", "public:recognised-ended"),
    ("帮扶培育措施", "public:measures"),
    ("全区画像", "public:picture"),
    ("政策库", "public:library", "public:library-criteria", "public:library-exemptions", "public:library-questions"),
    ("活动日历", "public:calendar", "public:calendar-event"),
    ("诉求和投诉", "public:complaints", "public:complaint-new", "public:complaint-received"),
)
"""The sections for everybody: words, page, and the other pages that belong to it."""


@dataclass(frozen=True, slots=True)
class Link:
    """A section as one reader sees it."""

    title: str
    address: str
    here: bool


def links_for(user: User, jurisdiction: Jurisdiction, path: str) -> list[Link]:
    """The sections that the user may open, the one being read marked."""
    held = tuple(Membership.objects.filter(user_id=user.pk).order_by("pk").values_list("pk", flat=True))
    open_ones = _open_to(user, jurisdiction, held)
    here = max(open_ones, key=lambda section: section.reach(path), default=None)
    sections = [Link(one.title, one.address, one is here and one.reach(path) > 0) for one in open_ones]
    choice = reverse("officer:jurisdictions")
    return [*sections, Link(f"辖区：{jurisdiction.name}", choice, path == choice)]


def public_links(view: str) -> list[Link]:
    """The sections for everybody; `view` is the name of the page being read."""
    return [Link(title, reverse(pages[0]), view in pages) for title, *pages in PUBLIC]


@lru_cache(maxsize=4_096)
def _open_to(user: User, jurisdiction: Jurisdiction, _held: tuple[int, ...]) -> tuple[Section, ...]:
    """Asked anew whenever a role is given or taken; the pages themselves ask every time."""
    return tuple(section for section in SECTIONS if section.question(user, jurisdiction))
