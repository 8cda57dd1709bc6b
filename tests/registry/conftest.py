"""Handing in a file as an intake clerk does."""

import datetime
from collections.abc import Callable
from typing import IO

import pytest

from jieti.accounts.models import User
from jieti.registry.models import Delivery
from tests.factories.deliveries import delivered

Deliver = Callable[..., Delivery]


@pytest.fixture
def deliver(intake_clerk: User) -> Deliver:
    """Hands a file in, has it read and confirmed; by default the register's, as of 1 July 2026."""

    def hand_in(
        file: IO[bytes], file_name: str = "名册.xlsx", *, source: str = "registration", mode: str = "full"
    ) -> Delivery:
        return delivered(
            by=intake_clerk,
            source=source,
            file=file,
            file_name=file_name,
            as_of=datetime.date(2026, 7, 1),
            mode=mode,
        )

    return hand_in
