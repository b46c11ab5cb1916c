"""Notes and comments: who writes, who reads, who is told."""

import pytest

from cases.models import Comment, Note, PsychologistNote
from cases.talk import mentioned_in, write_comment, write_note, write_psychologist_note
from roles.role import Role
from tests.cases.conftest import at
from tests.cases.test_people import grant
from workflows.errors import NotYet, NotYou, TooLate
from workflows.models import CaseGrant, Notice


def test_a_note_is_written_and_read_by_the_team(case, team):
    note = write_note(case, " came with her sister ", by=team.tutor, at=at())
    assert note.body == "came with her sister"
    assert list(Note.objects.visible_to(team.coordinator, at())) == [note]


@pytest.mark.parametrize("write", [write_note, write_comment])
def test_nobody_writes_on_a_case_out_of_reach(case, near_misses, write):
    for name in ("next powiat", "next organisation", "until yesterday", "deactivated"):
        with pytest.raises(NotYou):
            write(case, "x", by=near_misses[name], at=at())


def test_an_auditor_writes_no_notes(case, near_misses):
    with pytest.raises(NotYou):
        write_note(case, "x", by=near_misses["auditor"], at=at())


@pytest.mark.parametrize("body", ["", "  \n", "\0"])
def test_nothing_is_no_note(case, team, body):
    with pytest.raises(NotYet):
        write_note(case, body, by=team.tutor, at=at())


def test_a_guest_reads_what_is_for_all_parties(case, team, near_misses):
    guest = near_misses["next organisation"]
    grant(case, guest, CaseGrant.Kind.SHARED)
    write_comment(case, "for us", by=team.tutor, at=at())
    write_comment(case, "for the house", by=team.tutor, visibility="institution", at=at())
    for_all = write_comment(case, "for all", by=team.tutor, visibility="all_parties", at=at())
    assert list(Comment.objects.visible_to(guest, at())) == [for_all]
    assert Comment.objects.visible_to(team.supervisor, at()).count() == 3


def test_changes_of_a_note_are_kept(case, team):
    note = write_note(case, "before", by=team.tutor, at=at())
    note.body = "after"
    note.save()
    assert [event.body for event in Note.pgh_event_model.objects.all()] == ["after"]


# Mentions


def test_people_are_mentioned_by_their_user_names(team):
    body = "@tutor, please ask @COORDINATOR; not tutor@example.org, not @nobody, nor @@supervisor"
    assert {user.username for user in mentioned_in(body)} == {"tutor", "coordinator"}


def test_those_mentioned_who_may_read_are_told(case, team, near_misses):
    comment = write_comment(case, "@coordinator and @near2 look", by=team.tutor, at=at())
    assert list(comment.mentions.all()) == [team.coordinator]
    assert [(each.user, each.event) for each in Notice.objects.filter(case=case)] == [(team.coordinator, "mentioned")]


# The psychologist's notes


def test_only_psychologists_write_restricted_notes(case, team, region, psychologist):
    write_psychologist_note(case, "restricted", by=psychologist, at=at())
    next_door = region.person("psy2", Role.PSYCHOLOGIST, territory=region.next_powiat)
    for user in (team.tutor, team.supervisor, next_door):
        with pytest.raises(NotYou):
            write_psychologist_note(case, "x", by=user, at=at())


def test_a_restricted_note_is_corrected_by_its_author_once(case, region, psychologist):
    first = write_psychologist_note(case, "befor", by=psychologist, at=at())
    colleague = region.person("psy3", Role.PSYCHOLOGIST)
    with pytest.raises(NotYou):
        write_psychologist_note(case, "before", by=colleague, replaces=first, at=at())
    second = write_psychologist_note(case, "before", by=psychologist, replaces=first, at=at())
    with pytest.raises(TooLate):
        write_psychologist_note(case, "again", by=psychologist, replaces=first, at=at())
    assert PsychologistNote.objects.get(replaces=first) == second
