"""A small region and its people, and participants who are walked along the path by the engine itself."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from stdnum.pl import pesel as register_of_numbers

from cases.models import ExitSituation, FollowUpData, Person, Session
from cases.participants import services
from cases.participants.models import ParticipantCase, Review
from cases.participants.registration import Place, register
from cases.participants.stages import Stage
from cases.sessions import log_session
from roles.models import Organisation, Territory, User
from roles.role import Role
from tests.factories import make_mandate, make_organisation, make_territory, make_user
from workflows.models import CaseAssignment, Programme, WorkItem
from workflows.services import complete, decide_many

START = date(2026, 3, 2)
numbers = count(1)


def at(days: int = 0, hour: int = 10) -> datetime:
    """A moment so many days after the start."""
    return datetime(2026, 3, 2, hour, tzinfo=UTC) + timedelta(days=days)


def day(days: int = 0) -> date:
    """The day so many days after the start."""
    return START + timedelta(days=days)


@dataclass
class Region:
    """Two powiats, two organisations in both, a programme, and one person a role in the first of each."""

    powiat: Territory
    next_powiat: Territory
    organisation: Organisation
    other: Organisation
    programme: Programme
    people: dict[Role, User] = field(default_factory=dict)
    second: User | None = None

    def person(self, role: Role, **facts: Any) -> User:
        """Somebody new with a mandate for the role, by default where the people of the region work."""
        user = facts.pop("user", None) or make_user(str(role), "Inna")
        known = {"organisation": self.organisation, "territory": self.powiat}
        make_mandate(user, role, **known | facts)
        return user

    @property
    def place(self) -> Place:
        """Where cases belong."""
        return Place(self.programme, self.organisation, self.powiat)


TEAM = (Role.ANIMATOR, Role.COORDINATOR, Role.TUTOR, Role.PSYCHOLOGIST, Role.SUPERVISOR)


def make_region(**programme: Any) -> Region:
    """A region with a team; its second supervisor decides what the first may not."""
    powiat, next_powiat = make_territory("3010", "koniński"), make_territory("3009", "kolski")
    organisation, other = make_organisation(f"Alfa {next(numbers)}"), make_organisation(f"Beta {next(numbers)}")
    facts = {"starts_on": date(2025, 1, 1), "ends_on": date(2029, 12, 31)} | programme
    edition = Programme.objects.create(code=f"P{next(numbers)}", name="Program", **facts)
    edition.organisations.set([organisation, other])
    region = Region(powiat, next_powiat, organisation, other, edition)
    region.people = {role: region.person(role, user=make_user(role.value, "Zwykła")) for role in TEAM}
    region.second = region.person(Role.SUPERVISOR)
    return region


def invented_pesel(number: int) -> str:
    """The number of nobody: born on a day of 1985, by the count."""
    born = date(1985, 1, 1) + timedelta(days=number % 360)
    digits = f"{born:%y%m%d}{number % 10000:04d}"
    return digits + register_of_numbers.calc_check_digit(digits)


def new_person(organisation: Organisation, **facts: Any) -> Person:
    """Somebody invented, with everything that ESF+ asks for; not saved."""
    number = next(numbers)
    known = {
        "first_name": "Łucja",
        "last_name": f"Źródlana{number}",
        "pesel": invented_pesel(number),
        "birth_date": date(1985, 1, 1) + timedelta(days=number % 360),
        "sex": "K",
        "place": "Ślesin",
        "postcode": "62-561",
        "phone": f"600 {number:06d}",
    }
    return Person(organisation=organisation, **known | facts)


ENTRY = {
    "starts_on": START,
    "citizenship": "pl",
    "education": "3",
    "labour_status": "registered_unemployed",
    "labour_detail": "long_term",
    "unemployed_since": date(2024, 5, 1),
}
ANSWERS = {"disability": "no", "minority": "refused", "foreign_origin": "no", "homelessness": "no", "asked_on": START}


def register_participant(region: Region, days: int = 0, *, by: User | None = None, **facts: Any) -> ParticipantCase:
    """A case just registered, with everything that admission needs but the check of eligibility."""
    person = facts.pop("person", None) or new_person(region.organisation)
    known = {
        "entry": ENTRY | {"powiat": region.powiat},
        "answers": ANSWERS,
        "notice_on": day(days),
        "at": at(days),
    }
    case = register(person, facts.pop("place", region.place), by=by or region.people[Role.ANIMATOR], **known | facts)
    tutor = region.people.get(Role.TUTOR)
    if tutor is not None:
        CaseAssignment.objects.create(case=case, role=Role.TUTOR, user=tutor, since=day(days))
    return case


# what the people on the way write down


Write = Callable[[Any, ParticipantCase], None]


def found_eligible(unit: Any, case: ParticipantCase) -> None:
    if case.needs_criterion:
        claims = [{"letter": "b", "evidence": "pup"}]
        services.confirm_criteria(case, by=unit.by, claims=claims, on=unit.today, at=unit.at)
    services.find(case, by=unit.by, finding="eligible", on=unit.today, at=unit.at)


def diagnosed(unit: Any, case: ParticipantCase) -> None:
    scales = dict.fromkeys(("communication", "cooperation", "initiative", "organisation", "vocational", "digital"), 3)
    services.diagnose(
        case, by=unit.by, diagnosed_on=unit.today, strengths="zręczność", needs="kurs", at=unit.at, **scales
    )


def planned(unit: Any, case: ParticipantCase) -> None:
    action = {"what": "kurs", "who": "participant", "until": unit.today + timedelta(days=60), "measure": "świadectwo"}
    services.agree_plan(
        case,
        by=unit.by,
        goal="praca w spółdzielni",
        actions=[action],
        agreed_by_participant_on=unit.today,
        agreed_by_tutor_on=unit.today,
        at=unit.at,
    )


def recommended(verdict: str) -> Write:
    def write(unit: Any, case: ParticipantCase) -> None:
        idea = "spółdzielnia Kotwica" if verdict == "go" else ""
        services.recommend(case, by=unit.by, verdict=verdict, reasons="tak widzę", idea=idea, on=unit.today, at=unit.at)
        if verdict == "redirect":
            asked(unit, case)

    return write


def agreed(unit: Any, case: ParticipantCase) -> None:
    services.give_opinion(case, by=unit.by, supports=True, on=unit.today, at=unit.at)


def confirmed(unit: Any, case: ParticipantCase) -> None:
    services.confirm_recommendation(case, by=unit.by, on=unit.today, at=unit.at)


def asked(unit: Any, case: ParticipantCase) -> None:
    services.fill_in_questionnaire(
        case, by=unit.by, on=unit.today, situation=4, usefulness=5, would_recommend=True, at=unit.at
    )


def reviewed(unit: Any, case: ParticipantCase) -> None:
    services.review(
        case,
        by=unit.by,
        kind=Review.Kind.MONTH,
        until=unit.today,
        progress="on_plan",
        done="kurs",
        following="praktyka",
        at=unit.at,
    )


def left_data(unit: Any, case: ParticipantCase) -> None:
    situation = ExitSituation(situation="employment", observed_on=case.left_on, evidence="umowa")
    services.collect_exit_data(case, by=unit.by, as_planned=True, situations=[situation], at=unit.at)


def followed_up(unit: Any, case: ParticipantCase) -> None:
    services.follow_up(
        case,
        by=unit.by,
        at=unit.at,
        observed_on=unit.today,
        source=FollowUpData.Source.INTERVIEW,
        labour_status="employed",
        contract="cooperative",
        weekly_hours=40,
    )


def support(case: ParticipantCase, *, by: User, days: int, sessions: int = 6, present: bool = True) -> None:
    """Trainings of eight hours on the days before that day, attended or not."""
    for number in range(sessions):
        starts_at = at(days - sessions + number, hour=7)
        session = Session(kind="training", topic="Spółdzielnia", starts_at=starts_at, hours=Decimal(8), leader=by)
        log_session(session, [case], by=by, present=[case.pk] if present else [], at=at(days, hour=9))


@dataclass(frozen=True)
class Step:
    """One item on the straight way: how it ends, on which day since the start, and what is written down."""

    node: str
    outcome: str
    day: int
    write: Write | None = None
    reason: str = ""
    before: Callable[[ParticipantCase, User, int], None] | None = None


THE_WAY = (
    Step("check_eligibility", "eligible", 3, found_eligible),
    Step("approve_admission", "approved", 5),
    Step("diagnose", "done", 10, diagnosed),
    Step("agree_plan", "done", 20, planned),
    Step("approve_plan", "approved", 22),
    Step("recommend", "go", 80, recommended("go"), before=lambda case, by, days: support(case, by=by, days=days)),
    Step("give_opinion", "done", 82, agreed),
    Step("confirm_recommendation", "confirmed", 84, confirmed),
    Step("approve_incubation", "approved", 86),
    Step("propose_graduation", "graduate", 200, asked, reason="se_job"),
    Step("approve_graduation", "approved", 202),
    Step("collect_exit_data", "done", 210, left_data),
)
DAY_OF = {step.node: step.day for step in THE_WAY}

#: The item that is open when a stage has just been reached by the straight way.
AT_STAGE = {
    Stage.RECRUITMENT: "check_eligibility",
    Stage.PRE_INCUBATION: "diagnose",
    Stage.INCUBATION: "propose_graduation",
    Stage.GRADUATED: "collect_exit_data",
}


def item_of(case: ParticipantCase, node: str) -> WorkItem:
    """The open item of the case at that node."""
    return WorkItem.objects.open().select_related("territory").get(process=case, node=node)


def open_nodes(case: ParticipantCase) -> list[str]:
    """The nodes of everything that waits on the case, timers included."""
    return sorted(WorkItem.objects.open().filter(process=case).values_list("node", flat=True))


def fresh(case: ParticipantCase) -> ParticipantCase:
    """The case as the database has it."""
    return ParticipantCase.objects.get(pk=case.pk)


def who_does(region: Region, item: WorkItem) -> User:
    """The one of the team whom the item is for: the second supervisor where the first may not."""
    first = region.people[Role(item.role)]
    barred = first.pk in item.barred or first.pk == item.asked_by_id
    return region.second if barred and region.second else first


def do(
    region: Region,
    case: ParticipantCase,
    node: str,
    outcome: str = "done",
    *,
    days: int,
    write: Write | None = None,
    by: User | None = None,
    **terms: Any,
) -> WorkItem:
    """Do the open item of that node as its role would."""
    item = item_of(case, node)
    by = by or who_does(region, item)
    if item.move:
        return decide_many([item], by=by, outcome=outcome, at=at(days), **terms).only()
    return complete(item, by=by, outcome=outcome, write=write, at=at(days), **terms)


def walk(region: Region, case: ParticipantCase, until: str, start: str = "check_eligibility") -> ParticipantCase:
    """Go the straight way from one node until the item of another is open."""
    nodes = [step.node for step in THE_WAY]
    end = nodes.index(until) if until in nodes else len(nodes)
    for step in THE_WAY[nodes.index(start) : end]:
        if step.before:
            step.before(case, region.people[Role.TUTOR], step.day)
        terms = {"reason": step.reason} if step.reason else {}
        do(region, case, step.node, step.outcome, days=step.day, write=step.write, **terms)
    return fresh(case)


def make_participant(region: Region, *, stage: Stage | None = None, until: str = "", **facts: Any) -> ParticipantCase:
    """A participant at a stage, or with the item of a node open, walked there by the engine."""
    case = register_participant(region, **facts)
    return walk(region, case, until or AT_STAGE[stage or Stage.RECRUITMENT])
