"""docs/privacy.md, written from the declaration so that it cannot say anything else."""

from collections.abc import Iterable, Iterator

from jieti.accounts.disclosure_declaration import DataClass, Item, Use, declared
from jieti.accounts.models import Role

JURISDICTION = ("cn-110116-huairou", "2024")
HEAD = """\
# 数据保护：每一项数据为什么处理、谁可以看

本页由 `scripts/privacy.py` 从声明生成，改了声明就要重新生成，测试会核对。声明有两处，合起来是唯一的一份：
每个模型的字段在 `src/jieti/accounts/data/disclosure.yaml`，各部门数据的列和由此得出的事实在规则书的 `disclosure.yaml`
（本页是怀柔区的）。显示之前都向 `jieti.accounts.disclosure` 问同一个问题：这个人可不可以看这一项。

- **公开的**只有名称、统一社会信用代码、成立日期、镇街、行业、分型结果。税款、营业收入、人数、创业群体、身份证号码、
  电话、处罚事由从不公开：公开页面只读公开名录，两户只在受保护数据上不同的，公开页面一个字节也不差（测试核对）。
- **没有点名就看不到**：没有列入“谁可以看”的单位，看到的是“仅……和本人可见”，不是空白。没有声明的数据谁也看不到。
- **经营者**始终可以看到自己的，并在“谁看过我的数据”里看到哪个单位、什么岗位、什么时候、因为什么看过哪几项
  （《个人信息保护法》第四十四条、第四十五条）。数据有误的，可以要求更正（第四十六条）。
- **身份证号码和电话**用 AES-256-GCM 加密保存，用键控散列比对，页面上只显示一部分（第五十一条第三项）。
- **日志和审计记录**不写受保护的值，只写数据项的名称。
- **分型由系统自动判定**，因此每个结果都附逐条依据，并有异议和人工复核的途径（第二十四条）。
- **保存期限**是本系统的设定：文件没有规定，第十九条要求以必要的最短时间为限。系统不会自动删除，到期由管理人员删除。
"""
NOT_PROTECTED = "不受保护的数据"


def page() -> str:
    """The whole page, Markdown."""
    items = list(declared(*JURISDICTION).values())
    lines = [HEAD, "## 处理目的、依据和可以看到的人", "", *_uses(items), "", "## 每一项数据", "", *_items(items)]
    lines += ["", f"## {NOT_PROTECTED}", "", *_open(items), ""]
    return "\n".join(lines)


def _uses(items: Iterable[Item]) -> Iterator[str]:
    yield from _row("数据", "类别", "目的", "依据", "条款", "谁可以看", "保存")
    yield "|---|---|---|---|---|---|---|"
    under: dict[Use, list[Item]] = {}
    for item in items:
        if item.use is not None:
            under.setdefault(item.use, []).append(item)
    for use, its in under.items():
        classes = "、".join(dict.fromkeys(item.data_class.text for item in its))
        who = f"{'、'.join(its[0].seers)}的{_roles(use)}；本人" if use.seen_by else "任何人都看不到"
        mask = "；页面上遮盖" if use.mask else ""
        yield from _row(use.label, classes, use.purpose, use.basis, use.clause or "—", who + mask, use.retention)


def _roles(use: Use) -> str:
    return "、".join(Role(role).label for role in use.roles)


def _items(items: Iterable[Item]) -> Iterator[str]:
    yield from _row("数据项", "名称", "类别", "用途")
    yield "|---|---|---|---|"
    for item in items:
        if item.use is not None:
            name = item.label if item.label != item.use.label else "—"
            yield from _row(f"`{item.key}`", name, item.data_class.text, item.use.label)


def _open(items: Iterable[Item]) -> Iterator[str]:
    """Fields without protection, by table; columns and facts without it, by source."""
    yield from _row("所在", "公开", "内部")
    yield "|---|---|---|"
    groups: dict[str, dict[DataClass, list[str]]] = {}
    for item in items:
        if item.use is None:
            owner, _, name = item.key.rpartition(".")
            group = groups.setdefault(owner or "事实", {DataClass.PUBLIC: [], DataClass.INTERNAL: []})
            group[item.data_class].append(name)
    for owner, group in groups.items():
        cells = ("、".join(f"`{name}`" for name in group[kind]) or "—" for kind in group)
        yield from _row(f"`{owner}`", *cells)


def _row(*cells: str) -> Iterator[str]:
    yield f"| {' | '.join(cells)} |"
