"""Imports a delivery in processes that can be killed: Django is set up once, then every line asked for forks one.

A line is `<usernames of who delivers and who confirms> <file> <data date>`; the answer is the process's number.
"""

import datetime
import os
import signal
import sys
from pathlib import Path

import django


def main() -> None:
    """Forks until there is nothing more to read; nobody waits for the children but their killer."""
    django.setup()
    # Loaded before the forks, so that each does nothing but the work itself.
    import tests.factories.deliveries  # noqa: F401

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os._exit(_import(*line.split()))
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


def _import(maker: str, checker: str, path: str, day: str) -> int:
    """The whole way of a delivery, each step as far as an earlier process has not gone it.

    The last is the background's: so many rows are loaded by a worker after the second officer's confirmation.
    """
    from jieti.accounts.models import User
    from jieti.registry.actions import load_confirmed, order_confirmation, receive_delivery
    from jieti.registry.reading import read_delivery

    people = {user.username: user for user in User.objects.filter(username__in=(maker, checker))}
    with Path(path).open("rb") as file:
        received = receive_delivery(
            by=people[maker],
            source_key="registration",
            file=file,
            file_name=Path(path).name,
            as_of=datetime.date.fromisoformat(day),
        )
    delivery = read_delivery(received)
    if delivery.is_waiting:
        delivery = order_confirmation(by=people[checker], delivery=delivery)
    load_confirmed(delivery=delivery)
    return 0


if __name__ == "__main__":
    main()
