"""What the people of the demo do with participants, day by day: they register, check, approve, are late, fall ill, leave."""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any

from django.utils.timezone import localdate

from cases.demo import Centre, World, actor, name_for
from cases.models import Attendance, ExitSituation, Person, Session
from cases.models.records import LabourDetail, LabourStatus
from cases.participants import services
from cases.participants.models import ParticipantCase, Review
from cases.participants.registration import Place, register
from cases.participants.stages import LeavingOutcome, RefusalReason, WithdrawalReason
from roles.models import Absence, User
from roles.role import Role
from workflows.batch import Batch
from workflows.deadlines import WorkingCalendar, moment
from workflows.errors import Refusal
from workflows.gate import Act, Completion, Decision, perform
from workflows.models import Case, CaseAssignment, Hold, Outcome, WorkItem
from workflows.services import ask, assign
from workflows.services.holds import end_hold, put_on_hold
from workflows.standing import Standing
from workflows.timers import fire_due

PARTICIPANTS = 400
CALENDAR = WorkingCalendar()
WEDNESDAY = 2
#: The share of its time before which nobody does it: support takes as long as it takes.
EARLIEST = {"recommend": 0.8, "propose_graduation": 0.5}
IN_SUPPORT = ("pre_incubation", "incubation")
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
        return Act(item, who, HOW[item.node](Scene(self, item, who, at)))

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


@dataclass(frozen=True)
class Scene:
    """One person before one piece of work."""

    cast: Cast
    item: WorkItem
    who: User
    at: datetime

    @property
    def today(self) -> date:
        """The local day."""
        return localdate(self.at)

    @property
    def chance(self) -> Random:
        """Where everything that varies comes from."""
        return self.cast.chance


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


# how each piece of work is done


def _check_eligibility(scene: Scene) -> Completion:
    drawn = scene.chance.random()
    finding = "eligible" if drawn < 0.9 else "supplement" if drawn < 0.96 else "not_eligible"

    def write(unit: Batch, case: Case) -> None:
        claims = [{"letter": scene.chance.choice("abdegk"), "evidence": scene.chance.choice(["pup", "ops", "zus"])}]
        if finding == "eligible":
            services.confirm_criteria(case, by=scene.who, claims=claims, on=scene.today, at=scene.at)
        services.find(case, by=scene.who, finding=finding, on=scene.today, at=scene.at)
        if finding == "supplement":
            wanted = "Zaświadczenie z powiatowego urzędu pracy"
            services.ask_for_supplement(case, by=scene.who, wanted=wanted, on=scene.today, at=scene.at)

    reason = RefusalReason.NO_CRITERION if finding == "not_eligible" else ""
    return Completion(finding, write, reason=reason)


def _bring_supplement(scene: Scene) -> Completion:
    return Completion(
        write=lambda unit, case: services.receive_supplement(case, by=scene.who, on=scene.today, at=scene.at)
    )


def _place_taken(scene: Scene) -> Completion:
    return Completion("place_taken")


def _diagnose(scene: Scene) -> Completion:
    def write(unit: Batch, case: Case) -> None:
        scales = ("communication", "cooperation", "initiative", "organisation", "vocational", "digital")
        services.diagnose(
            case,
            by=scene.who,
            at=scene.at,
            diagnosed_on=scene.today,
            **{name: scene.chance.randrange(1, 6) for name in scales},
            debts=scene.chance.random() < 0.3,
            transport=scene.chance.random() < 0.4,
            strengths="Doświadczenie w pracy z ludźmi, chęć do nauki.",
            needs="Wsparcie w planowaniu i w rozmowach z urzędami.",
        )

    return Completion(write=write)


def _agree_plan(scene: Scene) -> Completion:
    def write(unit: Batch, case: Case) -> None:
        actions = [
            {"what": what, "who": who, "until": scene.today + timedelta(days=days), "measure": measure}
            for what, who, days, measure in (
                ("Szkolenie z zakładania spółdzielni", "participant", 60, "Zaświadczenie"),
                ("Opis pomysłu na działalność", "participant", 90, "Karta pomysłu"),
                ("Spotkanie z doradcą biznesowym", "tutor", 45, "Karta doradcza"),
            )
        ]
        services.agree_plan(
            case,
            by=scene.who,
            at=scene.at,
            goal="Sprawdzić pomysł na wspólną działalność i zdobyć potrzebne umiejętności.",
            actions=actions,
            agreed_by_participant_on=scene.today,
            agreed_by_tutor_on=scene.today,
        )

    return Completion(write=write)


