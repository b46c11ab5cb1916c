"""`manage.py first_administrator EMAIL`: the account that appoints all others."""

import sys
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from roles.errors import NotAllowed
from roles.invitations import way_in
from roles.services import make_first_administrator


class Command(BaseCommand):
    help = (
        "Make the first account of an installation and print the link by which its owner sets a password. Again with the "
        "same address it prints a new link until that was done. Status 1: somebody else administers already; 2: wrong use."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *_arguments: Any, email: str, **_options: Any) -> None:
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError(f"{email} is no e-mail address.", returncode=2) from None
        try:
            user = make_first_administrator(email)
        except NotAllowed as refusal:
            self.stderr.write(str(refusal.sentence))
            sys.exit(1)
        if user.has_usable_password():
            self.stdout.write(f"{user.username} administers the installation and has set a password.")
            return
        self.stdout.write(f"User name: {user.username}")
        self.stdout.write(f"Set the password here, within three days: {settings.PUBLIC_URL}{way_in(user)}")
