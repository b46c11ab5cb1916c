"""Volume for measurement: rows made set by set are what the engine would have left."""

from collections import Counter
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils.timezone import localdate

from cases.models import Person
from cases.participants.models import ParticipantCase
from cases.participants.volume import THE_WAY, Staff, populate
from roles.models import Mandate
from roles.role import Role
from workflows.integrity import verify_integrity
from workflows.models import StageChange, WorkItem
from workflows.services import claim, complete
from workflows.soundness.live import verify_workflows
from workflows.verification import verify_history

CASES = 60


@pytest.fixture
def staff(region) -> Staff:
    roles = (Role.COORDINATOR, Role.TUTOR, Role.SUPERVISOR, Role.PSYCHOLOGIST)
    people = {str(role): [region.people[role].pk, *(region.person(role).pk for _ in range(2))] for role in roles}
    return Staff(region.organisation, [region.powiat.pk], people)


@pytest.fixture
def volume(region, staff):
    return populate(CASES, staff=[staff], programme=region.programme, today=localdate(), seed=7)


def test_nothing_is_wrong_with_what_was_made(volume):
    checks = [verify_integrity(), verify_history(), verify_workflows(localdate())]
    assert [check.problems for check in checks] == [[], [], []]
    assert checks[1].checked["cases"] == CASES


def test_one_person_a_role_is_enough(region, staff):
    few = Staff(staff.organisation, staff.territory_ids, {role: keys[:1] for role, keys in staff.people.items()})
    populate(CASES, staff=[few], programme=region.programme, today=localdate())
    assert (verify_integrity().problems, verify_history().problems) == ([], [])


def test_it_says_how_many_rows_it_has_written(volume):
    written = {
        model._meta.db_table: model.objects.count() for model in (ParticipantCase, Person, WorkItem, StageChange)
    }
    assert volume.items() >= written.items()
    assert written["cases_person"] == CASES


def test_cases_stand_everywhere_on_the_way(volume):
    waiting = Counter(WorkItem.objects.human().open().values_list("node", flat=True))
    assert len(waiting) > len(THE_WAY) / 2
    assert set(waiting) <= {step.node for step in THE_WAY}


def test_the_engine_goes_on_where_it_ends(volume, region):
    item = WorkItem.objects.human().unclaimed().filter(node="give_opinion").first()
    psychologist = region.people[Role.PSYCHOLOGIST]
    assert WorkItem.objects.queue_for(psychologist).filter(pk=item.pk).exists()
    claim([item], by=psychologist).only()
    complete(item, by=psychologist)
    assert WorkItem.objects.open().filter(process=item.process_id, node="confirm_recommendation").exists()
    assert verify_integrity().problems == []


def test_the_command_takes_the_staff_that_is_there(staff, region):
    out = StringIO()
    call_command("populate", cases=3, programme=region.programme.code, stdout=out)
    assert "workflows_case: 3\n" in out.getvalue()
    assert verify_history().problems == []


def test_the_command_needs_somebody_in_every_role(staff, region):
    Mandate.objects.filter(role=Role.PSYCHOLOGIST).delete()
    with pytest.raises(CommandError, match="No organisation"):
        call_command("populate", cases=3)


def test_the_command_needs_a_programme(db):
    with pytest.raises(CommandError, match="no such programme"):
        call_command("populate", cases=3)
