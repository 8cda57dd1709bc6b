"""`python -m benchmarks.directory`: the public directory beside the bare SQL that it asks, in one sitting.

Invented entries stand in a PostgreSQL cluster of their own. Eight readers ask a mix of a hundred searches: of the
database by pgbench with the statements that the product would send, and of the product, served as `jieti serve` does,
as pages and as JSON. "cached" asks for pages that were asked for before, "etag" says so. Rounds of all are
interleaved; each figure is the median of its rounds, each ratio the median of the rounds' own ratios.
"""

import argparse
import contextlib
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from typing import IO, Any
from urllib.parse import quote

import django

from benchmarks.machine import machine
from benchmarks.standard import ROOT, WORK
from jieti.domain import uscc
from jieti.kit.embedded_postgres import Address, Cluster, binaries
from jieti.registry.initials import initials_of

READERS = 8
WORKERS, THREADS = 2, 2
CONFIGURATION = {"shared_buffers": "512MB", "max_parallel_workers_per_gather": "0", "work_mem": "16MB"}
BARS = (
    ("page", "p99", 1.5, "≤"),
    ("json", "p99", 1.5, "≤"),
    ("page", "rate", 0.4, "≥"),
    ("json", "rate", 0.4, "≥"),
    ("cached", "rate", 2.0, "≥"),
    ("etag", "rate", 2.0, "≥"),
)
"""Against the bare SQL of the same round."""
_TOWNS = ("怀柔镇", "雁栖镇", "桥梓镇", "怀北镇", "渤海镇", "九渡河镇", "琉璃庙镇", "宝山镇", "泉河街道", "龙山街道")
_PLACES = ("北京市怀柔区", "北京市密云区", "北京怀柔", "天津市蓟州区", "石家庄市长安区", "济南市历下区", "", "")
_BRAND = (
    "福顺兴隆和盛泰安宏达吉祥瑞丰源昌永利鑫诚信德明辉华美佳康乐春晓东方金玉满堂老王李张赵刘陈杨黄周吴徐孙马朱胡"
    "郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范石廖贾夏韦付白邹孟"
)
_TRADES = (
    "餐饮店", "民宿", "便利店", "农家乐", "理发店", "修理部", "果品店", "服装店", "板栗合作铺", "虹鳟鱼馆", "面馆",
    "饭馆", "五金建材经营部", "茶叶店", "烟酒店", "汽车维修部", "洗衣店", "文具店", "花店", "药材铺",
)  # fmt: skip
_INDUSTRIES = ("餐饮业", "住宿业", "零售业", "居民服务业", "机动车、电子产品和日用产品修理业")
_TIERS = ("survival", "survival", "survival", "growth", "development", "ineligible", None)


@dataclass(frozen=True)
class Spell:
    """What so many seconds of one kind of asking came to: answers a second, and the latency in milliseconds."""

    rate: float
    p50: float
    p99: float


@dataclass
class Round:
    """One spell of each kind."""

    spells: dict[str, Spell] = field(default_factory=dict)

    def ratio(self, kind: str, figure: str) -> float:
        return float(getattr(self.spells[kind], figure) / getattr(self.spells["sql"], figure))


def main() -> int:
    """Exit code 1 where an answer was not what it should be; a missed bar is no failure."""
    options = _options()
    with _site(options.rows) as address:
        terms = _terms(Random(options.rows))  # noqa: S311 - invented data
        statements = _statements(terms)
        with _served() as port:
            rounds = [_round(address, port, terms, statements, options.seconds) for _ in range(options.rounds)]
    report = _report(options, rounds)
    out = options.out / f"directory-{options.rows}.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    _print(report)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.directory", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="entries of the directory")
    parser.add_argument("--seconds", type=float, default=10, help="of each kind of asking in each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results", help="folder for the result")
    return parser.parse_args()


@contextlib.contextmanager
def _site(rows: int) -> Iterator[Address]:
    """Django set up on a cluster that holds the directory; filled once and kept for the next time."""
    home = WORK / f"directory-{rows}"
    home.mkdir(parents=True, exist_ok=True)
    with Cluster(home / "postgres", CONFIGURATION).running() as address:
        os.environ |= _environment(address, home)
        django.setup()
        from django.core.management import call_command

        from jieti.directory.models import DirectoryEntry, Publication

        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        if DirectoryEntry.objects.count() != rows or not Publication.objects.exists():
            _fill(rows)
        yield address


def _environment(address: Address, home: Path) -> dict[str, str]:
    known = address.settings()
    where = f"host={quote(str(known['HOST']), safe='')}"
    user = f"{quote(str(known['USER']))}:{quote(str(known['PASSWORD']))}"
    return {
        "DJANGO_SETTINGS_MODULE": "jieti.config.settings",
        "DATABASE_URL": f"postgresql://{user}@:{known['PORT']}/{known['NAME']}?{where}",
        "JIETI_DATA_DIR": str(home / "data"),
        "JIETI_SECOND_FACTOR": "optional",
    }


