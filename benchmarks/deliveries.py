"""`python -m benchmarks.deliveries`: how long departments' files take to come in, from the upload until they count.

A register and a tax table as CSV, a tax table as XLSX, all invented here, are stored, read, checked, confirmed and
loaded through the product's own actions, against a PostgreSQL cluster of their own with its ordinary settings.
"""

import argparse
import contextlib
import datetime
import json
import os
import resource
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django
import xlsxwriter

from benchmarks.machine import machine
from benchmarks.stopwatch import Stopwatch, peak_memory_mb
from jieti.domain import uscc
from jieti.kit.embedded_postgres import Cluster
from jieti.registry.cells import identity_check_character

if TYPE_CHECKING:
    from jieti.registry.models import Delivery

OUT = Path(__file__).parent / "results" / "deliveries.json"
KEYS = ("register", "again", "tax", "xlsx")
DAY = datetime.date(2026, 7, 1)
_AGAIN = "register told again, 1 in 100 changed"
REGISTER = (
    "统一社会信用代码",
    "名称",
    "登记状态",
    "成立日期",
    "经营者",
    "身份证号码",
    "联系电话",
    "经营场所",
    "所属镇街",
    "行业代码",
    "季节性经营",
)
TAX = ("统一社会信用代码", "所属年度", "已办税务登记", "纳税人类型", "非正常户", "实际入库税款", "退库税款")
_TOWNS = ("怀柔镇", "雁栖镇", "桥梓镇", "怀北镇", "渤海镇", "九渡河镇", "琉璃庙镇", "宝山镇")
_WORDS = "福顺兴隆和盛泰安宏达吉祥瑞丰源昌永利鑫诚信德明辉华美佳康乐春晓东方金玉满堂"
_TRADES = ("餐饮店", "民宿", "便利店", "农家乐", "理发店", "修理部", "果品店", "服装店", "板栗合作铺", "虹鳟鱼馆")


@dataclass(frozen=True)
class File:
    """A file to hand in: its key on the command line, its title, its source, how many rows, and what makes it."""

    key: str
    title: str
    source: str
    name: str
    rows: int
    make: Callable[[Path, int], None]


def main() -> int:
    """Exit code 1 where a file was not taken whole."""
    # A run that is told to stop still takes its database down.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    options = _options()
    files = (
        File("register", "register, CSV", "registration", "register.csv", options.rows, _register_csv),
        File("again", _AGAIN, "registration", "again.csv", options.rows, _register_again_csv),
        File("tax", "tax, CSV", "tax", "tax.csv", options.rows, _tax_csv),
        File("xlsx", "tax, XLSX", "tax", "tax.xlsx", options.rows // 5, _tax_xlsx),
    )
    with tempfile.TemporaryDirectory(prefix="jieti-deliveries-") as folder, _site(Path(folder)) as server:
        results = [_measured(file, Path(folder), server) for file in files if file.key in options.only]
    data = {"command": " ".join(["python -m benchmarks.deliveries", *sys.argv[1:]]), "machine": machine()}
    options.out.parent.mkdir(parents=True, exist_ok=True)
    whole = json.dumps({**data, "deliveries": results}, ensure_ascii=False, indent=2)
    options.out.write_text(f"{whole}\n", encoding="utf-8")
    return 0 if all(result["rows"] == result["taken"] for result in results) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.deliveries", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the register and of the tax table")
    parser.add_argument(
        "--only", type=lambda text: text.split(","), default=KEYS, help=f"files to measure, of {','.join(KEYS)}"
    )
    parser.add_argument("--out", type=Path, default=OUT, help="file for the results")
    return parser.parse_args()


@contextlib.contextmanager
def _site(folder: Path) -> Iterator[int]:
    """A site of its own, with its tables; the process that serves its database."""
    folder.chmod(0o711)
    os.environ.update(JIETI_DATA_DIR=str(folder / "data"), DJANGO_SETTINGS_MODULE="jieti.config.settings")
    cluster = Cluster(folder / "postgres")
    with cluster.running() as address:
        from django.conf import settings

        settings.DATABASES["default"].update(address.settings())
        django.setup()
        from django.core.management import call_command
        from django.db import connections

        from jieti.registry.feeds import load_feeds
        from jieti.rulebooks.actions import load_site

        call_command("migrate", verbosity=0, skip_checks=True)
        load_feeds(by=None, jurisdiction=load_site(by=None))
        yield int((cluster.data / "postmaster.pid").read_text(encoding="ascii").splitlines()[0])
        connections.close_all()


