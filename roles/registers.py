"""Numbers of Polish registers: NIP, REGON and KRS, checked by their own rules."""

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.forms import Field
from django.utils.translation import gettext_lazy as _
from stdnum.pl import nip, regon


def is_nip(value: str) -> None:
    """Ten digits with the right check digit."""
    if not nip.is_valid(value):
        raise ValidationError(_("This is not a NIP: its ten digits do not agree with one another."), code="nip")


def is_regon(value: str) -> None:
    """Nine or fourteen digits with the right check digit."""
    if not regon.is_valid(value):
        raise ValidationError(_("This is not a REGON: its digits do not agree with one another."), code="regon")


#: The National Court Register numbers its entries with ten digits and no check digit.
is_krs = RegexValidator(r"\A[0-9]{10}\Z", _("A KRS number has ten digits, with zeros in front."), code="krs")


if TYPE_CHECKING:
    TextField = models.CharField[str, str]
else:
    TextField = models.CharField


class RegisterNumberField(TextField):
    """A register number, kept as digits only; spaces and hyphens in what people type are dropped."""

    def to_python(self, value: Any) -> str:
        return "".join(str(value or "").split()).replace("-", "")

    def formfield(self, **options: Any) -> Field | None:
        return super().formfield(**{"max_length": None} | options)


def digits(field: str, *lengths: int) -> models.Q:
    """The condition of a constraint: empty, or digits of one of these lengths."""
    shapes = "|".join(f"[0-9]{{{length}}}" for length in lengths)
    return models.Q(**{f"{field}__regex": rf"^({shapes})?$"})
