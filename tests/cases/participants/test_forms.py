"""Every form of the path, sent as its page sends it."""

import pytest
import time_machine
from django.db import IntegrityError, transaction

from cases.models import ExitSituation, PsychologistNote
from cases.participants import services
from cases.participants.forms import DiagnosisForm, EligibilityForm, PlanForm
from cases.participants.models import ParticipantCase, Plan, Recommendation, Review, Supplement
from cases.participants.stages import Stage
from cases.participants.support import period_of
from roles.role import Role
from tests.cases.participants.factories import (
    at,
    day,
    fresh,
    item_of,
    make_participant,
    open_nodes,
    register_participant,
    support,
    who_does,
)
from workflows.timers import fire_due

ANSWERS = {"situation": "4", "usefulness": "5", "would_recommend": "yes", "remarks": ""}
SCALES = dict.fromkeys(("communication", "cooperation", "initiative", "organisation", "vocational", "digital"), "3")


@pytest.fixture
def send(client, region):
    """Send the form of an open item as whoever it is for; the answer."""

    def do(case, node: str, days: int, **data):
        item = item_of(case, node)
        with time_machine.travel(at(days), tick=False):
            client.force_login(who_does(region, item))
            return client.post(item.get_absolute_url(), data)

    return do


@pytest.fixture
def look(client, region):
    """Open the page of an open item as whoever it is for; its text."""

    def do(case, node: str, days: int) -> str:
        item = item_of(case, node)
        with time_machine.travel(at(days), tick=False):
            client.force_login(who_does(region, item))
            answer = client.get(item.get_absolute_url())
        assert answer.status_code == 200
        return answer.content.decode()

    return do


def accepted(answer) -> bool:
    assert "login" not in answer.headers.get("Location", "")
    return answer.status_code == 302


ELIGIBLE = {
    "outcome": "eligible",
    "checked_on": "2026-03-05",
    "criterion_1_letter": "b",
    "criterion_1_evidence": "pup",
    "seen": "on",
}


def test_eligibility_is_checked_with_evidence(send, region):
    case = register_participant(region)
    assert accepted(send(case, "check_eligibility", 3, **ELIGIBLE))
    assert case.criteria.get().is_met
    assert open_nodes(case) == ["approve_admission"]


def test_evidence_has_to_be_seen(send, region):
    case = register_participant(region)
    unseen = {name: value for name, value in ELIGIBLE.items() if name != "seen"}
    assert send(case, "check_eligibility", 3, **unseen).status_code == 422
    half = ELIGIBLE | {"criterion_1_evidence": ""}
    assert send(case, "check_eligibility", 3, **half).status_code == 422
    assert not case.criteria.exists()


REFUSAL = {"outcome": "not_eligible", "checked_on": "2026-03-05", "reason": "refusal_other"}


def test_another_reason_for_refusal_needs_a_note(send, region):
    case = register_participant(region)
    assert send(case, "check_eligibility", 3, **REFUSAL).status_code == 422
    assert accepted(send(case, "check_eligibility", 3, **REFUSAL, note="mieszka za granicą"))
    assert case.task_set.get(node="check_eligibility").note == "mieszka za granicą"


def test_a_reason_that_says_all_needs_no_note(send, region):
    case = register_participant(region)
    assert accepted(send(case, "check_eligibility", 3, **REFUSAL | {"reason": "no_evidence"}))


def test_the_form_does_not_show_which_criterion_is_met(send, look, region):
    case = make_participant(region, until="approve_admission")
    with time_machine.travel(at(5), tick=False):
        form = EligibilityForm(case=fresh(case), by=region.people[Role.COORDINATOR])
        assert "criterion_1" not in form.initial


def test_a_supplement_is_asked_for_only_so_often(send, region):
    case = register_participant(region)
    ask = {"outcome": "supplement", "checked_on": "2026-03-05", "wanted": "zaświadczenie z PUP"}
    for days in (3, 5):
        assert accepted(send(case, "check_eligibility", days, **ask))
        assert accepted(send(case, "bring_supplement", days + 1, came="yes", brought_on=str(day(days + 1))))
    assert send(case, "check_eligibility", 8, **ask).status_code == 422
    assert Supplement.objects.filter(case=case, brought_on__isnull=False).count() == 2