def _recommend(scene: Scene) -> Completion:
    drawn = scene.chance.random()
    verdict = "go" if drawn < 0.8 else "repeat" if drawn < 0.92 else "redirect"
    if verdict == "repeat" and scene.item.pk in scene.cast.refused:
        verdict = "redirect"

    def write(unit: Batch, case: Case) -> None:
        services.recommend(
            case,
            by=scene.who,
            verdict=verdict,
            reasons="Opinia po okresie preinkubacji, na podstawie przeglądów miesięcznych.",
            idea="Grupa: usługi opiekuńcze i porządkowe" if verdict == "go" else "",
            on=scene.today,
            at=scene.at,
        )
        if verdict == "redirect":
            _questionnaire(case, scene)

    if verdict == "redirect":
        return Completion(verdict, write, effective_on=scene.today, reason=LeavingOutcome.REDIRECTED)
    return Completion(verdict, write)


def _review(kind: Review.Kind) -> Callable[[Scene], Completion]:
    def how(scene: Scene) -> Completion:
        def write(unit: Batch, case: Case) -> None:
            unit.add(
                Review(
                    case=case,
                    kind=kind,
                    until=scene.today,
                    hours=Decimal(scene.chance.randrange(4, 20)),
                    progress=scene.chance.choice(["on_plan", "on_plan", "ahead", "behind", "stuck"]),
                    done="Udział w warsztatach i spotkaniach zgodnie z planem.",
                    following="Dalsza praca nad pomysłem.",
                    recorded_by=scene.who,
                    recorded_at=scene.at,
                )
            )

        return Completion(write=write)

    return how


def _give_opinion(scene: Scene) -> Completion:
    return Completion(
        write=lambda unit, case: services.give_opinion(case, by=scene.who, supports=True, on=scene.today, at=scene.at)
    )


def _confirm(scene: Scene) -> Completion:
    if scene.item.pk in scene.cast.refused:
        return Completion("sent_back", note="Obecność poniżej progu: proszę wydłużyć preinkubację.")
    return Completion(
        "confirmed",
        lambda unit, case: services.confirm_recommendation(case, by=scene.who, on=scene.today, at=scene.at),
    )


def _propose_graduation(scene: Scene) -> Completion:
    if scene.chance.random() < 0.08:
        return Completion("return", reason="too_early", note="Potrzebny dłuższy czas przygotowania.")
    return Completion(
        "graduate",
        lambda unit, case: _questionnaire(case, scene),
        effective_on=scene.today,
        reason=scene.chance.choice(LeavingOutcome.values),
    )


def _questionnaire(case: Case, scene: Scene) -> None:
    services.fill_in_questionnaire(
        case,
        by=scene.who,
        on=scene.today,
        situation=scene.chance.randrange(3, 6),
        usefulness=scene.chance.randrange(3, 6),
        at=scene.at,
    )


def _collect_exit_data(scene: Scene) -> Completion:
    def write(unit: Batch, case: Case) -> None:
        situation = scene.chance.choice(["employment", "job_search", "education", "unchanged"])
        left_on = case.left_on
        seen = ExitSituation(
            situation=situation, observed_on=min(scene.today, left_on + timedelta(days=28)), evidence="Oświadczenie"
        )
        services.collect_exit_data(case, by=scene.who, as_planned=True, situations=[seen], at=scene.at)

    return Completion(write=write)


def _follow_up(scene: Scene) -> Completion:
    def write(unit: Batch, case: Case) -> None:
        facts: dict[str, Any] = {"source": "interview", "observed_on": scene.today, "labour_status": "inactive"}
        if scene.chance.random() < 0.6:
            facts |= {"labour_status": "employed", "contract": "employment"}
        services.follow_up(case, by=scene.who, at=scene.at, **facts)

    return Completion(write=write)


HOW: dict[str, Callable[[Scene], Completion]] = {
    "check_eligibility": _check_eligibility,
    "bring_supplement": _bring_supplement,
    "wait_for_place": _place_taken,
    "diagnose": _diagnose,
    "agree_plan": _agree_plan,
    "recommend": _recommend,
    "review_month": _review(Review.Kind.MONTH),
    "review_plan": _review(Review.Kind.PLAN),
    "review_incubation": _review(Review.Kind.MONTH),
    "review_incubation_plan": _review(Review.Kind.PLAN),
    "give_opinion": _give_opinion,
    "confirm_recommendation": _confirm,
    "propose_graduation": _propose_graduation,
    "collect_exit_data": _collect_exit_data,
    "follow_up": _follow_up,
}
