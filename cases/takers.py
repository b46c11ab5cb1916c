"""Who may take part in a session and who may lead it: my own people first, then everybody supported where I work."""

from typing import Any

from django import forms
from django.db.models import Case as Either
from django.db.models import Q, QuerySet, Value, When
from django.http import QueryDict
from django.utils.timezone import localdate, now
from django.utils.translation import gettext_lazy as _

from cases.models import Attendance, Session
from cases.models.base import WRITES_FACTS, may_write
from roles.models import Mandate, Territory, User
from roles.role import OF_SERVICES, Role
from workflows.filters import ListFilter
from workflows.kinds import kinds
from workflows.models import Case, CaseAssignment

#: So many are offered beside one's own people; whoever is not among them is found by the filters.
MOST = 60


class TakersFilter(ListFilter):
    """By what the people to choose from are narrowed: name or number, their tutor, the powiat."""

    beside: tuple[str, ...] = ()

    q = forms.CharField(label=_("Name or number"), required=False, max_length=100)
    tutor = forms.ChoiceField(label=_("Tutor"), required=False)
    powiat = forms.ChoiceField(label=_("Powiat"), required=False)

    def __init__(self, data: QueryDict, *, by: User) -> None:
        self.by, self.named = by, data.getlist("case")
        mine = supported_people(by).values("pk")
        tutors = CaseAssignment.objects.filter(case__in=mine, role=Role.TUTOR).values("user")
        powiats = Territory.objects.filter(cases__in=mine).distinct()
        super().__init__(
            data,
            tutor=[(str(each.pk), str(each)) for each in User.objects.filter(pk__in=tutors).by_name()],
            powiat=[(str(key), name) for key, name in powiats.by_name().values_list("pk", "name")],
        )

    @property
    def keep(self) -> list[tuple[str, str]]:
        """Whom the address names already stays named."""
        return [("case", key) for key in self.named]

    def found(self) -> list[int]:
        """Keys of those that match, by name; one more than are shown when there are more."""
        wanted, people = self.wanted, supported_people(self.by)
        if "q" in wanted:
            people = people.matching(wanted["q"])
        if "tutor" in wanted:
            held = CaseAssignment.objects.filter(role=Role.TUTOR, user=wanted["tutor"])
            people = people.filter(pk__in=held.values("case"))
        if "powiat" in wanted:
            people = people.filter(territory=wanted["powiat"])
        return list(people.order_by("sort_key", "pk").values_list("pk", flat=True)[: MOST + 1])


def supported_people(user: User) -> Any:
    """The open cases that receive support, as far as the person may write on them."""
    stages = Q(pk__in=[])
    for name, kind in kinds().items():
        stages |= Q(kind_name=name, stage__in=kind.supported) if kind.supported else Q(kind_name=name)
    return may_write(user, now()).filter(stages).open()  # type: ignore[attr-defined]


def offered_people(user: User, wanted: list[int], *, session: Session) -> QuerySet[Case]:
    """The open cases that the person holds a role on or has led a session of, then those asked for, as far as they may
    write; and whoever takes part in the session already."""
    held = CaseAssignment.objects.filter(user=user).values("case")
    led = Attendance.objects.filter(session__leader=user).values("case")
    mine = Q(pk__in=held) | Q(pk__in=led)
    place = Either(When(mine, then=Value(0)), default=Value(1))
    offered = may_write(user, now()).filter(mine | Q(pk__in=wanted)).open()  # type: ignore[attr-defined]
    there = Attendance.objects.all() if session.leader_id == user.pk else Attendance.objects.visible_to(user)
    taking_part = there.filter(session=session.pk).values("case")
    either = Case.objects.filter(Q(pk__in=offered.values("pk")) | Q(pk__in=taking_part))
    return either.order_by(place, "sort_key", "pk")


def possible_leaders(user: User) -> QuerySet[User]:
    """Colleagues who record sessions for an organisation that the person does so for; the service says of whom."""
    records = Mandate.objects.in_force(localdate()).as_role(*(WRITES_FACTS - OF_SERVICES))
    return records.filter(organisation__in=records.of(user).values("organisation")).holders()