def test_what_was_not_asked_for_yet_cannot_have_come(send, region):
    case = register_participant(region)
    send(case, "check_eligibility", 3, outcome="supplement", checked_on="2026-03-05", wanted="dowód")
    assert send(case, "bring_supplement", 4, came="yes", brought_on=str(day(2))).status_code == 422


def test_a_refusal_is_proposed_with_a_coded_reason(send, region):
    case = register_participant(region)
    proposal = {"outcome": "not_eligible", "checked_on": "2026-03-05"}
    assert send(case, "check_eligibility", 3, **proposal).status_code == 422
    assert accepted(send(case, "check_eligibility", 3, **proposal, reason="no_evidence"))
    assert item_of(case, "approve_refusal").reason == "no_evidence"


def test_the_diagnosis_is_made(send, region):
    case = make_participant(region, until="diagnose")
    facts = SCALES | {
        "diagnosed_on": "2026-03-10",
        "transport": "2",
        "housing": "0",
        "debts": "4",
        "care": "0",
        "detail": "komornik",
        "strengths": "zręczność",
        "needs": "kurs",
    }
    assert accepted(send(case, "diagnose", 10, **facts))
    assert (case.diagnosis.transport, case.diagnosis.housing) == (2, 0)
    private = case.private_barriers
    assert (private.debts, private.care, private.detail.open()) == (4, 0, "komornik")


def test_debts_and_family_are_asked_for_once_and_never_shown_again(send, region):
    case = make_participant(region, until="diagnose")
    facts = SCALES | {"diagnosed_on": "2026-03-10", "transport": "2", "housing": "0", "strengths": "a", "needs": "b"}
    assert send(case, "diagnose", 10, **facts).status_code == 422
    private = {"debts": "4", "care": "1", "detail": "komornik"}
    form = DiagnosisForm(facts | private, case=case, by=region.people[Role.TUTOR])
    assert form.is_valid()
    services.diagnose(case, by=region.people[Role.TUTOR], at=at(10), private=form.private, **form.facts)
    again = DiagnosisForm(case=fresh(case), by=region.people[Role.TUTOR])
    assert again.initial.keys() & {"debts", "care", "detail"} == set()
    assert "komornik" not in str(again)
    assert not again.fields["debts"].required


PLAN = {
    "goal": "praca",
    "action_1_what": "kurs",
    "action_1_who": "participant",
    "action_1_until": "2026-06-01",
    "action_1_measure": "świadectwo",
    "agreed_by_participant_on": "2026-03-20",
    "agreed_by_tutor_on": "2026-03-20",
}


def test_a_plan_is_agreed(send, region):
    case = make_participant(region, until="agree_plan")
    assert accepted(send(case, "agree_plan", 20, **PLAN, action_2_who="participant"))
    (action,) = Plan.objects.get(case=case).actions.all()
    assert action.what == "kurs"
    assert open_nodes(case) == ["approve_plan"]


def test_half_an_action_is_refused(send, region):
    case = make_participant(region, until="agree_plan")
    assert send(case, "agree_plan", 20, **PLAN | {"action_1_until": ""}).status_code == 422


def test_more_rows_open_without_losing_anything(send, look, region):
    case = make_participant(region, until="agree_plan")
    assert "action_6_what" in look(case, "agree_plan", 20)
    assert "action_7_what" not in look(case, "agree_plan", 20)
    answer = send(case, "agree_plan", 20, more="1", goal="praca", action_6_what="staż")
    page = answer.content.decode()
    assert "action_12_what" in page
    assert "staż" in page
    assert "action_13_what" not in page
    assert not Plan.objects.exists()


def test_a_draft_keeps_more_rows_than_stand_open(look, send, region):
    case = make_participant(region, until="agree_plan")
    send(case, "agree_plan", 20, draft="1", goal="praca", action_9_what="staż")
    assert "staż" in look(case, "agree_plan", 20)


