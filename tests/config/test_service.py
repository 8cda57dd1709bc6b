"""The supervisor: starts together, stops together, and says so when a part goes down."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from jieti.config import service

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture(autouse=True)
def heed_signals() -> Iterator[None]:
    """Stopping makes the supervisor deaf to further signals; here it is the test run itself."""
    known = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in known.items():
        signal.signal(number, handler)


def test_a_taken_port_is_refused_at_once() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(service.ServiceError, match=f"127.0.0.1:{port}"):
            service.check_port("127.0.0.1", port)
    service.check_port("127.0.0.1", port)


def test_a_part_that_ends_by_itself_is_named() -> None:
    sleeper = service._start(SLEEPER)
    dead = service._start([sys.executable, "-c", "raise SystemExit(3)"])
    try:
        with pytest.raises(service.ServiceError, match="with code 3"):
            service._watch([sleeper, dead])
    finally:
        service._stop([sleeper, dead])
    assert sleeper.returncode == -signal.SIGTERM


def test_a_part_that_will_not_stop_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "PATIENCE", 0.2)
    stubborn = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import signal,time; signal.signal(15, signal.SIG_IGN); print(flush=True); time.sleep(60)",
        ],
        stdout=subprocess.PIPE,
    )
    assert stubborn.stdout
    stubborn.stdout.readline()
    service._stop([stubborn])
    stubborn.stdout.close()
    assert stubborn.returncode == -signal.SIGKILL


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_every_part(number: signal.Signals, tmp_path: Path) -> None:
    """In a process of its own: the parts write their number, the supervisor gets the signal, all are gone."""
    code = textwrap.dedent(f"""
        import sys
        from jieti.config import service
        part = "import os,time,sys; open(sys.argv[1],'w').write(str(os.getpid())); time.sleep(60)"
        service._web = lambda host, port: [sys.executable, "-c", part, {str(tmp_path / "web")!r}]
        real = service._start
        second = [sys.executable, "-c", part, {str(tmp_path / "worker")!r}]
        service._start = lambda command: real(second if "procrastinate" in command else command)
        service.serve("127.0.0.1", 0)
    """)
    supervisor = subprocess.Popen([sys.executable, "-c", code])
    parts = [_number_in(tmp_path / name) for name in ("web", "worker")]
    supervisor.send_signal(number)
    assert supervisor.wait(20) == 0
    assert not [part for part in parts if _alive(part)]


def _number_in(file: Path) -> int:
    for _ in range(300):
        if file.exists() and (text := file.read_text()):
            return int(text)
        time.sleep(0.1)
    raise TimeoutError(file)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
