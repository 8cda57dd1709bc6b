"""The way to the text-message gateway of a site: one port, the adapter named by a setting."""

import json
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from jieti.kit import clock


class SmsGateway(Protocol):
    """Hands a text message to whoever carries it; an adapter is made without arguments and reads its own settings."""

    def send(self, *, phone: str, text: str, reference: str) -> None:
        """Sends `text` to `phone`; by `reference` the gateway may tell one sent before. Raises if it was not taken."""


class FileGateway:
    """For development: one line of JSON a message, in `sms/` of the data folder."""

    def send(self, *, phone: str, text: str, reference: str) -> None:
        """Adds the message to today's file."""
        folder = Path(settings.DATA_DIR) / "sms"
        folder.mkdir(parents=True, exist_ok=True)
        line = json.dumps({"phone": phone, "text": text, "reference": reference}, ensure_ascii=False)
        with (folder / f"{clock.today()}.jsonl").open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")


def sms_gateway() -> SmsGateway:
    """The site's (settings.SMS_GATEWAY, a dotted path)."""
    gateway: SmsGateway = import_string(settings.SMS_GATEWAY)()
    return gateway
