"""Which passwords are refused beside the common ones; long phrases are welcome, no kinds of character are demanded."""

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from roles.polish import search_text

#: Words that everybody who works here would try first.
OUR_WORDS = (
    "spoiwo",
    "owes",
    "rops",
    "wces",
    "ekonomia",
    "spoleczna",
    "spoldzielnia",
    "socjalna",
    "solidarnosc",
    "wielkopolskie",
    "wielkopolska",
    "poznan",
    "konin",
    "kalisz",
    "leszno",
    "pila",
    "animator",
    "koordynator",
    "kierownik",
    "tutor",
    "uczestnik",
    "projekt",
    "inkubator",
    "haslo",
    "password",
    "admin",
)

#: How much of a password must be left without them.
REST = 8


class NotOurOwnWords:
    """Refuses a password that consists of words of the house, with little else."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        letters = rest = search_text(password).replace(" ", "")
        for word in OUR_WORDS:
            rest = rest.replace(word, "")
        if rest != letters and len(rest) < REST:
            raise ValidationError(
                _("This password rests on words that everybody here would try first."), code="password_our_own_words"
            )

    def get_help_text(self) -> str:
        return _("It may not rest on words such as the name of this system, of your institution or of your town.")
