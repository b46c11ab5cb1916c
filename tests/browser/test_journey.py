"""The whole journey through the pages, each role in turn: from a list brought in to the follow-up six months after leaving."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import time_machine
from openpyxl import Workbook
from playwright.sync_api import expect
from time_machine import Traveller

from cases.participants.models import ParticipantCase
from cases.participants.stages import Stage
from roles.role import Role
from tests.browser.journey import Journey, at, day
from tests.cases.participants.factories import invented_pesel, make_region
from workflows.models import StageChange

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HERO = "Źródlana Łucja"
FELLOWS = ("Kowal Zofia", "Młynarz Adam")
LATER = "Tkacz Ewa"

LIST = {
    "Nazwisko": ["Kowal", "Młynarz", "Tkacz", "Zła"],
    "Imię": ["Zofia", "Adam", "Ewa", "Barbara"],
    "PESEL": [invented_pesel(101), invented_pesel(102), invented_pesel(103), "123"],
}
ALIKE = {
    "Powiat": "koniński",
    "Miejscowość": "Ślesin",
    "Kod pocztowy": "62-561",
    "Telefon": "600 100 200",
    "Obywatelstwo": "polskie",
    "Wykształcenie": "ponadgimnazjalne (ISCED 3)",
    "Status na rynku pracy": "osoba bezrobotna zarejestrowana w PUP",
    "Szczegóły statusu": "długotrwale bezrobotna",
    "Bezrobotny od": "2024-05-01",
    "Niepełnosprawność": "Nie",
    "Bezdomność lub wykluczenie mieszkaniowe": "Nie",
    "Mniejszość narodowa lub etniczna": "Odmowa podania informacji",
    "Obce pochodzenie": "Nie",
    "Data rozpoczęcia udziału": str(day(0)),
}


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    """Three people with all that admission needs, and one whose PESEL is wrong."""
    book = Workbook()
    book.active.append([*LIST, *ALIKE])
    for row in zip(*LIST.values(), strict=True):
        book.active.append([*row, *ALIKE.values()])
    path = tmp_path / "lista.xlsx"
    book.save(path)
    return path


@pytest.fixture
def clock() -> Iterator[Traveller]:
    with time_machine.travel(at(0)) as clock:
        yield clock


# recruitment


def bring_a_list_in(journey: Journey) -> None:
    journey.menu("participants:imports")
    journey.follow("Upload a workbook")
    journey.send(file=journey.workbook)
    journey.worked()
    expect(journey.page.locator("main")).to_contain_text("PESEL has not 11 digits")
    journey.press(journey.page.get_by_role("button", name="Take 3 people in"))
    journey.worked()
    expect(journey.page.locator("main")).to_contain_text("3 cases were opened")
    journey.menu("participants:imports")


def register_somebody(journey: Journey) -> None:
    journey.menu("participants:new")
    journey.send(
        last_name="Źródlana",
        first_name="Łucja",
        pesel=invented_pesel(100),
        place="Ślesin",
        postcode="62-561",
        phone="600 300 200",
        citizenship="pl",
        education="3",
        labour_status="registered_unemployed",
        labour_detail="long_term",
        unemployed_since=day(-500),
        disability="no",
        minority="refused",
        foreign_origin="no",
        homelessness="no",
        notice_on=day(0),
    )
    journey.said("Registered")


def give_the_notice(journey: Journey) -> None:
    for title in FELLOWS:
        journey.case(title)
        journey.follow("Information notice")
        journey.send(wrong_first=False)
        journey.said("Written down")


def complete_the_entry_data(journey: Journey) -> None:
    journey.open("Check eligibility", HERO, tab="queue")
    journey.follow("entry data")
    journey.send(wrong_first=False, starts_on=day(2))
    journey.said("The entry data are saved")


def find_them_eligible(journey: Journey) -> None:
    tutor = journey.region.people[Role.TUTOR].pk
    for title in (HERO, *FELLOWS):
        journey.work(
            "Check eligibility",
            title,
            tab="queue",
            outcome="eligible",
            criterion_1_letter="b",
            criterion_1_evidence="pup",
            seen=True,
            tutor=tutor,
        )
        journey.said("Done: Check eligibility")


def admit_them_together(journey: Journey) -> None:
    journey.menu("workflows:together")
    journey.follow("Admit to pre-incubation")
    journey.send("#decision", outcome="approved")
    expect(journey.page.locator("main")).to_contain_text("3")


# pre-incubation


def diagnose(journey: Journey) -> None:
    scales = ("communication", "cooperation", "initiative", "organisation", "vocational", "digital")
    journey.work(
        "Diagnose",
        HERO,
        **dict.fromkeys(scales, 3),
        transport="3",
        housing="0",
        debts="0",
        care="0",
        strengths="zręczność",
        needs="kurs obsługi kasy",
    )
    journey.said("Done: Diagnose")


def agree_the_plan(journey: Journey) -> None:
    journey.work(
        "Agree the plan",
        HERO,
        goal="praca w spółdzielni",
        action_1_what="kurs",
        action_1_until=day(60),
        action_1_measure="świadectwo",
        agreed_by_participant_on=day(9),
    )
    journey.said("Done: Agree the plan")


def accept_the_plan(journey: Journey) -> None:
    journey.work("Accept the plan", HERO, tab="queue", outcome="approved")
    journey.said("Approved: Accept the plan")


def plan_a_session(journey: Journey) -> None:
    journey.menu("cases:sessions")
    journey.follow("New session")
    journey.choose(HERO)
    journey.choose(FELLOWS[0])
    journey.send(kind="training", starts_at=f"{day(21)}T09:00", hours=8, topic="Spółdzielnia")
    journey.said("The session is written down")


def write_sessions_down(journey: Journey) -> None:
    journey.menu("cases:sessions")
    journey.press(journey.page.locator("[data-row]", has_text="Spółdzielnia").locator("[data-open]"))
    journey.send(wrong_first=False)
    journey.said("Attendance is written down")
    journey.follow("Have it confirmed", within=f"[data-row]:has-text('{HERO}')")
    journey.send("form[action$='/sign/']", wrong_first=False, typed="Łucja Źródlana")
    journey.said("The recipient has confirmed")
    for number in range(4):
        journey.case(HERO)
        journey.follow("New session")
        journey.send(kind="training", starts_at=f"{day(22 + number)}T09:00", hours=8, took_place=True)
        journey.said("The session is written down")


def review_everybody(journey: Journey) -> None:
    journey.menu("participants:reviews")
    card = f".card:has-text('{HERO}')"
    journey.fill(journey.page.locator(f"{card} [name$=-progress]"), "on_plan")
    journey.fill(journey.page.locator(f"{card} [name$=-following]"), "praktyka w sklepie")
    journey.send(wrong_first=False)
    journey.said("Reviews done: 1")


def review_the_month(journey: Journey) -> None:
    journey.work("Review the month", HERO, progress="ahead", done="kurs obsługi kasy", following="rozmowa o pomyśle")
    journey.said("Done: Review the month")


def recommend(journey: Journey) -> None:
    journey.work("Recommend: GO", HERO, outcome="go", reasons="jest gotowa", idea="spółdzielnia Kotwica")
    journey.said("Done: Recommend")


def give_an_opinion(journey: Journey) -> None:
    journey.work("Psychologist's opinion", HERO, tab="queue", supports="yes", notes="spokojna, pewna siebie")
    journey.said("Done: Psychologist's opinion")


def confirm_the_recommendation(journey: Journey) -> None:
    journey.work("Confirm the recommendation", HERO, tab="queue", outcome="confirmed")
    journey.said("Done: Confirm the recommendation")


def approve_incubation(journey: Journey) -> None:
    journey.work("Enter incubation", HERO, tab="queue", outcome="approved")
    journey.said("Approved: Enter incubation")


# incubation, and after it


def review_incubation(journey: Journey) -> None:
    journey.work("Review the month of incubation", HERO, progress="on_plan", done="sklep", following="księgowość")
    journey.said("Done: Review the month of incubation")


def review_the_plan(journey: Journey) -> None:
    journey.open("Review the plan", HERO)
    journey.choose("kurs")
    journey.send(progress="on_plan", done="kurs", following="umowa")
    journey.said("Done: Review the plan")


def propose_graduation(journey: Journey) -> None:
    journey.work(
        "Propose graduation",
        HERO,
        outcome="graduate",
        leaving="se_job",
        situation=5,
        usefulness=4,
        would_recommend="yes",
    )
    journey.said("Done: Propose graduation")


def approve_graduation(journey: Journey) -> None:
    journey.work("Graduate", HERO, tab="queue", outcome="approved")
    journey.said("Approved: Graduate")


def collect_exit_data(journey: Journey) -> None:
    journey.work(
        "Collect exit data",
        HERO,
        as_planned="yes",
        situation_1_situation="employment",
        situation_1_observed_on=day(203),
        situation_1_evidence="umowa o pracę",
    )
    journey.said("Done: Collect exit data")


def follow_up(journey: Journey) -> None:
    journey.work(
        "Follow up after six months",
        HERO,
        source="interview",
        labour_status="employed",
        contract="cooperative",
        weekly_hours=40,
    )
    journey.said("Done: Follow up after six months")


def look_back(journey: Journey) -> None:
    journey.case(HERO)
    expect(journey.page.locator("main")).to_contain_text("The case is closed")
    journey.follow("Everything, by kind")


@dataclass(frozen=True)
class Step:
    """Who does what, so many days after the start."""

    day: int
    role: Role
    do: Callable[[Journey], None]


THE_JOURNEY = (
    Step(0, Role.COORDINATOR, bring_a_list_in),
    Step(0, Role.ANIMATOR, register_somebody),
    Step(1, Role.COORDINATOR, give_the_notice),
    Step(2, Role.COORDINATOR, complete_the_entry_data),
    Step(3, Role.COORDINATOR, find_them_eligible),
    Step(4, Role.SUPERVISOR, admit_them_together),
    Step(8, Role.TUTOR, diagnose),
    Step(10, Role.TUTOR, agree_the_plan),
    Step(14, Role.SUPERVISOR, accept_the_plan),
    Step(18, Role.TUTOR, plan_a_session),
    Step(30, Role.TUTOR, write_sessions_down),
    Step(46, Role.TUTOR, review_everybody),
    Step(76, Role.TUTOR, review_the_month),
    Step(80, Role.TUTOR, recommend),
    Step(82, Role.PSYCHOLOGIST, give_an_opinion),
    Step(84, Role.COORDINATOR, confirm_the_recommendation),
    Step(86, Role.SUPERVISOR, approve_incubation),
    Step(118, Role.TUTOR, review_incubation),
    Step(148, Role.TUTOR, review_incubation),
    Step(180, Role.TUTOR, review_incubation),
    Step(180, Role.TUTOR, review_the_plan),
    Step(200, Role.TUTOR, propose_graduation),
    Step(202, Role.SUPERVISOR, approve_graduation),
    Step(210, Role.TUTOR, collect_exit_data),
    Step(390, Role.TUTOR, follow_up),
    Step(391, Role.SUPERVISOR, look_back),
)

torture = pytest.mark.torture


@pytest.mark.parametrize(
    ("width", "javascript"),
    [
        pytest.param(1366, True, id="desk"),
        pytest.param(320, True, id="phone", marks=torture),
        pytest.param(1366, False, id="desk without scripts", marks=torture),
        pytest.param(320, False, id="phone without scripts", marks=torture),
    ],
)
def test_from_a_list_to_the_follow_up(open_page, clock, workbook, width, javascript):
    journey = Journey(open_page, make_region(ends_on=day(2_000)), clock, workbook, width=width, javascript=javascript)
    for step in THE_JOURNEY:
        journey.on(step.day)
        journey.as_(step.role)
        step.do(journey)
    case = ParticipantCase.objects.get(title=HERO)
    assert (case.stage, case.admitted_on, case.left_on) == (Stage.CLOSED, day(4), day(200))
    moves = StageChange.objects.filter(case=case).order_by("seq").values_list("move", flat=True)
    assert list(moves) == ["open", "admit", "accept_plan", "enter_incubation", "graduate", "close"]
    assert set(ParticipantCase.objects.exclude(pk=case.pk).values_list("title", "stage")) == {
        (LATER, Stage.RECRUITMENT),
        *((fellow, Stage.PRE_INCUBATION) for fellow in FELLOWS),
    }