def test_a_returned_plan_opens_with_what_was_written(region):
    case = make_participant(region, until="approve_plan")
    form = PlanForm(case=case, by=region.people[Role.TUTOR])
    assert form.initial["action_1"]["what"] == "kurs"


def test_a_monthly_review_opens_with_the_sessions_of_the_month(look, send, region):
    case = make_participant(region, until="recommend")
    support(case, by=region.people[Role.TUTOR], days=40, sessions=2)
    fire_due(at(55))
    page = look(case, "review_month", 55)
    assert page.count("Spółdzielnia, 8 h") == 2
    assert accepted(send(case, "review_month", 55, progress="on_plan", done="kurs", following="staż"))
    review = Review.objects.get(case=case)
    assert review.hours == 16
    fire_due(at(85))
    assert "Spółdzielnia, 8 h" not in look(case, "review_month", 85)


def test_a_first_review_covers_a_whole_month_but_nothing_before_admission(region):
    case = make_participant(region, until="recommend")
    assert period_of(case, Review.Kind.MONTH, until=day(45)) == (day(14), day(45))
    assert period_of(case, Review.Kind.MONTH, until=day(29)) == (case.admitted_on, day(29))


def test_a_quarterly_review_marks_actions_as_done(send, region):
    case = make_participant(region, until="recommend")
    fire_due(at(22 + 93))
    action = Plan.objects.get(case=case).actions.get()
    facts = {"progress": "ahead", "done": "kurs", "following": "staż", "done_actions": [action.pk]}
    assert accepted(send(case, "review_plan", 116, **facts))
    action.refresh_from_db()
    assert action.done_on


def test_go_needs_an_idea(send, region):
    case = make_participant(region, until="recommend")
    assert send(case, "recommend", 80, outcome="go", reasons="gotowa").status_code == 422
    assert accepted(send(case, "recommend", 80, outcome="go", reasons="gotowa", idea="spółdzielnia"))
    assert Recommendation.objects.get().idea == "spółdzielnia"
    assert open_nodes(case) == ["give_opinion"]


def test_redirect_is_leaving_with_an_outcome_and_the_questionnaire(send, region):
    case = make_participant(region, until="recommend")
    redirect = {"outcome": "redirect", "reasons": "inna pomoc", "effective_on": str(day(80)), "leaving": "redirected"}
    assert send(case, "recommend", 80, **redirect).status_code == 422
    assert accepted(send(case, "recommend", 80, **redirect, **ANSWERS))
    item = item_of(case, "approve_redirection")
    assert (item.reason, item.effective_on) == ("redirected", day(80))


def test_the_psychologists_notes_go_into_their_own_place(send, look, region):
    case = make_participant(region, until="give_opinion")
    assert accepted(send(case, "give_opinion", 82, supports="yes", notes="tylko dla psychologa"))
    assert PsychologistNote.objects.get().body.open() == "tylko dla psychologa"
    assert "tylko dla psychologa" not in look(case, "confirm_recommendation", 83)


def test_the_coordinator_sees_what_is_recommended_and_confirms_it(look, send, region):
    case = make_participant(region, until="confirm_recommendation")
    assert "spółdzielnia Kotwica" in look(case, "confirm_recommendation", 84)
    assert send(case, "confirm_recommendation", 84, outcome="sent_back").status_code == 422
    assert accepted(send(case, "confirm_recommendation", 84, outcome="confirmed"))
    assert open_nodes(case) == ["approve_incubation"]


def test_a_recommendation_sent_back_is_made_again(send, region):
    case = make_participant(region, until="confirm_recommendation")
    assert accepted(send(case, "confirm_recommendation", 84, outcome="sent_back", note="za wcześnie"))
    assert "recommend" in open_nodes(case)


def test_graduation_is_proposed(send, region):
    case = make_participant(region, stage=Stage.INCUBATION)
    proposal = {"outcome": "graduate", "effective_on": str(day(200)), "leaving": "idea_tested"}
    assert send(case, "propose_graduation", 200, **proposal).status_code == 422
    assert accepted(send(case, "propose_graduation", 200, **proposal, **ANSWERS))
    item = item_of(case, "approve_graduation")
    assert (item.reason, item.effective_on) == ("idea_tested", day(200))


