"""The sign-in form, in our words."""

from typing import Any

from allauth.account.forms import LoginForm
from django.utils.translation import gettext_lazy as _


class EntranceForm(LoginForm):
    """User name or address, and password; labels instead of placeholders."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["login"].label = _("User name or e-mail")
        for name in ("login", "password"):
            self.fields[name].widget.attrs.pop("placeholder", None)
