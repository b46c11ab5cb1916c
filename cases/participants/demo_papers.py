"""What the people of the demo write and file beside their tasks: notes, comments, papers, sessions to come, a case shared."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache, partial
from random import Random

import typst
from django.core.files.base import ContentFile
from django.db.models import QuerySet
from django.utils.timezone import localdate

from cases.demo import SEED, Centre, World, actor
from cases.documents import store_document
from cases.models import Document, Session, Visibility
from cases.participants.demo_work import IN_SUPPORT
from cases.participants.models import ParticipantCase
from cases.sessions import plan_session
from cases.talk import write_comment, write_note, write_psychologist_note
from roles.models import User
from roles.role import Role
from workflows.deadlines import moment
from workflows.models import Case, Notice
from workflows.services import break_glass, share

TUESDAY = 1
#: How long before the end everybody has read what they were told.
UNREAD_DAYS = 4
NOTES = (
    "Rozmowa telefoniczna: dojazd na warsztaty zorganizowany razem z sąsiadką.",
    "Przyniosła wykaz kursów z urzędu pracy; wybraliśmy obsługę kasy fiskalnej.",
    "Umówiliśmy się na wizytę w działającej spółdzielni, jedzie cała grupa.",
    "Prosi o spotkania po południu, rano opiekuje się mamą.",
    "Pomysł na usługi porządkowe dla wspólnot mieszkaniowych, do policzenia koszty.",
)
QUESTIONS = (
    "@{coordinator} czy możemy zamówić salę na przyszły tydzień?",
    "@{coordinator} proszę o sprawdzenie, czy zaświadczenie jest aktualne.",
    "@{coordinator} dwie osoby pytają o zwrot kosztów dojazdu.",
)
PAPERS = ("Zaświadczenie z urzędu pracy", "Zgoda na udział w warsztatach", "Lista obecności", "Karta pomysłu")


@actor
def papers(world: World) -> Callable[[datetime], None]:
    """The actor of papers and talk; with chances of its own, so that what happens to people does not hang on it."""
    chance = Random(SEED + 2)  # noqa: S311  reproducible, not secret

    def day(at: datetime) -> None:
        today = localdate(at)
        if today.weekday() == TUESDAY:
            for centre in chance.sample(world.centres, 2):
                _write(centre, chance, at)
        if today == world.last_day - timedelta(days=UNREAD_DAYS):
            Notice.objects.unread().update(read_at=at)
        if today == world.last_day:
            for centre in world.centres:
                _plan_ahead(centre, chance, at)
            _let_others_read(world, at)

    return day


def _write(centre: Centre, chance: Random, at: datetime) -> None:
    """A tutor writes something about one of their people, or files a paper."""
    found = _somebody_of(centre, chance)
    if found is None:
        return
    case, tutor = found
    coordinator, psychologist = centre.people[Role.COORDINATOR][0], centre.people[Role.PSYCHOLOGIST][0]
    question = chance.choice(QUESTIONS).format(coordinator=coordinator.username)
    ways: tuple[Callable[[], object], ...] = (
        partial(write_note, case, chance.choice(NOTES), by=tutor, at=at),
        partial(write_comment, case, question, by=tutor, visibility=Visibility.INSTITUTION, at=at),
        partial(
            write_psychologist_note, case, "Spokojniejsza, mówi o planach. Za dwa tygodnie.", by=psychologist, at=at
        ),
        partial(_file, case, chance.choice(PAPERS), tutor, at),
    )
    chance.choices(ways, weights=(4, 2, 1, 3))[0]()


def _file(case: Case, title: str, by: User, at: datetime) -> None:
    paper = Document(case=case, title=title, visibility=Visibility.INSTITUTION)
    store_document(paper, ContentFile(_paper(title), name=f"{title}.pdf"), by=by, at=at)


@cache
def _paper(title: str) -> bytes:
    content: bytes = typst.compile(f"= {title}\nDokument przykładowy, bez danych osobowych.".encode())
    return content


def _plan_ahead(centre: Centre, chance: Random, at: datetime) -> None:
    """Every tutor has something in the calendar."""
    for place, tutor in enumerate(centre.people[Role.TUTOR]):
        cases = list(_people_of(tutor).order_by("pk")[:8])
        if cases:
            session = Session(
                kind=chance.choice([Session.Kind.TRAINING, Session.Kind.ADVICE]),
                topic="Spotkanie grupy",
                starts_at=moment(localdate(at) + timedelta(days=2 + place), 10),
                hours=Decimal(3),
                place="sala 12",
                leader=tutor,
            )
            plan_session(session, cases, by=tutor, at=at)


def _let_others_read(world: World, at: datetime) -> None:
    """An institution reads one case; a psychologist of another centre opened one in an emergency."""
    ours, next_door = world.centres[:2]
    case = ParticipantCase.objects.filter(organisation=ours.organisation, stage__in=IN_SUPPORT).order_by("pk").first()
    if case is not None:
        until, guest = localdate(at) + timedelta(days=30), ours.people[Role.INSTITUTION_REPRESENTATIVE][0]
        why = "Ośrodek pomocy społecznej wspiera tę samą rodzinę."
        share(case, by=ours.people[Role.COORDINATOR][0], with_user=guest, until=until, reason=why, at=at)
        glass = "Osoba przyszła po pilną pomoc do naszego ośrodka."
        break_glass(case, by=next_door.people[Role.PSYCHOLOGIST][0], reason=glass, at=at)


def _somebody_of(centre: Centre, chance: Random) -> tuple[ParticipantCase, User] | None:
    tutor = chance.choice(centre.people[Role.TUTOR])
    keys = list(_people_of(tutor).order_by("pk").values_list("pk", flat=True))
    return (ParticipantCase.objects.get(pk=chance.choice(keys)), tutor) if keys else None


def _people_of(tutor: User) -> "QuerySet[ParticipantCase]":
    return ParticipantCase.objects.open().filter(
        stage__in=IN_SUPPORT, assignments__role=Role.TUTOR, assignments__user=tutor
    )
