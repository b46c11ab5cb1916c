"""The exceptions to mandates: what they open, to whom, for how long, and who sees it."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from roles.models import Mandate
from roles.role import Role
from roles.second_factor import needs_second_factor
from tests.workflows.conftest import at
from workflows.errors import NotYet, NotYou, TooLate
from workflows.models import Case, CaseGrant, Notice, WorkItem
from workflows.services import break_glass, end_share, review, share

FRIDAY = date(2026, 3, 6)
WHY = "The participant called about a danger to her child"


@pytest.fixture
def outsider(region):
    """A tutor of the next powiat, in the same voivodeship and organisation."""
    return region.person("outsider", Role.TUTOR, territory=region.next_powiat)


@pytest.fixture
def officer(region):
    return region.person("officer", Role.DATA_PROTECTION_OFFICER)


def reads(user, case, moment) -> bool:
    return Case.objects.visible_to(user, moment).filter(pk=case.pk).exists()


def test_a_share_opens_one_case_to_the_end_of_its_day(new_errand, team, outsider):
    case, other = new_errand(), new_errand()
    assert not reads(outsider, case, at())
    share(case, by=team.coordinator, with_user=outsider, until=FRIDAY, reason="She moves there", at=at())
    assert reads(outsider, case, at(4, hour=22))
    assert not reads(outsider, case, at(4, hour=23))  # past midnight in Warsaw
    assert not reads(outsider, other, at())


def test_a_share_gives_nothing_to_do(new_errand, team, outsider):
    share(new_errand(), by=team.coordinator, with_user=outsider, until=FRIDAY, reason="She moves there", at=at())
    assert WorkItem.objects.visible_to(outsider, at()).exists()
    assert not WorkItem.objects.queue_for(outsider, at().date()).exists()


@pytest.mark.parametrize("until", [date(2026, 3, 1), date(2026, 6, 1)])
def test_a_share_is_neither_over_nor_longer_than_the_cap(new_errand, team, outsider, until):
    with pytest.raises(NotYet, match="90 days"):
        share(new_errand(), by=team.coordinator, with_user=outsider, until=until, reason="She moves there", at=at())


def test_only_a_coordinator_or_supervisor_of_the_scope_shares(new_errand, region, team, outsider):
    case = new_errand()
    next_door = region.person("next", Role.COORDINATOR, territory=region.next_powiat)
    for near_miss in (team.tutor, next_door):
        with pytest.raises(NotYou):
            share(case, by=near_miss, with_user=outsider, until=FRIDAY, reason="She moves there", at=at())


def test_nothing_is_shared_with_who_reads_it_anyway_or_has_left(new_errand, team, outsider):
    case = new_errand()
    with pytest.raises(NotYet, match="already"):
        share(case, by=team.coordinator, with_user=team.tutor, until=FRIDAY, reason="She moves there", at=at())
    outsider.is_active = False
    outsider.save()
    with pytest.raises(NotYet, match="with anybody"):
        share(case, by=team.coordinator, with_user=outsider, until=FRIDAY, reason="She moves there", at=at())


def test_a_share_is_ended_at_once_and_only_once(new_errand, team, outsider):
    case = new_errand()
    grant = share(case, by=team.coordinator, with_user=outsider, until=FRIDAY, reason="She moves there", at=at())
    with pytest.raises(NotYou):
        end_share(grant, by=outsider, at=at(1))
    end_share(grant, by=team.supervisor, at=at(1))
    assert not reads(outsider, case, at(1))
    with pytest.raises(TooLate):
        end_share(grant, by=team.supervisor, at=at(2))


def test_breaking_the_glass_opens_one_case_for_three_hours_and_tells_the_officer(new_errand, outsider, officer):
    case = new_errand()
    grant = break_glass(case, by=outsider, reason=WHY, at=at())
    assert grant.expires_at == at() + timedelta(hours=3)
    assert reads(outsider, case, at() + timedelta(hours=2, minutes=59))
    assert not reads(outsider, case, at() + timedelta(hours=3))
    assert list(Notice.objects.values_list("user", "event", "case")) == [(officer.pk, "emergency", case.pk)]
    assert break_glass(case, by=outsider, reason=WHY, at=at()) == grant


def test_the_glass_is_not_broken_without_a_reason_or_from_elsewhere(new_errand, region, outsider):
    case = new_errand()
    with pytest.raises(NotYet, match="20 characters"):
        break_glass(case, by=outsider, reason="urgent" + " " * 20, at=at())
    ended = region.person("ended", Role.TUTOR, territory=region.next_powiat, valid_to=date(2026, 3, 1))
    auditor = region.person("auditor", Role.AUDITOR, territory=region.next_powiat)
    administrator = region.person("administrator", Role.SYSTEM_ADMINISTRATOR)
    for near_miss in (ended, auditor, administrator):
        with pytest.raises(NotYou):
            break_glass(case, by=near_miss, reason=WHY, at=at())
    assert not CaseGrant.objects.exists()


def test_the_officer_of_the_scope_reviews_it_once_and_nobody_their_own(new_errand, region, outsider, officer):
    grant = break_glass(new_errand(), by=outsider, reason=WHY, at=at())
    elsewhere = region.person("elsewhere", Role.DATA_PROTECTION_OFFICER, organisation=region.other_organisation)
    region.mandate(outsider, Role.DATA_PROTECTION_OFFICER)
    for near_miss in (elsewhere, outsider):
        assert grant not in CaseGrant.objects.to_review_by(near_miss, at().date())
        with pytest.raises(NotYou):
            review(grant, by=near_miss, at=at(1))
    assert list(CaseGrant.objects.to_review_by(officer, at().date())) == [grant]
    review(grant, by=officer, at=at(1))
    assert not CaseGrant.objects.to_review_by(officer, at().date())
    with pytest.raises(TooLate):
        review(grant, by=officer, at=at(1))


@pytest.mark.parametrize("who", ["superuser", "staff", "administrator"])
def test_nothing_is_shared_with_who_administers(who, new_errand, region, team):
    administrator = region.person("boss", *([Role.SYSTEM_ADMINISTRATOR] if who == "administrator" else []))
    administrator.is_superuser, administrator.is_staff = who == "superuser", who == "staff"
    administrator.save()
    with pytest.raises(NotYet, match="with anybody"):
        share(new_errand(), by=team.coordinator, with_user=administrator, until=FRIDAY, reason="She moves", at=at())


def test_a_superuser_reads_nothing_by_a_share_from_before_their_rank(new_errand, team, outsider):
    case = new_errand()
    share(case, by=team.coordinator, with_user=outsider, until=FRIDAY, reason="She moves there", at=at())
    outsider.is_superuser = True
    outsider.save()
    assert not reads(outsider, case, at())


def test_the_glass_is_broken_a_few_times_a_day_only(new_errand, outsider, officer, settings):
    settings.EMERGENCIES_A_DAY = 2
    first, second, third = (new_errand() for _number in range(3))
    for case in (first, second, first):
        break_glass(case, by=outsider, reason=WHY, at=at())
    with pytest.raises(NotYet, match=r"\(2\)"):
        break_glass(third, by=outsider, reason=WHY, at=at(hour=20))
    break_glass(third, by=outsider, reason=WHY, at=at(1))


def test_without_an_officer_in_the_scope_its_supervisors_and_the_regions_officers_are_told(
    new_errand, region, team, outsider
):
    other = region.person("other officer", Role.DATA_PROTECTION_OFFICER, organisation=region.other_organisation)
    grant = break_glass(new_errand(), by=outsider, reason=WHY, at=at())
    assert told() == {team.supervisor.pk, team.second.pk, other.pk}
    assert list(CaseGrant.objects.to_review_by(other, at().date())) == [grant]
    Notice.objects.all().delete()
    region.other_organisation.type = "rops"
    region.other_organisation.save()
    region.person("third officer", Role.DATA_PROTECTION_OFFICER, organisation=region.organisation, valid_to=FRIDAY)
    break_glass(new_errand(), by=outsider, reason=WHY, at=at(7))
    assert told() == {team.supervisor.pk, team.second.pk, other.pk}


def told() -> set[int]:
    return set(Notice.objects.filter(event="emergency").values_list("user", flat=True))


def test_the_glass_is_not_broken_where_nobody_would_be_told(new_errand, region, team, outsider):
    case = new_errand()
    Mandate.objects.filter(role=Role.SUPERVISOR).delete()
    with pytest.raises(NotYet, match="nobody who would be told"):
        break_glass(case, by=outsider, reason=WHY, at=at())
    assert not CaseGrant.objects.exists()


def test_what_the_officer_found_stays_and_a_wrong_one_needs_words(new_errand, team, outsider, officer):
    grant = break_glass(new_errand(), by=outsider, reason=WHY, at=at())
    with pytest.raises(NotYet, match="what was not right"):
        review(grant, by=officer, was_right=False, at=at(1))
    review(grant, by=officer, was_right=False, note="Nobody was in danger", at=at(1))
    [kept] = CaseGrant.objects.told_to(officer, at(1).date(), Role.DATA_PROTECTION_OFFICER)
    assert (kept.was_right, kept.review_note, kept.reviewed_by) == (False, "Nobody was in danger", officer)
    assert not CaseGrant.objects.told_to(outsider, at(1).date(), Role.DATA_PROTECTION_OFFICER)


def test_a_case_opened_to_somebody_asks_for_the_second_factor_while_it_is_open(new_errand, region, team):
    guest = region.person("guest", Role.INSTITUTION_REPRESENTATIVE, organisation=region.other_organisation)
    assert not needs_second_factor(guest)
    today = timezone.localdate()
    grant = share(new_errand(), by=team.coordinator, with_user=guest, until=today, reason="A plan", at=timezone.now())
    assert needs_second_factor(guest)
    end_share(grant, by=team.coordinator, at=timezone.now())
    assert not needs_second_factor(guest)
