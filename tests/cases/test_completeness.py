"""What ESF+ still needs before a record counts."""

from datetime import date

import pytest

from cases.completeness import faults_at_exit, missing_at_entry, missing_at_exit, missing_at_follow_up
from cases.models import EntryData, ExitData, ExitSituation, FollowUpData, Person, SensitiveAnswers

LEFT = date(2026, 3, 31)
ANSWERED = {"disability": "no", "minority": "refused", "foreign_origin": "no", "homelessness": "yes"}


def person(**facts) -> Person:
    known = {"first_name": "Anna", "last_name": "Nowak", "pesel": "02271409867", "birth_date": date(2002, 7, 14)}
    return Person(**known | {"sex": "K", "place": "Konin", "postcode": "62-500", "phone": "600 100 200"} | facts)


def entry(**facts) -> EntryData:
    known = {"starts_on": date(2026, 1, 5), "citizenship": "pl", "education": "3", "powiat_id": 1}
    return EntryData(**known | {"labour_status": "inactive", "labour_detail": "other"} | facts)


def answers(**facts) -> SensitiveAnswers:
    return SensitiveAnswers(**ANSWERED | {"asked_on": date(2026, 1, 5)} | facts)


def labels(missing) -> list[str]:
    return [str(label) for label in missing]


@pytest.fixture(autouse=True)
def _in_english(settings):
    settings.LANGUAGE_CODE = "en"


def test_a_whole_entry_misses_nothing():
    assert missing_at_entry(person(), entry(), answers()) == []


@pytest.mark.parametrize(
    ("facts", "label"),
    [
        ({"pesel": None}, "PESEL or another identifier"),
        ({"phone": ""}, "phone or e-mail"),
        ({"sex": ""}, "sex"),
        ({"birth_date": None}, "birth date"),
        ({"postcode": ""}, "postcode"),
    ],
)
def test_what_a_person_lacks_is_named(facts, label):
    assert labels(missing_at_entry(person(**facts), entry(), answers())) == [label]


@pytest.mark.parametrize("facts", [{"pesel": None, "other_identifier": "UA783517"}, {"phone": "", "email": "a@b.pl"}])
def test_one_of_two_is_enough(facts):
    assert missing_at_entry(person(**facts), entry(), answers()) == []


@pytest.mark.parametrize(
    ("facts", "label"),
    [
        ({"starts_on": None}, "start of participation"),
        ({"powiat_id": None}, "powiat"),
        ({"labour_status": "", "labour_detail": "other"}, "labour-market status"),
        ({"labour_status": "registered_unemployed"}, "unemployed since"),
    ],
)
def test_what_an_entry_lacks_is_named(facts, label):
    assert labels(missing_at_entry(person(), entry(**facts), answers())) == [label]


def test_refusing_is_an_answer_and_silence_is_not():
    everything_refused = answers(**dict.fromkeys(ANSWERED, "refused"))
    assert missing_at_entry(person(), entry(), everything_refused) == []
    assert labels(missing_at_entry(person(), entry(), answers(minority=""))) == ["national or ethnic minority"]
    assert labels(missing_at_entry(person(), entry(), answers(asked_on=None))) == ["asked on"]


def test_forms_that_were_never_filled_in_are_named_once():
    assert labels(missing_at_entry(person(), None, None)) == ["entry data", "special-category answers"]


def situation(name: str, day: int = 7) -> ExitSituation:
    return ExitSituation(situation=name, observed_on=date(2026, 4, day))


def test_an_exit_needs_a_situation_and_whether_it_was_planned():
    assert labels(missing_at_exit(None, [])) == ["exit data"]
    assert labels(missing_at_exit(ExitData(left_on=LEFT), [])) == ["left as planned", "situation after leaving"]
    assert missing_at_exit(ExitData(left_on=LEFT, as_planned=False), [situation("employment")]) == []


def test_somebody_out_of_reach_needs_the_attempts():
    gone = ExitData(left_on=LEFT, as_planned=False)
    assert labels(missing_at_exit(gone, [situation("no_contact")])) == ["attempts at contact"]
    gone.attempts = "2 and 9 April by phone, 16 April by letter"
    assert missing_at_exit(gone, [situation("no_contact")]) == []


@pytest.mark.parametrize("day", [LEFT, date(2026, 4, 28)])
def test_a_situation_counts_for_28_days(day):
    assert faults_at_exit(LEFT, [ExitSituation(situation="employment", observed_on=day)]) == []


@pytest.mark.parametrize("day", [date(2026, 3, 30), date(2026, 4, 29)])
def test_a_situation_does_not_count_before_or_after(day):
    assert len(faults_at_exit(LEFT, [ExitSituation(situation="employment", observed_on=day)])) == 1


@pytest.mark.parametrize(
    ("names", "faults"),
    [
        (["employment", "qualification"], 0),
        (["employment", "unchanged"], 1),
        (["no_contact", "none"], 1),
        (["employment", "job_search"], 1),
        (["unchanged"], 0),
    ],
)
def test_what_cannot_be_so_together_is_said(names, faults):
    assert len(faults_at_exit(LEFT, [situation(name) for name in names])) == faults


def test_looking_for_work_and_then_finding_it_is_possible():
    assert faults_at_exit(LEFT, [situation("job_search", 3), situation("employment", 20)]) == []


def test_a_follow_up_needs_a_status_or_an_explanation():
    assert labels(missing_at_follow_up(None)) == ["follow-up data"]
    found = FollowUpData(source="zus", observed_on=LEFT, labour_status="inactive")
    assert missing_at_follow_up(found) == []
    found.labour_status = "employed"
    assert labels(missing_at_follow_up(found)) == ["contract"]
    lost = FollowUpData(source="impossible")
    assert labels(missing_at_follow_up(lost)) == ["attempts at contact"]
