"""Why a file, a row or a cell is not taken. Every reason is an English msgid, translated when it is shown."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

if TYPE_CHECKING:
    from cases.workbook.headings import Layout


@dataclass(frozen=True)
class Reason:
    """A sentence part with its numbers filled in."""

    msgid: str
    filled_in: tuple[tuple[str, str | int], ...] = ()

    def __str__(self) -> str:
        return gettext(self.msgid) % dict(self.filled_in)

    @property
    def english(self) -> str:
        """As programs read it, whatever the language."""
        return self.msgid % dict(self.filled_in)


def because(msgid: str, **filled_in: str | int) -> Reason:
    """A reason with what it names."""
    return Reason(msgid, tuple(filled_in.items()))


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one cell: the sheet's row number, the column's heading, the value as it may be shown."""

    row: int
    column: str
    value: str = field(repr=False)
    reason: Reason
    #: Whether the column holds special-category data or free remarks, which no report of an upload repeats.
    is_special: bool = False

    def as_json(self) -> dict[str, Any]:
        """As `--json` prints it, in English."""
        return {"row": self.row, "column": self.column, "value": self.value, "reason": self.reason.english}


class WorkbookRefused(Exception):  # noqa: N818  an answer, not an error
    """The file as a whole cannot be read; `reason` says why, `layout` how far its headings were understood."""

    def __init__(self, msgid: str, *, layout: "Layout | None" = None, **filled_in: str | int) -> None:
        self.reason, self.layout = because(msgid, **filled_in), layout
        super().__init__(self.reason.english)


class Unreadable(ValueError):  # noqa: N818  an answer, not an error
    """A cell does not hold what its column should."""

    def __init__(self, msgid: str) -> None:
        self.reason = because(msgid)
        super().__init__(msgid)


# of files
TOO_LARGE = _("The file is larger than %(megabytes)s MB.")
NOT_A_WORKBOOK = _("This is not a workbook of the kind .xlsx.")
OLD_WORKBOOK = _("This is a workbook of the old kind .xls: save it as .xlsx.")
HAS_MACROS = _("The workbook carries macros: save it as .xlsx without them.")
IS_PROTECTED = _("The workbook is protected by a password.")
UNPACKS_TO_TOO_MUCH = _("The workbook would unpack to far more than it should.")
NOT_STANDARD = _(
    "The workbook has parts that no spreadsheet program writes: open it, save it as .xlsx anew, and take that file."
)
IS_DAMAGED = _("The workbook is damaged, or was not made by a spreadsheet program.")
NO_HEADINGS = _("No row has the headings of a list of participants, such as “Nazwisko”, “Imię” and “Powiat”.")
HEADING_IS_MISSING = _("The column “%(heading)s” is missing.")
HEADING_TWICE = _("The column “%(heading)s” is there twice.")
TOO_MANY_ROWS = _("The list is longer than %(rows)s rows: split it.")

# of cells
MISSING_SURNAME = _("missing surname")
MISSING_FIRST_NAME = _("missing first name")
MISSING_POWIAT = _("missing powiat")
MISSING_START = _("missing start date")
MISSING_IDENTIFIER = _("neither PESEL nor another identifier")
PESEL_LENGTH = _("PESEL has not 11 digits")
PESEL_CHECK_DIGIT = _("wrong PESEL check digit")
PESEL_DATE = _("PESEL begins with no date")
BIRTH_DATE_DISAGREES = _("birth date disagrees with PESEL")
SEX_DISAGREES = _("sex disagrees with PESEL")
SAME_PERSON_LP = _("same person as row Lp. %(lp)s")
SAME_PERSON_ROW = _("same person as row %(row)s")
NO_SUCH_DATE = _("no such date")
NOT_A_DATE = _("not a date")
IMPLAUSIBLE_DATE = _("a date out of all reason")
UNKNOWN_SEX = _("unknown sex")
UNKNOWN_CITIZENSHIP = _("unknown citizenship")
UNKNOWN_EDUCATION = _("unknown education")
UNKNOWN_POWIAT = _("powiat not of the region")
POWIAT_NOT_SERVED = _("powiat outside the mandates of who uploaded the file")
NOT_A_POSTCODE = _("not a postcode")
NOT_A_PHONE = _("not a phone number")
NOT_AN_EMAIL = _("not an e-mail address")
UNKNOWN_STATUS = _("unknown labour-market status")
UNKNOWN_DETAIL = _("unknown detail of the status")
DETAIL_DOES_NOT_FIT = _("detail does not fit the labour-market status")
ONLY_UNEMPLOYED = _("only the unemployed are unemployed since a day")
UNEMPLOYED_AFTER_START = _("unemployed only after the start")
NOT_TRI_STATE = _("not yes, no or refused")
UNKNOWN_CRITERION = _("unknown criterion")
UNKNOWN_STAGE = _("unknown stage")
UNKNOWN_PARTICIPATION = _("neither participant nor supporting member")
START_TO_COME = _("already in support, but the start lies in the future")
STAGE_TO_COME = _("at this stage since a day that is still to come")
STAGE_BEFORE_START = _("at this stage before the start")

# warnings: the row comes in all the same
MAY_BE_KNOWN = _("may be the same person as in %(number)s")
MAY_BE_SOMEBODY = _("may be somebody whom your organisation has on record already")
IS_A_FORMULA = _("a formula instead of a value")
IS_AN_ERROR = _("the cell shows an error")
TOO_LONG = _("too long")
