"""The three ways in which the gate says no. Each carries the sentence that the person is shown."""

from collections.abc import Sequence
from typing import ClassVar

from django.utils.translation import gettext as _


class Refusal(Exception):  # noqa: N818  a refusal is an answer, not an error
    """The engine will not do it; `sentence` says why, in the reader's language."""

    status: ClassVar[int]

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class TooLate(Refusal):
    """The case or the item has moved on since the person looked (409)."""

    status = 409


class NotYou(Refusal):
    """Somebody else may do this, the person who asks may not (403)."""

    status = 403


class NotYet(Refusal):
    """A condition is not met (422); `unmet` holds the sentence of each."""

    status = 422

    def __init__(self, sentence: str, unmet: Sequence[str] = ()) -> None:
        super().__init__(sentence)
        self.unmet = list(unmet)

    @classmethod
    def because(cls, unmet: Sequence[str]) -> "NotYet":
        """The refusal that lists every unmet condition."""
        return cls(_("Not yet: %(conditions)s") % {"conditions": " ".join(unmet)}, unmet)