def _measured(file: File, folder: Path, server: int) -> dict[str, Any]:
    path = folder / file.name
    file.make(path, file.rows)
    _forget_peak()
    stages: dict[str, Any] = {}
    found: list[Delivery] = []
    for name, step in (("store", _store), ("read and check", _read), ("confirm and load", _confirm)):
        before = _client_seconds()
        with Stopwatch((server,)) as watch:
            found.append(step(file, path, found))
        client = _client_seconds() - before
        stages[name] = {"wall": watch.cost.wall, "client": client, "server": watch.cost.cpu - client}
    wall = sum(stage["wall"] for stage in stages.values())
    delivery = found[-1]
    _print(file, path, stages, wall)
    return {
        "title": file.title,
        "rows": delivery.rows,
        "taken": delivery.taken,
        "bytes": path.stat().st_size,
        "seconds": round(wall, 2),
        "rows_per_second": round(delivery.rows / wall),
        "peak_rss_mb": round(peak_memory_mb()),
        "load_average": os.getloadavg()[0],
        "stages": {name: {key: round(value, 2) for key, value in stage.items()} for name, stage in stages.items()},
    }


def _store(file: File, path: Path, _: Sequence["Delivery"]) -> "Delivery":
    from jieti.registry.actions import receive_delivery

    with path.open("rb") as opened:
        return receive_delivery(
            by=_officer("clerk"), source_key=file.source, file=opened, file_name=path.name, as_of=DAY
        )


def _read(_: File, __: Path, before: Sequence["Delivery"]) -> "Delivery":
    from jieti.registry.reading import read_delivery

    return read_delivery(before[-1])


def _confirm(_: File, __: Path, before: Sequence["Delivery"]) -> "Delivery":
    from jieti.registry.actions import confirm_delivery

    return confirm_delivery(by=_officer("second"), delivery=before[-1], reason="invented")


def _officer(name: str) -> Any:
    from jieti.accounts.models import User

    return User.objects.get_or_create(username=name, defaults={"display_name": name})[0]


def _forget_peak() -> None:
    """The peak of memory counts from here."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _client_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _print(file: File, path: Path, stages: dict[str, Any], wall: float) -> None:
    load = os.getloadavg()[0]
    size = path.stat().st_size / 1e6
    print(f"{file.title}: {file.rows:,} rows, {size:.0f} MB: {wall:.1f} s, {file.rows / wall:,.0f} rows/s,", end=" ")
    print(f"peak {peak_memory_mb():.0f} MB, load average {load:.1f}", flush=True)
    for name, stage in stages.items():
        parts = f"{stage['wall']:.1f} s wall, {stage['client']:.1f} s CPU here, {stage['server']:.1f} s CPU PostgreSQL"
        print(f"  {name}: {parts}", flush=True)


def _register_csv(path: Path, rows: int) -> None:
    _write_csv(path, REGISTER, (_business(number) for number in range(rows)))


def _register_again_csv(path: Path, rows: int) -> None:
    _write_csv(path, REGISTER, (_business(number, moved=number % 100 == 0) for number in range(rows)))


def _tax_csv(path: Path, rows: int) -> None:
    _write_csv(path, TAX, (_tax(number) for number in range(rows)))


def _tax_xlsx(path: Path, rows: int) -> None:
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, TAX)
        for number in range(rows):
            sheet.write_row(number + 1, 0, _tax(number))


def _write_csv(path: Path, headers: Sequence[str], rows: Iterator[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", buffering=1 << 20) as out:
        out.write(",".join(headers) + "\n")
        for row in rows:
            out.write(",".join(row) + "\n")


def _business(number: int, *, moved: bool = False) -> Sequence[str]:
    town = _TOWNS[(number + moved) % len(_TOWNS)]
    word = _WORDS[number % 37] + _WORDS[number // 37 % 37] + _WORDS[number // 1369 % 37]
    founded = datetime.date(2000, 1, 1) + datetime.timedelta(days=number * 7919 % 9000)
    return (
        _code(number),
        f"北京市怀柔区{word}{_TRADES[number % len(_TRADES)]}",
        "登记在册" if number % 20 else "注销",
        founded.isoformat(),
        f"{_WORDS[number % 31]}{_WORDS[number // 31 % 37]}{_WORDS[number // 7 % 37]}",
        _identity(number),
        f"138{number:08d}",
        f"北京市怀柔区{town}{number % 997}号",
        town,
        f"{5000 + number % 4000}",
        "是" if number % 50 == 0 else "否",
    )


def _tax(number: int) -> Sequence[str]:
    paid = f"{number * 7919 % 900_000}.{number % 100:02d}"
    kind = "小规模纳税人" if number % 8 else "一般纳税人"
    return (_code(number), "2025", "是", kind, "否", paid, "0.00")


def _code(number: int) -> str:
    """A credit code whose check characters are right."""
    return uscc.compose(division="110116", organisation=f"MA{number:06d}")


def _identity(number: int) -> str:
    born = datetime.date(1950, 1, 1) + datetime.timedelta(days=number % 18_000)
    first = f"110116{born:%Y%m%d}{number // 18_000 % 1000:03d}"
    return first + identity_check_character(first)


if __name__ == "__main__":
    sys.exit(main())
