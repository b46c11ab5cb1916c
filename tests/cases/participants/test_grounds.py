"""What approvers read on the page of a decision: what was said, found and proposed; restricted classes stay restricted."""

import html

import pytest
import time_machine
from django.utils.translation import gettext

from cases.models import PsychologistNote
from cases.participants import services
from cases.participants.stages import LeavingOutcome, RefusalReason, Stage
from roles.role import Role
from tests.cases.participants.factories import (
    at,
    confirmed,
    day,
    do,
    item_of,
    make_participant,
    recommended,
    register_participant,
)
from workflows.services import ask, decide_many


@pytest.fixture
def read(client, region):
    """The page of an approval as a supervisor who may decide it, or a coordinator where that is who decides."""

    def page(item, days: int, role: Role = Role.SUPERVISOR) -> str:
        with time_machine.travel(at(days), tick=False):
            client.force_login(region.person(role))
            answer = client.get(item.get_absolute_url())
        assert answer.status_code == 200
        return html.unescape(answer.content.decode())

    return page


def not_eligible(remarks: str):
    def write(unit, case):
        services.find(case, by=unit.by, finding="not_eligible", on=unit.today, remarks=remarks, at=unit.at)

    return write


def refused(region):
    case = register_participant(region)
    terms = {"reason": "no_evidence", "note": "zaświadczenie z 2019 roku"}
    do(region, case, "check_eligibility", "not_eligible", days=2, write=not_eligible("dokument nieaktualny"), **terms)
    return case


def lodged(grounds: str):
    return lambda unit, case: services.lodge_appeal(
        case, by=unit.by, received_on=unit.today, grounds=grounds, at=unit.at
    )


def test_a_refusal_shows_the_finding_the_remarks_the_reason_and_the_note(read, region):
    page = read(item_of(refused(region), "approve_refusal"), 3)
    for words in ("dokument nieaktualny", "zaświadczenie z 2019 roku", str(RefusalReason.NO_EVIDENCE.label)):
        assert words in page


def test_an_appeal_shows_its_grounds_its_day_and_what_it_is_against(read, region):
    case = refused(region)
    do(region, case, "approve_refusal", "approved", days=3, note="odmawiam w całości")
    by = region.people[Role.COORDINATOR]
    item = ask(case, "reopen_on_appeal", by=by, write=lodged("mam nowe zaświadczenie"), at=at(5))
    page = read(item, 6)
    for words in ("mam nowe zaświadczenie", "7 marca 2026", "odmawiam w całości", str(RefusalReason.NO_EVIDENCE.label)):
        assert words in page


def test_the_appeal_against_an_exclusion_shows_its_grounds(read, region):
    case, by = make_participant(region, stage=Stage.INCUBATION), region.people[Role.COORDINATOR]
    item = ask(
        case, "exclude", by=by, reason="conduct", note="krzyczał na zajęciach", effective_on=day(100), at=at(100)
    )
    assert "krzyczał na zajęciach" in read(item, 100)
    decide_many([item], by=region.people[Role.SUPERVISOR], outcome="approved", at=at(100, hour=12)).only()
    appeal = ask(case, "reinstate_in_incubation", by=by, write=lodged("to nie ja"), at=at(101))
    assert "to nie ja" in read(appeal, 101)


def test_an_admission_shows_how_many_criteria_are_met_but_never_which(read, region):
    case = make_participant(region, until="approve_admission")
    page = read(item_of(case, "approve_admission"), 4)
    assert f'href="{case.get_absolute_url()}"' in page
    criterion = case.criteria.get()
    assert str(criterion.get_letter_display()) not in page
    assert str(criterion.get_evidence_display()) not in page


def test_a_plan_shows_its_goal_and_actions(read, region):
    page = read(item_of(make_participant(region, until="approve_plan"), "approve_plan"), 21)
    for words in ("praca w spółdzielni", "kurs", "świadectwo"):
        assert words in page


def test_incubation_shows_reasons_opinion_and_plan_but_not_the_psychologists_notes(read, region):
    case = make_participant(region, until="give_opinion")

    def with_notes(unit, case):
        services.give_opinion(case, by=unit.by, supports=False, on=unit.today, notes="lęk przed grupą", at=unit.at)

    do(region, case, "give_opinion", days=82, write=with_notes)
    do(region, case, "confirm_recommendation", "confirmed", days=84, write=confirmed)
    page = read(item_of(case, "approve_incubation"), 85)
    assert PsychologistNote.objects.filter(case=case).exists()
    assert "lęk przed grupą" not in page
    for words in (
        "tak widzę",
        "spółdzielnia Kotwica",
        gettext("The psychologist does not support it."),
        "świadectwo",
        "48 / 40",
    ):
        assert words in page


def test_an_opinion_that_supports_it_is_told_so(read, region):
    page = read(item_of(make_participant(region, until="approve_incubation"), "approve_incubation"), 86)
    assert gettext("The psychologist supports it.") in page


def test_a_repeat_shows_the_tutors_reasons(read, region):
    case = make_participant(region, until="recommend")
    do(region, case, "recommend", "repeat", days=80, write=recommended("repeat"))
    assert "tak widzę" in read(item_of(case, "approve_repeat"), 81, role=Role.COORDINATOR)


def test_a_graduation_shows_outcome_and_questionnaire(read, region):
    case = make_participant(region, stage=Stage.INCUBATION)

    def said(unit, case):
        answers = {"situation": 4, "usefulness": 5, "would_recommend": True, "remarks": "było warto"}
        services.fill_in_questionnaire(case, by=unit.by, on=unit.today, at=unit.at, **answers)

    do(region, case, "propose_graduation", "graduate", days=200, write=said, reason="se_job", note="umowa od maja")
    page = read(item_of(case, "approve_graduation"), 201)
    for words in ("umowa od maja", "było warto", "tak widzę", str(LeavingOutcome.SE_JOB.label)):
        assert words in page