def _fill(rows: int) -> None:
    from django.db import connection, transaction

    from jieti.accounts.models import Jurisdiction
    from jieti.directory.actions import COUNT_BIGRAMS
    from jieti.directory.publications import make

    columns = (
        "uscc", "jurisdiction_id", "name", "search_name", "initials", "town", "industry", "established_on", "tier",
        "possible", "year", "status", "published_at",
    )  # fmt: skip
    home, _ = Jurisdiction.objects.get_or_create(
        code="110116",
        defaults={"name": "北京市怀柔区", "level": "district", "rulebook": "cn-110116-huairou", "edition": "2024"},
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("truncate directory_directoryentry, directory_bigramcount, directory_publication")
        with cursor.copy(f"copy directory_directoryentry ({', '.join(columns)}) from stdin") as copy:
            for row in _entries(rows):
                copy.write_row(row)
        cursor.execute(COUNT_BIGRAMS)
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze directory_directoryentry")
        cursor.execute("analyze directory_bigramcount")
    make(by=None, jurisdiction=home, cause="run:1")


def _entries(rows: int) -> Iterator[tuple[object, ...]]:
    chance = Random(20_260_701)  # noqa: S311 - invented data
    for number in range(rows):
        brand = "".join(chance.choices(_BRAND, k=chance.choice((2, 2, 2, 3, 3, 4))))
        town = chance.choice(_TOWNS)
        name = f"{chance.choice(_PLACES)}{town[:-1] if number % 3 else ''}{brand}{chance.choice(_TRADES)}"
        tier = chance.choice(_TIERS)
        yield (
            uscc.compose(division="110116", organisation=f"MA{number:06d}"),
            "110116",
            name,
            name,
            initials_of(name),
            town,
            chance.choice(_INDUSTRIES),
            f"{2000 + number % 26}-{1 + number % 12:02d}-{1 + number % 28:02d}",
            tier,
            [tier] if tier else ["survival", "growth"],
            2026,
            "active",
            "2026-07-20T09:00:00+08:00",
        )


def _terms(chance: Random) -> list[str]:
    """A hundred searches: rare and middling pairs, pieces of three, four and six characters, names, codes."""
    from jieti.directory.models import BigramCount, DirectoryEntry

    def pairs(low: float, high: float, number: int) -> list[str]:
        found = BigramCount.objects.filter(share__gt=low, share__lte=high, bigram__regex="^[一-龥]{2}$")
        return chance.sample(list(found.order_by("bigram").values_list("bigram", flat=True)), number)

    def piece(length: int) -> str:
        name = chance.choice(entries)[1]
        start = chance.randrange(max(1, len(name) - length + 1))
        return name[start : start + length]

    codes = chance.sample(range(DirectoryEntry.objects.count()), 400)
    wanted = [uscc.compose(division="110116", organisation=f"MA{number:06d}") for number in codes]
    entries = list(DirectoryEntry.objects.filter(pk__in=wanted).order_by("pk").values_list("uscc", "name"))
    pieces = [piece(length) for length, times in ((6, 25), (4, 15), (3, 10)) for _ in range(times)]
    names = [name for _, name in chance.sample(entries, 15)]
    exact = [code for code, _ in chance.sample(entries, 10)]
    terms = [*pairs(0, 0.001, 15), *pairs(0.001, 0.01, 10), *pieces, *names, *exact]
    chance.shuffle(terms)
    return terms


def _statements(terms: Sequence[str]) -> list[list[str]]:
    """What the product asks of the database for each search, word for word."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from jieti.directory.models import DirectoryEntry

    found = []
    for term in terms:
        with CaptureQueriesContext(connection) as queries:
            DirectoryEntry.objects.search(term)
        found.append([" ".join(str(query["sql"]).split()) for query in queries])
    return found


@contextlib.contextmanager
def _served() -> Iterator[int]:
    """The product behind granian, as `jieti serve` starts it. The port on which it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    environment = os.environ | {"JIETI_COLLECTED_STATIC": "1"}
    subprocess.run(
        [sys.executable, ROOT / "manage.py", "collectstatic", "--noinput", "--verbosity", "0"],
        env=environment, check=True,
    )  # fmt: skip
    command = [
        sys.executable, "-m", "granian", "jieti.config.wsgi:application", "--interface", "wsgi", "--host", "127.0.0.1",
        "--port", str(port), "--workers", str(WORKERS), "--blocking-threads", str(THREADS), "--log-level", "warning",
    ]  # fmt: skip
    server = subprocess.Popen(command, env=environment)
    try:
        _wait_for(port)
        yield port
    finally:
        server.terminate()
        server.wait(30)


def _wait_for(port: int) -> None:
    for _ in range(300):
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
            if answer.status == 200:
                return
        time.sleep(0.1)
    raise RuntimeError("the server does not answer")


_fresh = count()
"""A number for each address that nobody has asked for."""


def _round(
    address: Address, port: int, terms: Sequence[str], statements: Sequence[Sequence[str]], seconds: float
) -> Round:
    pages = [f"/?q={quote(term)}" for term in terms]
    tags = {page: _tag(port, page) for page in pages}
    kinds: dict[str, Callable[[int], tuple[str, str, int]]] = {
        "page": lambda at: (f"{pages[at]}&n={next(_fresh)}", "", 200),
        "json": lambda at: (f"/api/v1/directory/businesses{pages[at][1:]}&n={next(_fresh)}", "", 200),
        "cached": lambda at: (pages[at], "", 200),
        "etag": lambda at: (pages[at], f"If-None-Match: {tags[pages[at]]}\r\n", 304),
    }
    done = Round({"sql": _pgbench(address, statements, seconds)})
    # Each server process has to have made each page once before pages that are kept can be measured.
    _asked(port, kinds["cached"], len(pages), seconds)
    for kind, request in kinds.items():
        done.spells[kind] = _asked(port, request, len(pages), seconds)
    return done


def _tag(port: int, page: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{page}") as answer:
        return str(answer.headers["ETag"])


def _pgbench(address: Address, statements: Sequence[Sequence[str]], seconds: float) -> Spell:
    known = address.settings()
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for number, several in enumerate(statements):
            file = Path(folder) / f"{number}.sql"
            file.write_text("".join(f"{one};\n" for one in several), encoding="utf-8")
            files += ["-f", str(file)]
        environment = os.environ | {"PGPASSWORD": str(known["PASSWORD"])}
        program = shutil.which("pgbench") or str(binaries(WORK) / "pgbench")
        command = [
            program, "-n", "-c", str(READERS), "-j", "2", "-T", str(round(seconds)), "-l", "--log-prefix",
            f"{folder}/log", "-h", str(known["HOST"]), "-p", str(known["PORT"]), "-U", str(known["USER"]), *files,
            str(known["NAME"]),
        ]  # fmt: skip
        subprocess.run(command, env=environment, check=True, capture_output=True)
        lines = [line for log in Path(folder).glob("log*") for line in log.read_text().splitlines()]
    return _spell([int(line.split()[2]) / 1000 for line in lines], round(seconds))


def _asked(port: int, request: Callable[[int], tuple[str, str, int]], number: int, seconds: float) -> Spell:
    """Eight readers, each with a connection of its own that stays open."""
    latencies: list[list[float]] = [[] for _ in range(READERS)]
    wrong: list[int] = []
    until = time.perf_counter() + seconds

    def read(own: int) -> None:
        chance = Random(own)  # noqa: S311 - invented data
        with socket.create_connection(("127.0.0.1", port)) as line, line.makefile("rb") as answers:
            while (begun := time.perf_counter()) < until:
                path, header, expected = request(chance.randrange(number))
                line.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{header}\r\n".encode())
                status = _answer(answers)
                latencies[own].append((time.perf_counter() - begun) * 1000)
                if status != expected:
                    wrong.append(status)

    readers = [threading.Thread(target=read, args=(own,)) for own in range(READERS)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    if wrong:
        raise RuntimeError(f"{len(wrong)} answers were not as expected: {sorted(set(wrong))}")
    return _spell([one for own in latencies for one in own], seconds)


def _answer(answers: IO[bytes]) -> int:
    """Reads one answer to its end; its status."""
    status = int(answers.readline().split()[1])
    length = 0
    while (head := answers.readline()) not in (b"\r\n", b""):
        if head[:15].lower() == b"content-length:":
            length = int(head[15:])
    answers.read(length)
    return status


def _spell(latencies: list[float], seconds: float) -> Spell:
    ordered = sorted(latencies)
    return Spell(
        round(len(ordered) / seconds, 1),
        round(statistics.median(ordered), 3),
        round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))], 3),
    )


