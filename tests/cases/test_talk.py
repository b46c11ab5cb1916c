"""Notes and comments: who writes, who reads, who is told."""

from datetime import date

import pytest
import time_machine

from cases.models import Comment, Document, Note, PsychologistNote, Visibility
from cases.sessions import cancel_session, plan_session
from cases.talk import mentioned_in, people_on, write_comment, write_note, write_psychologist_note
from roles.models import Absence
from roles.role import Role
from tests.cases.conftest import at
from tests.cases.test_people import grant
from workflows.errors import NotYet, NotYou, TooLate
from workflows.models import CaseGrant, Notice
from workflows.services import add_item, assign, watch


def test_a_note_is_written_and_read_by_the_team(case, team):
    note = write_note(case, " came with her sister ", by=team.tutor, at=at())
    assert note.body == "came with her sister"
    assert list(Note.objects.visible_to(team.coordinator, at())) == [note]


@pytest.mark.parametrize("write", [write_note, write_comment])
def test_nobody_writes_on_a_case_out_of_reach(case, near_misses, write):
    for name in ("next powiat", "next organisation", "until yesterday", "deactivated"):
        with pytest.raises(NotYou):
            write(case, "x", by=near_misses[name], at=at())


@pytest.mark.parametrize("write", [write_note, write_comment])
@pytest.mark.parametrize("visibility", Visibility.values)
def test_an_auditor_writes_neither_notes_nor_comments(case, near_misses, write, visibility):
    with pytest.raises(NotYou):
        write(case, "x", by=near_misses["auditor"], visibility=visibility, at=at())


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


def test_a_guest_says_something_to_all_parties_alone(case, near_misses):
    guest = near_misses["next organisation"]
    grant(case, guest, CaseGrant.Kind.SHARED)
    for visibility in (Visibility.TEAM, Visibility.INSTITUTION):
        with pytest.raises(NotYou):
            write_comment(case, "x", by=guest, visibility=visibility, at=at())
    assert write_comment(case, "x", by=guest, visibility=Visibility.ALL_PARTIES, at=at()).pk
    with pytest.raises(NotYou):
        write_note(case, "x", by=guest, visibility=Visibility.ALL_PARTIES, at=at())


# Who sees what


@pytest.fixture
def that_day():
    with time_machine.travel(at(), tick=False):
        yield


@pytest.fixture
def around(case, region, team, near_misses, a_session):
    """People around a case by how they stand to it, each with a mandate as tutor unless it says otherwise."""

    def person(name, role=Role.TUTOR, **where):
        return region.person(name, role, **where)

    people = {name: near_misses[name] for name in ("next powiat", "next organisation", "until yesterday", "auditor")}
    for name in ("unassigned", "assigned", "leads", "led once called off", "deputy", "owns", "mentioned"):
        people[name] = person(name.replace(" ", "_"))
    people |= {"trainer": person("trainer", Role.TRAINER), "coordinator": team.coordinator, "supervisor": team.second}
    people["coordinator next door"] = person("next_door", Role.COORDINATOR, territory=region.next_powiat)
    people["guest"] = person("guest", organisation=region.other_organisation)
    grant(case, people["guest"], CaseGrant.Kind.SHARED)
    assign(case, by=team.coordinator, role=Role.TUTOR, to=people["assigned"], at=at())
    Absence.objects.create(
        user=people["assigned"], deputy=people["deputy"], starts_on=date(2026, 3, 1), ends_on=date(2026, 3, 9)
    )
    plan_session(a_session(leader=people["leads"]), [case], by=team.tutor, at=at())
    off = plan_session(a_session(leader=people["led once called off"]), [case], by=team.tutor, at=at())
    cancel_session(off, by=team.tutor, reason="ill", at=at())
    add_item(case, by=team.animator, title="x", role=Role.TUTOR, due=date(2026, 3, 6), to=people["owns"], at=at())
    return people


TEAM = {"assigned", "deputy", "leads", "owns", "coordinator", "supervisor"}
INSTITUTION = TEAM | {"unassigned", "led once called off", "mentioned", "trainer", "auditor"}
POLICY = {Visibility.TEAM: TEAM, Visibility.INSTITUTION: INSTITUTION, Visibility.ALL_PARTIES: INSTITUTION | {"guest"}}


@pytest.mark.parametrize("visibility", POLICY)
@pytest.mark.parametrize(("kind", "write"), [(Note, write_note), (Comment, write_comment)])
def test_each_visibility_opens_to_these_and_to_nobody_else(case, team, around, visibility, kind, write):
    row = write(case, "x", by=team.animator, visibility=visibility, at=at())
    seen = {name for name, user in around.items() if kind.objects.visible_to(user, at()).filter(pk=row.pk).exists()}
    assert seen == POLICY[visibility]
    assert kind.objects.visible_to(team.animator, at()).filter(pk=row.pk).exists()


