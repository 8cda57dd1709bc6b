"""The towns and streets 镇乡街道 of Huairou (110116), by their statistical division codes of 2023.

The codes have gaps and are never made by counting. The development zone (400) is an area of registration
but not one of the 镇乡街道.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from jieti.domain.terms import TownshipKind

DISTRICT_CODE = "110116"
"""Division code of 北京市怀柔区."""


@dataclass(frozen=True, slots=True)
class Township:
    """``code`` has nine digits; ``name`` is what people write, ``official_name`` what the code table writes."""

    code: str
    name: str
    official_name: str
    kind: TownshipKind

    @property
    def is_township(self) -> bool:
        """Whether it counts among 各镇乡街道 (附件二)."""
        return self.kind is not TownshipKind.DEVELOPMENT_ZONE


def _area(code: str, name: str, kind: TownshipKind, official_name: str = "") -> Township:
    return Township(DISTRICT_CODE + code, name, official_name or name, kind)


AREAS: tuple[Township, ...] = (
    _area("001", "泉河街道", TownshipKind.SUBDISTRICT),
    _area("002", "龙山街道", TownshipKind.SUBDISTRICT),
    _area("003", "怀柔镇", TownshipKind.TOWN, "怀柔地区（怀柔镇）"),
    _area("004", "雁栖镇", TownshipKind.TOWN, "雁栖地区（雁栖镇）"),
    _area("005", "庙城镇", TownshipKind.TOWN, "庙城地区（庙城镇）"),
    _area("102", "北房镇", TownshipKind.TOWN),
    _area("103", "杨宋镇", TownshipKind.TOWN),
    _area("105", "桥梓镇", TownshipKind.TOWN),
    _area("106", "怀北镇", TownshipKind.TOWN),
    _area("107", "汤河口镇", TownshipKind.TOWN),
    _area("108", "渤海镇", TownshipKind.TOWN),
    _area("109", "九渡河镇", TownshipKind.TOWN),
    _area("110", "琉璃庙镇", TownshipKind.TOWN),
    _area("111", "宝山镇", TownshipKind.TOWN),
    _area("211", "长哨营满族乡", TownshipKind.TOWNSHIP),
    _area("213", "喇叭沟门满族乡", TownshipKind.TOWNSHIP),
    _area("400", "北京雁栖经济开发区", TownshipKind.DEVELOPMENT_ZONE),
)
"""All areas in which a business of the district can be registered: 16 towns and streets, and the zone."""

TOWNSHIPS: tuple[Township, ...] = tuple(area for area in AREAS if area.is_township)
"""The 16 镇乡街道."""


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def _written_forms(area: Township) -> set[str]:
    forms = {area.code, area.code[6:], area.name, area.official_name}
    forms.add(area.official_name.partition("（")[0])
    return {_folded(form) for form in forms}


_BY_FORM = {form: area for area in AREAS for form in _written_forms(area)}


def find(text: str) -> Township | None:
    """The area that ``text`` writes by code (nine or last three digits) or by any of its names; ``None`` if none.

    A prefix 北京市怀柔区 or 怀柔区 is allowed.
    """
    folded = _folded(text)
    return _BY_FORM.get(folded) or _BY_FORM.get(folded.removeprefix("北京市").removeprefix("怀柔区"))


def in_document_order(names: Iterable[str]) -> list[str]:
    """Names of places in the order of the code table; those that it does not know come last, by name.

    Towns are never put in order by a number (促进个体工商户发展条例 第三十二条).
    """
    places = {area: place for place, area in enumerate(AREAS)}
    return sorted(names, key=lambda name: (places.get(area, len(AREAS)) if (area := find(name)) else len(AREAS), name))
