"""ESF+ records: what the services take, what the database refuses, what the history keeps."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from cases.models import Criterion, EntryData, ExitData, ExitSituation, FollowUpData, SensitiveAnswers
from cases.models.records import LabourDetail, LabourStatus, detail_fits
from cases.records import (
    claim_criterion,
    confirm_criterion,
    record_answers,
    record_convictions,
    record_entry_data,
    record_exit_data,
    record_follow_up,
)
from roles.models import Territory
from tests.cases.conftest import at
from workflows.errors import NotYet, NotYou

LEFT = date(2026, 3, 31)
UNEMPLOYED = {"labour_status": "registered_unemployed", "labour_detail": "long_term"}


def situation(name: str, day: date = LEFT) -> ExitSituation:
    return ExitSituation(situation=name, observed_on=day)


def test_entry_data_are_recorded_and_corrected_in_one_row(case, team):
    first = record_entry_data(case, by=team.coordinator, at=at(), starts_on=date(2026, 3, 1), **UNEMPLOYED)
    again = record_entry_data(case, by=team.tutor, at=at(1), unemployed_since=date(2025, 1, 1))
    assert first.pk == again.pk
    row = EntryData.objects.get()
    assert (row.starts_on, row.unemployed_since, row.recorded_by) == (date(2026, 3, 1), date(2025, 1, 1), team.tutor)


def test_history_keeps_old_and_new_value_and_who(case, team):
    record_answers(case, by=team.coordinator, at=at(), disability="no")
    record_answers(case, by=team.tutor, at=at(1), disability="refused")
    events = SensitiveAnswers.pgh_event_model.objects.order_by("pgh_id")
    assert [(event.disability, event.recorded_by_id) for event in events] == [
        ("no", team.coordinator.pk),
        ("refused", team.tutor.pk),
    ]


@pytest.mark.parametrize("status", LabourStatus)
@pytest.mark.parametrize("detail", LabourDetail)
def test_the_database_and_the_rule_agree_on_what_fits(case, team, status, detail):
    try:
        with transaction.atomic():
            EntryData.objects.create(case=case, recorded_by=team.tutor, labour_status=status, labour_detail=detail)
        stored = True
    except IntegrityError:
        stored = False
    assert stored == detail_fits(status, detail)


@pytest.mark.parametrize(
    "facts",
    [
        {"labour_status": "employed", "labour_detail": "long_term"},
        {"labour_status": "employed", "unemployed_since": date(2025, 1, 1)},
        UNEMPLOYED | {"unemployed_since": date(2026, 3, 2), "starts_on": date(2026, 3, 1)},
        {"labour_status": "asleep"},
    ],
)
def test_impossible_entry_data_are_refused_with_words(case, team, facts):
    with pytest.raises(ValidationError):
        record_entry_data(case, by=team.coordinator, at=at(), **facts)


def test_nobody_records_facts_of_a_case_out_of_reach(case, near_misses):
    for user in near_misses.values():
        with pytest.raises(NotYou):
            record_entry_data(case, by=user, at=at(), **UNEMPLOYED)
    assert not EntryData.objects.exists()


def test_convictions_are_a_flag_of_their_own(case, team):
    assert record_convictions(case, by=team.coordinator, declared="refused", at=at()).declared == "refused"


# Criteria


def test_a_criterion_is_met_once_somebody_has_seen_its_evidence(case, team):
    criterion = claim_criterion(case, by=team.animator, letter="b", evidence="pup", at=at())
    assert not criterion.is_met
    confirm_criterion(criterion, by=team.coordinator, on=date(2026, 3, 2), at=at())
    assert Criterion.objects.get().is_met


def test_a_criterion_without_evidence_is_not_confirmed(case, team):
    criterion = claim_criterion(case, by=team.animator, letter="b", at=at())
    with pytest.raises(NotYet):
        confirm_criterion(criterion, by=team.coordinator, on=date(2026, 3, 2), at=at())


def test_a_confirmed_criterion_is_not_claimed_anew(case, team):
    criterion = claim_criterion(case, by=team.animator, letter="b", evidence="pup", at=at())
    confirm_criterion(criterion, by=team.coordinator, on=date(2026, 3, 2), at=at())
    with pytest.raises(NotYet):
        claim_criterion(case, by=team.animator, letter="b", evidence="statement", at=at())


def test_a_criterion_may_be_claimed_again_with_better_evidence(case, team):
    claim_criterion(case, by=team.animator, letter="b", evidence="statement", at=at())
    claim_criterion(case, by=team.animator, letter="b", evidence="pup", at=at())
    assert Criterion.objects.get().evidence == "pup"


@pytest.mark.parametrize("letter", ["z", "", "A"])
def test_a_letter_that_the_act_does_not_have_is_refused(case, team, letter):
    with pytest.raises(ValidationError):
        claim_criterion(case, by=team.animator, letter=letter, at=at())


def test_the_database_refuses_a_confirmation_without_evidence(case, team):
    with pytest.raises(IntegrityError), transaction.atomic():
        Criterion.objects.create(
            case=case, letter="b", recorded_by=team.tutor, confirmed_by=team.tutor, confirmed_on=date(2026, 3, 2)
        )


# Leaving


def test_exit_data_are_recorded_with_their_situations(case, team):
    record_exit_data(case, by=team.tutor, at=at(), left_on=LEFT, as_planned=True, situations=[situation("employment")])
    record_exit_data(
        case, by=team.tutor, at=at(), left_on=LEFT, situations=[situation("education"), situation("qualification")]
    )
    found = ExitData.objects.get()
    assert found.as_planned
    assert sorted(found.situations.values_list("situation", flat=True)) == ["education", "qualification"]


def test_a_situation_after_28_days_is_no_immediate_result(case, team):
    with pytest.raises(ValidationError):
        record_exit_data(
            case, by=team.tutor, at=at(), left_on=LEFT, situations=[situation("employment", date(2026, 4, 29))]
        )
    assert not ExitData.objects.exists()


# Six months later


def test_a_follow_up_has_a_status_or_an_explanation(case, team):
    with pytest.raises(ValidationError):
        record_follow_up(case, by=team.tutor, at=at(), observed_on=LEFT, source="interview")
    with pytest.raises(ValidationError):
        record_follow_up(case, by=team.tutor, at=at(), observed_on=LEFT, source="impossible")
    record_follow_up(case, by=team.tutor, at=at(), observed_on=LEFT, source="impossible", attempts="3 × phone")
    assert FollowUpData.objects.get().attempts


def test_only_the_employed_have_a_contract(case, team):
    with pytest.raises(ValidationError):
        record_follow_up(
            case, by=team.tutor, at=at(), observed_on=LEFT, source="zus", labour_status="inactive", contract="civil"
        )
    row = record_follow_up(
        case, by=team.tutor, at=at(), observed_on=LEFT, source="zus", labour_status="employed", contract="employment",
        weekly_hours=40, improvements=["stable", "full"],
    )  # fmt: skip
    assert row.improvements == ["stable", "full"]


# Where somebody comes from, and what support


@pytest.fixture
def gmina(case):
    """A gmina of a kind, in the powiat of the case."""

    def make(code: str, name: str) -> Territory:
        unit = Territory(
            code=code, name=name, level="gmina", parent=case.territory, path=f"{case.territory.path}{code}/"
        )
        unit.valid_from = date(2020, 1, 1)
        unit.save()
        return unit

    return make


@pytest.mark.parametrize(("kind", "rural"), [("1", False), ("2", True), ("3", None)])
def test_the_kind_of_the_gmina_says_whether_an_area_is_rural(case, team, gmina, kind, rural):
    unit = gmina(f"{case.territory.code}01{kind}", "Golina")
    row = record_entry_data(case, by=team.tutor, at=at(), powiat=case.territory, gmina="golina ")
    assert (row.gmina_unit, row.is_rural) == (unit, rural)


def test_a_name_that_two_gminas_share_stays_a_text(case, team, gmina):
    gmina(f"{case.territory.code}011", "Golina")
    gmina(f"{case.territory.code}022", "Golina")
    row = record_entry_data(case, by=team.tutor, at=at(), powiat=case.territory, gmina="Golina")
    assert (row.gmina_unit, row.is_rural, row.gmina_in_words) == (None, None, "Golina")


def test_support_does_not_end_before_it_starts(case, team):
    days = {"support_starts_on": date(2026, 3, 2), "support_ends_on": date(2026, 3, 1)}
    with pytest.raises(ValidationError):
        record_entry_data(case, by=team.tutor, at=at(), **days)
    record_entry_data(case, by=team.tutor, at=at(), support_type="training", **days | {"support_ends_on": None})


def test_participation_starts_within_the_programme_and_not_in_the_future(case, team):
    for wrong in (case.programme.starts_on - timedelta(days=1), at(1).date()):
        with pytest.raises(ValidationError):
            record_entry_data(case, by=team.tutor, at=at(), starts_on=wrong)
    record_entry_data(case, by=team.tutor, at=at(), starts_on=at().date())


def test_a_start_that_is_known_already_does_not_stand_in_the_way_of_other_corrections(case, team):
    early = case.programme.starts_on - timedelta(days=1)
    EntryData.objects.create(case=case, recorded_by=team.tutor, starts_on=early)
    assert record_entry_data(case, by=team.tutor, at=at(), starts_on=early, kind="individual").starts_on == early


def test_only_the_employed_have_a_skill_level(case, team):
    with pytest.raises(ValidationError):
        record_follow_up(
            case, by=team.tutor, at=at(), observed_on=LEFT, source="zus", labour_status="inactive", skill_level="2"
        )