def test_a_leaving_date_ahead_is_refused(send, region):
    case = make_participant(region, stage=Stage.INCUBATION)
    proposal = {"outcome": "graduate", "effective_on": str(day(201)), "leaving": "se_job"} | ANSWERS
    assert send(case, "propose_graduation", 200, **proposal).status_code == 422


def test_a_return_has_a_reason(send, region):
    case = make_participant(region, stage=Stage.INCUBATION)
    proposal = {"outcome": "return", "effective_on": str(day(120))}
    assert send(case, "propose_graduation", 120, **proposal).status_code == 422
    assert accepted(send(case, "propose_graduation", 120, **proposal, return_reason="too_early"))
    assert item_of(case, "approve_return").reason == "too_early"


SITUATION = {
    "as_planned": "yes",
    "situation_1_situation": "employment",
    "situation_1_observed_on": str(day(210)),
    "situation_1_evidence": "umowa",
}


def test_exit_data_are_collected(send, region):
    case = make_participant(region, stage=Stage.GRADUATED)
    assert accepted(send(case, "collect_exit_data", 215, **SITUATION))
    assert ExitSituation.objects.get().situation == "employment"
    assert open_nodes(case) == ["six_months"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"situation_1_observed_on": str(day(202 + 29))},
        {"situation_1_observed_on": str(day(201))},
        {"situation_2_situation": "unchanged", "situation_2_observed_on": str(day(210))},
        {"situation_2_situation": "employment", "situation_2_observed_on": str(day(211))},
        {"situation_1_situation": "no_contact"},
        {"situation_1_situation": "", "situation_1_observed_on": "", "situation_1_evidence": ""},
        {"as_planned": ""},
    ],
    ids=["too late", "before leaving", "not alone", "twice", "no attempts", "nothing", "as planned"],
)
def test_impossible_exit_data_are_refused(send, region, wrong):
    case = make_participant(region, stage=Stage.GRADUATED)
    assert send(case, "collect_exit_data", 240, **SITUATION | wrong).status_code == 422
    assert not ExitSituation.objects.exists()


@pytest.mark.parametrize(
    ("facts", "fits"),
    [
        ({"source": "interview", "labour_status": "employed", "contract": "cooperative", "weekly_hours": "40"}, True),
        ({"source": "zus", "labour_status": "inactive"}, True),
        ({"source": "impossible", "attempts": "3 × telefon"}, True),
        ({"source": "impossible"}, False),
        ({"source": "impossible", "attempts": "telefon", "labour_status": "employed"}, False),
        ({"source": "interview"}, False),
        ({"source": "interview", "labour_status": "employed"}, False),
        ({"source": "interview", "labour_status": "inactive", "contract": "civil"}, False),
    ],
)
def test_a_follow_up_is_an_answer_or_an_explained_silence(send, region, facts, fits):
    case = make_participant(region, until="the end")
    fire_due(at(390))
    answer = send(case, "follow_up", 390, observed_on=str(day(390)), **facts)
    assert accepted(answer) == fits
    assert (fresh(case).stage == Stage.CLOSED) == fits


# what the database itself refuses


@transaction.atomic
def lose(case, fact, nothing):
    ParticipantCase.objects.filter(pk=case.pk).update(**{fact: nothing})
    transaction.get_connection().check_constraints()


@pytest.mark.parametrize(
    ("stage", "fact", "nothing"),
    [
        (Stage.PRE_INCUBATION, "admitted_on", None),
        (Stage.INCUBATION, "admitted_on", None),
        (Stage.GRADUATED, "left_on", None),
        (Stage.GRADUATED, "leaving", ""),
    ],
)
def test_a_stage_does_not_stay_without_its_facts(region, stage, fact, nothing):
    case = make_participant(region, stage=stage)
    with pytest.raises(IntegrityError, match=fact):
        lose(case, fact, nothing)
