"""Who in the organisation's records may be the same human being as the person of a case in recruitment, also without PESEL.

Whoever may read the other person's case is led to it; whoever may not learns only that there is somebody, and whom to ask.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.html import format_html
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from cases.models import Person
from cases.participants.stages import Stage
from roles.models import Mandate, User
from roles.role import Role

if TYPE_CHECKING:
    from cases.participants.models import ParticipantCase

#: How many are shown, the likeliest first, and how many people one is sent to.
MOST, ASKED = 5, 3


@dataclass(frozen=True)
class MayBe:
    """Somebody who may be the same: with their case for whoever may read it, else only with whom to ask."""

    case: "ParticipantCase | None"
    why: str = ""
    ask: str = ""

    @property
    def sentence(self) -> str:
        """In words, with a link to the case that may be read."""
        if self.case is not None:
            link = format_html(
                '<a href="{}">{} ({})</a>', self.case.get_absolute_url(), self.case.title, self.case.number
            )
            return format_html(_("May be the same as {other}: {why}."), other=link, why=self.why)
        if self.ask:
            return format_html(_("May be somebody in your organisation's records; ask {people}."), people=self.ask)
        return _("May be somebody in your organisation's records whom you may not read.")


def who_may_be_same(case: "ParticipantCase", user: User, at: datetime) -> list[MayBe]:
    """The likeliest, for a case in recruitment; four queries at most, whatever their number. Those hidden are one entry."""
    if case.stage != Stage.RECRUITMENT:
        return []
    alike = Person.objects.probable_duplicates_of(case.person)[:MOST]
    if not alike:
        return []
    theirs = type(case).objects.filter(person__in=[each.person for each in alike]).order_by("pk")
    readable = {each.person_id: each for each in theirs.visible_to(user, at)}
    found = [MayBe(readable[each.person.pk], str(each.because)) for each in alike if each.person.pk in readable]
    hidden = [each.person.pk for each in alike if each.person.pk not in readable]
    return [*found, MayBe(None, ask=_whom_to_ask(theirs.filter(person__in=hidden).last(), at))] if hidden else found


def _whom_to_ask(case: "ParticipantCase | None", at: datetime) -> str:
    """The coordinators where the case is; staff alone, nothing of the person."""
    if case is None:
        return ""
    held = Mandate.objects.in_force(localdate(at)).as_role(Role.COORDINATOR)
    people = held.covering(case.organisation_id, case.territory).holders()
    return ", ".join(map(str, people.order_by("sort_key")[:ASKED]))