def test_a_mention_opens_what_is_for_the_team_within_the_institution_alone(case, team, around):
    body = "@mentioned, @guest, @near1"
    comment = write_comment(case, body, by=team.animator, visibility=Visibility.TEAM, at=at())
    assert list(comment.mentions.all()) == [around["mentioned"]]
    seen = {name for name, user in around.items() if Comment.objects.visible_to(user, at()).exists()}
    assert seen == TEAM | {"mentioned"}


def test_a_mention_of_one_comment_opens_no_other(case, team, around):
    write_comment(case, "for the team", by=team.animator, at=at())
    write_comment(case, "@mentioned look", by=team.animator, at=at())
    assert [each.body for each in Comment.objects.visible_to(around["mentioned"], at())] == ["@mentioned look"]


def test_an_author_whose_mandate_has_ended_reads_no_more(case, team):
    write_note(case, "mine", by=team.tutor, at=at())
    team.tutor.mandates.update(valid_to=date(2026, 3, 1))
    assert not Note.objects.visible_to(team.tutor, at()).exists()


def test_an_auditor_reads_the_teams_documents_and_an_unassigned_tutor_does_not(case, team, around):
    Document.objects.create(
        case=case, title="x", name="x", media_type="x", size=1, sha256="x", uploaded_by=team.animator
    )
    seen = {name for name, user in around.items() if Document.objects.visible_to(user, at()).exists()}
    assert seen == TEAM | {"auditor"}


# Mentions


def test_people_are_mentioned_by_their_user_names(team):
    body = "@tutor, please ask @COORDINATOR; not tutor@example.org, not @nobody, nor @@supervisor"
    assert {user.username for user in mentioned_in(body)} == {"tutor", "coordinator"}


def test_those_mentioned_who_may_read_are_told(case, team, near_misses):
    comment = write_comment(case, "@coordinator and @near2 look", by=team.tutor, at=at())
    assert list(comment.mentions.all()) == [team.coordinator]
    assert [(each.user, each.event) for each in Notice.objects.filter(case=case)] == [(team.coordinator, "mentioned")]


def test_those_ticked_are_told_as_those_mentioned_are(case, team, around):
    comment = write_comment(
        case, "@coordinator", by=team.tutor, tell=[around["mentioned"], around["guest"], team.tutor], at=at()
    )
    assert set(comment.mentions.all()) == {team.coordinator, around["mentioned"]}
    told = Notice.objects.filter(case=case, event="mentioned").values_list("user", flat=True)
    assert set(told) == {team.coordinator.pk, around["mentioned"].pk}


def test_the_people_to_tick_are_those_of_the_case(case, around, team):
    offered = set(people_on(case, at()))
    names = {name for name, user in around.items() if user in offered}
    assert names == {"assigned", "leads", "led once called off", "owns", "coordinator", "supervisor", "guest"}


def test_watchers_are_told_of_comments_that_they_may_see(case, team, around):
    for name in ("assigned", "unassigned", "coordinator"):
        watch(case, by=around[name], at=at())
    write_comment(case, "for the team, @coordinator", by=team.animator, at=at())
    rows = Notice.objects.filter(event="commented").values_list("user__username", flat=True)
    assert list(rows) == ["assigned"]
    write_comment(case, "for us", by=around["assigned"], visibility="institution", at=at())
    assert sorted(rows.all()) == ["assigned", "coordinator", "unassigned"]


@pytest.mark.usefixtures("that_day")
def test_the_page_offers_a_comment_to_who_may_write_one(client, case, team, around):
    offered = {}
    for name in ("coordinator", "guest", "auditor"):
        client.force_login(around[name])
        answer = client.get(f"/cases/{case.pk}/talk/")
        choices = [value for value, _label in answer.context["comment_form"].fields["visibility"].choices]
        assert answer.context["comments_here"] == bool(choices)
        offered[name] = choices
    assert offered == {"coordinator": Visibility.values, "guest": ["all_parties"], "auditor": []}


@pytest.mark.usefixtures("that_day")
def test_a_comment_from_the_page_tells_those_ticked(client, case, team, around):
    client.force_login(team.tutor)
    page = client.get(f"/cases/{case.pk}/talk/").content.decode()
    assert "(@coordinator)" in page
    sent = {"comment-body": "please look", "comment-visibility": "team", "comment-tell": [team.coordinator.pk]}
    client.post(f"/cases/{case.pk}/talk/comment/", sent)
    assert Notice.objects.get(event="mentioned").user == team.coordinator
    sent["comment-tell"] = [around["next powiat"].pk]
    assert client.post(f"/cases/{case.pk}/talk/comment/", sent).status_code == 422


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
