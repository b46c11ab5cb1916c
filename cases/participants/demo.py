"""What the people of the demo do with participants, day by day: they register, check, approve, are late, fall ill, leave."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any

from django.utils.timezone import localdate

from cases.demo import Centre, World, actor, name_for
from cases.models import Attendance, Person, Session
from cases.models.records import LabourDetail, LabourStatus
from cases.participants import demo_papers as demo_papers  # an actor too
from cases.participants.demo_work import HOW, IN_SUPPORT, Scene
from cases.participants.models import ParticipantCase
from cases.participants.registration import Place, register
from cases.participants.stages import WithdrawalReason
from roles.models import Absence, User, clock_of
from roles.role import Role
from roles.services.acting import acting
from workflows.deadlines import WorkingCalendar, moment
from workflows.errors import Refusal
from workflows.gate import Act, Decision, perform
from workflows.models import CaseAssignment, Hold, Outcome, WorkItem
from workflows.services import ask, assign
from workflows.services.holds import end_hold, put_on_hold
from workflows.standing import Standing
from workflows.timers import fire_due

PARTICIPANTS = 400
CALENDAR = WorkingCalendar()
WEDNESDAY = 2
#: The share of its time before which nobody does it: support takes as long as it takes.
EARLIEST = {"recommend": 0.8, "propose_graduation": 0.5}
TOPICS = (
    "Jak działa spółdzielnia socjalna",
    "Nasz pomysł na usługę",
    "Praca w zespole",
    "Rozmowa z klientem",
    "Koszty i ceny",
)


@dataclass
class Cast:
    """The people at their work: what each has planned for which day."""

    world: World
    planned: dict[int, date] = field(default_factory=dict)
    refused: set[int] = field(default_factory=set)
    last_seen: int = 0
    arrivals: Counter[date] = field(default_factory=Counter)
    centre_of: dict[int, Centre] = field(default_factory=dict)
    _standings: dict[User, Standing] = field(default_factory=dict)
    _standings_on: date | None = None

    def __post_init__(self) -> None:
        days = [localdate(at) for at in self.world.mornings() if CALENDAR.is_working(localdate(at))]
        self.arrivals = Counter(self.chance.choices(days, k=PARTICIPANTS))
        self.centre_of = {centre.organisation.pk: centre for centre in self.world.centres}
        _plan_absences(self.world)

    @property
    def chance(self) -> Random:
        """Where everything that varies comes from."""
        return self.world.chance

    def day(self, at: datetime) -> None:
        """One day: what the clock fires and, on working days, who arrives and what people do."""
        today = localdate(at)
        if not CALENDAR.is_working(today):
            fire_due(at)
            return
        for _ in range(self.arrivals[today]):
            _register(self, at)
        fire_due(at)
        _live(self, at)
        self._plan(today)
        self._work(at)

    def _plan(self, today: date) -> None:
        """Everybody puts new work into their calendar: mostly in time, sometimes late."""
        fresh = (
            WorkItem.objects.human()
            .open()
            .filter(pk__gt=self.last_seen)
            .order_by("pk")
            .values_list("pk", "due", "node")
        )
        for pk, due, node in fresh:
            self.last_seen = pk
            left = max((due - today).days, 1)
            in_time = self.chance.uniform(EARLIEST.get(node, 0.2), 0.95)
            share = in_time if self.chance.random() < 0.88 else self.chance.uniform(1.1, 1.6)
            self.planned[pk] = today + timedelta(days=int(left * share))

    def _work(self, at: datetime) -> None:
        """Do what is planned for today; who is on holiday or refused tries again in a few days."""
        today = localdate(at)
        keys = [pk for pk, day in self.planned.items() if day <= today]
        items = WorkItem.objects.open().filter(pk__in=keys).select_related("process", "process__territory", "owner")
        acts = [act for item in items if (act := self._act(item, at)) is not None]
        results = perform(acts, at=at)
        for pk in keys:
            del self.planned[pk]
        self.refused |= results.refused.keys()
        for pk in results.refused:
            self.planned[pk] = today + timedelta(days=9)

    def _act(self, item: WorkItem, at: datetime) -> Act | None:
        who = self._who(item, localdate(at))
        if who is None:
            return None
        if item.move:
            return Act(item, who, self._decision(item))
        return Act(item, who, HOW[item.node](Scene(item, who, at, self.chance, item.pk in self.refused)))

    def _who(self, item: WorkItem, today: date) -> User | None:
        """The owner, else somebody of the role whom nothing bars."""
        team = self.centre_of[item.organisation_id].people[Role(item.role)]
        wanted = [user for user in team if user.pk == item.owner_id] or list(team)
        return next((user for user in wanted if not self._standing(user, today).why_not(item)), None)

    def _standing(self, user: User, today: date) -> Standing:
        """Where somebody stands today; asked of the database once a day for everybody."""
        if self._standings_on != today:
            staff = [each for centre in self.world.centres for team in centre.people.values() for each in team]
            self._standings, self._standings_on = Standing.of_each(staff, today), today
        return self._standings[user]

    def _decision(self, item: WorkItem) -> Decision:
        if item.pk in self.refused and Outcome.REFUSED in item.flow_task.ways:
            return Decision(Outcome.REFUSED, reason="other", note="Wniosek jest już nieaktualny.")
        returnable = Outcome.RETURNED in item.flow_task.ways and item.move not in ("withdraw", "exclude")
        if returnable and self.chance.random() < 0.06:
            return Decision(Outcome.RETURNED, reason="incomplete", note="Proszę uzupełnić opis.")
        return Decision(Outcome.APPROVED)


@actor
def participants(world: World) -> Callable[[datetime], None]:
    """The actor of this room."""
    return Cast(world).day


def _plan_absences(world: World) -> None:
    """Everybody goes on holiday once a year, and a colleague of the same role stands in."""
    for centre in world.centres:
        for users in centre.people.values():
            for place, user in enumerate(users):
                for year in range(2):
                    first = world.first_day + timedelta(days=365 * year + world.chance.randrange(60, 330))
                    deputy = users[(place + 1) % len(users)] if len(users) > 1 else None
                    Absence.objects.create(
                        user=user, deputy=deputy, starts_on=first, ends_on=first + timedelta(days=13)
                    )


def _register(cast: Cast, at: datetime) -> None:
    centre, today, chance = cast.chance.choice(cast.world.centres), localdate(at), cast.chance
    is_woman = chance.random() < 0.6
    first, last = name_for(chance, is_woman)
    born = date(chance.randrange(1960, 2006), chance.randrange(1, 13), chance.randrange(1, 29))
    powiat = chance.choice(centre.powiats)
    person = Person(
        organisation=centre.organisation,
        first_name=first,
        last_name=last,
        other_identifier=f"PRZYKLAD {chance.randrange(10**7):07d}",
        birth_date=born,
        sex="K" if is_woman else "M",
        citizenship="pl",
        education=chance.choice(["2", "3", "3", "4"]),
        powiat=powiat,
        place=powiat.name.capitalize(),
        postcode="60-001",
        email=f"osoba{chance.randrange(10**6)}@example.org",
    )
    unemployed = chance.random() < 0.6
    entry = {
        "starts_on": today,
        "citizenship": "pl",
        "education": person.education,
        "powiat": powiat,
        "labour_status": LabourStatus.REGISTERED_UNEMPLOYED if unemployed else LabourStatus.INACTIVE,
        "labour_detail": LabourDetail.LONG_TERM if unemployed else LabourDetail.NOT_IN_EDUCATION,
        "unemployed_since": today - timedelta(days=chance.randrange(400, 1500)) if unemployed else None,
    }
    answers: dict[str, Any] = dict.fromkeys(("minority", "foreign_origin", "homelessness"), "no")
    answers |= {"disability": chance.choice(["yes", "no", "no", "refused"]), "asked_on": today}
    place = Place(cast.world.programme, centre.organisation, powiat)
    animator = centre.people[Role.ANIMATOR][0]
    case = register(person, place, by=animator, entry=entry, answers=answers, notice_on=today, at=at)
    tutor = chance.choice(centre.people[Role.TUTOR])
    assign(case, by=centre.people[Role.COORDINATOR][0], role=Role.TUTOR, to=tutor, at=at)


def _live(cast: Cast, at: datetime) -> None:
    """What happens to people: some leave early, some fall ill and come back."""
    today, chance = localdate(at), cast.chance
    in_support = ParticipantCase.objects.open().filter(stage__in=IN_SUPPORT)
    if today.weekday() == WEDNESDAY:
        _hold_groups(cast, today, at)
    if chance.random() < 0.06 and (leaver := _any(in_support, chance)):
        tutor = cast.centre_of[leaver.organisation_id].people[Role.TUTOR][0]
        reason = chance.choice([WithdrawalReason.OWN_WISH, WithdrawalReason.MOVED, WithdrawalReason.HEALTH])
        _unless_refused(partial(ask, leaver, "withdraw", by=tutor, reason=reason, effective_on=today, at=at))
    if chance.random() < 0.05 and (ill := _any(in_support, chance)):
        coordinator = cast.centre_of[ill.organisation_id].people[Role.COORDINATOR][0]
        why = chance.choice([Hold.Reason.ILLNESS, Hold.Reason.CARE])
        _unless_refused(partial(put_on_hold, ill, by=coordinator, starts_on=today, reason=why, at=at))
    for hold in Hold.objects.open().filter(starts_on__lte=today - timedelta(days=21)).select_related("case"):
        coordinator = cast.centre_of[hold.case.organisation_id].people[Role.COORDINATOR][0]
        _unless_refused(partial(end_hold, hold.case, by=coordinator, on=today, at=at))


def _hold_groups(cast: Cast, today: date, at: datetime) -> None:
    """Every tutor who is there holds the week's workshop with all of their people; a few do not come."""
    groups: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    held = CaseAssignment.objects.filter(role=Role.TUTOR, case__stage__in=IN_SUPPORT, case__finished=None)
    away = set(Absence.objects.on(today).values_list("user", flat=True))
    for case, tutor, organisation in held.order_by("pk").values_list("case", "user", "case__organisation"):
        if tutor not in away:
            groups[organisation, tutor].append(case)
    with acting(clock_of(), at):
        _write_sessions(cast, groups, today, at)


def _write_sessions(cast: Cast, groups: Mapping[tuple[int, int], list[int]], today: date, at: datetime) -> None:
    sessions = Session.objects.bulk_create(
        Session(
            organisation_id=organisation,
            kind=cast.chance.choice(["training", "training", "advice", "mentoring"]),
            status=Session.Status.HELD,
            topic=cast.chance.choice(TOPICS),
            starts_at=moment(today, 9),
            hours=Decimal(4),
            leader_id=tutor,
            recorded_by_id=tutor,
            recorded_at=at,
        )
        for organisation, tutor in groups
    )
    Attendance.objects.bulk_create(
        Attendance(session=session, case_id=case, present=place == 0 or cast.chance.random() < 0.96)
        for session, cases in zip(sessions, groups.values(), strict=True)
        for place, case in enumerate(cases)
    )


def _any(cases: Any, chance: Random) -> ParticipantCase | None:
    keys = list(cases.order_by("pk").values_list("pk", flat=True))
    return ParticipantCase.objects.get(pk=chance.choice(keys)) if keys else None


def _unless_refused(act: Callable[[], object]) -> None:
    """People try things that the engine refuses; then they let it be."""
    try:
        act()
    except Refusal:
        return
