"""Links an officer's key at the government's identity platform to an account, or takes the link away."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from jieti.accounts.models import User
from jieti.accounts.signing_in import OFFICERS, link_identity, unlink_identity
from jieti.kit.errors import Refusal


class Command(BaseCommand):
    """`jieti manage link_identity NAME KEY`, `jieti manage link_identity NAME --unlink`."""

    help = "link an officer's key (claim `sub`) at the government's identity platform to an account"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The user's name and the platform's key."""
        parser.add_argument("username")
        parser.add_argument("key", nargs="?")
        parser.add_argument("--unlink", action="store_true")

    def handle(self, *_args: object, username: str, key: str | None, unlink: bool, **_options: object) -> None:
        """Raises CommandError with the reason when nothing was linked."""
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"no account is called {username}")
        if unlink:
            unlink_identity(by=None, user=user, platform=OFFICERS)
        elif key is None:
            raise CommandError("say the key, or --unlink")
        else:
            self._link(user, key)

    def _link(self, user: User, key: str) -> None:
        try:
            link_identity(by=None, user=user, platform=OFFICERS, subject=key)
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