def _report(options: argparse.Namespace, rounds: Sequence[Round]) -> dict[str, Any]:
    kinds = list(rounds[0].spells)
    return {
        "command": f"python -m benchmarks.directory --rows {options.rows} --seconds {options.seconds:g}"
        f" --rounds {options.rounds}",
        "machine": machine(),
        "rows": options.rows,
        "readers": READERS,
        "server": f"granian, {WORKERS} workers with {THREADS} threads",
        "kinds": {
            kind: {
                figure: statistics.median(getattr(one.spells[kind], figure) for one in rounds)
                for figure in ("rate", "p50", "p99")
            }
            for kind in kinds
        },
        "bars": [
            {
                "kind": kind,
                "figure": figure,
                "sense": sense,
                "limit": limit,
                "value": (value := round(statistics.median(one.ratio(kind, figure) for one in rounds), 3)),
                "met": value <= limit if sense == "≤" else value >= limit,
            }
            for kind, figure, limit, sense in BARS
        ],
    }


def _print(report: dict[str, Any]) -> None:
    for kind, known in report["kinds"].items():
        print(f"  {kind:7} {known['rate']:9.1f}/s   p50 {known['p50']:8.2f} ms   p99 {known['p99']:8.2f} ms")
    for bar in report["bars"]:
        word = "holds" if bar["met"] else "MISSED"
        print(f"  {bar['kind']} {bar['figure']} ÷ SQL: {bar['value']} ({bar['sense']} {bar['limit']}) {word}")


if __name__ == "__main__":
    sys.exit(main())
