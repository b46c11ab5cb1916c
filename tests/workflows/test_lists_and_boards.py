"""All cases, search, export, saved views, boards and programmes, through their pages."""

import csv
import io
from datetime import date

import openpyxl
import pytest
from django.db.models import Q

from roles.role import Role
from tests.errands.flow import PREPARE_DAYS, RUNNER
from tests.errands.models import Errand
from tests.workflows.conftest import at, item_of
from tests.workflows.pages import TODAY, asked, signed_in, text_of, third_of_march, url
from tests.workflows.test_work_pages import queries_of
from workflows import search
from workflows.exporting import safe
from workflows.kinds import kinds
from workflows.models import ExportLog, ParameterValue, Programme, RecentCase, SavedView, WorkItem
from workflows.parameters import PARAMETERS
from workflows.services import assign, claim

__all__ = ["asked", "signed_in", "third_of_march"]


@pytest.fixture
def named(new_errand):
    """A case under a name of its own."""

    def make(title, **facts):
        case = new_errand(**facts)
        case.set_title(title)
        Errand.objects.filter(pk=case.pk).update(title=case.title, sort_key=case.sort_key, search=case.search)
        return case

    return make


def numbers(page):
    return [case.number for case in page.context["page"].cases]


# all cases


def test_the_list_costs_the_same_at_one_row_and_at_thirty(signed_in, new_errand, team, django_assert_max_num_queries):
    client = signed_in(team.coordinator)
    new_errand()
    one = queries_of(client, url("cases"), django_assert_max_num_queries)
    for _ in range(29):
        new_errand()
    assert queries_of(client, url("cases"), django_assert_max_num_queries) == one


@pytest.mark.parametrize("sort", ["", "number", "-number", "name", "-name"])
def test_every_order_pages_through_everything_once_and_back(signed_in, named, team, sort):
    for n in range(30):
        named(["Łucja", "Ala", "Żaneta", "Ala"][n % 4])
    client = signed_in(team.coordinator)
    first = client.get(url("cases"), {"sort": sort})
    second = client.get(url("cases") + first.context["next"])
    assert len(set(numbers(first) + numbers(second))) == 30
    assert numbers(client.get(url("cases") + second.context["previous"])) == numbers(first)


def test_polish_names_stand_in_polish_order(signed_in, named, team):
    for title in ("Żak", "Łoś", "Zając", "Lis", "Ćma", "Cap"):
        named(title)
    page = signed_in(team.coordinator).get(url("cases"), {"sort": "name"})
    assert [case.title for case in page.context["page"].cases] == ["Cap", "Ćma", "Lis", "Łoś", "Zając", "Żak"]


def test_the_filters_of_the_list(signed_in, new_errand, region, team):
    case = new_errand()
    assign(case, by=team.coordinator, role=Role.TUTOR, to=team.tutor, at=at(0))
    other_tutor = region.person("other_tutor", Role.TUTOR)
    other = new_errand()
    assign(other, by=team.coordinator, role=Role.TUTOR, to=other_tutor, at=at(0))
    client = signed_in(team.coordinator)
    assert numbers(client.get(url("cases"), {"holder": team.tutor.pk})) == [case.number]
    assert len(numbers(client.get(url("cases"), {"state": "open"}))) == 2
    assert numbers(client.get(url("cases"), {"state": "closed"})) == []
    assert numbers(client.get(url("cases"), {"state": "held"})) == []
    assert numbers(client.get(url("cases"), {"stage": "running"})) == []
    assert numbers(client.get(url("cases"), {"stuck": "30"})) == []


def test_nobody_elses_case_is_listed_searched_or_exported(signed_in, named, region):
    case = named("Kanarek Kasztanowy")
    near = region.person("near", Role.COORDINATOR, territory=region.next_powiat)
    client = signed_in(near)
    listed = client.get(url("cases"), {"q": "Kanarek"})
    found = client.post(url("search"), {"q": case.number}, follow=True)
    exported = b"".join(client.post(url("export"), {"shape": "csv"}))
    for answer in (text_of(listed), text_of(found), exported.decode()):
        assert "Kasztanowy" not in answer


# search


def test_a_number_leads_to_the_case_and_a_name_to_the_list(signed_in, named, team):
    case, client = named("Łucja Źródlana"), signed_in(team.coordinator)
    assert client.post(url("search"), {"q": case.number.lower()}).url == url("case", case.pk)
    answer = client.post(url("search"), {"q": "zrodlana"}, follow=True)
    assert numbers(answer) == [case.number]
    assert numbers(client.post(url("search"), {"q": "kowalska"}, follow=True)) == []


@pytest.mark.parametrize("typed", ["44051401359", "440 514 013 59", "525-000-12-34"])
def test_an_identifier_never_reaches_an_address(signed_in, new_errand, team, monkeypatch, typed):
    case = new_errand()
    asked_for = []
    monkeypatch.setattr(search, "_searchers", [lambda digits: asked_for.append(digits) or Q(pk=case.pk)])
    answer = signed_in(team.coordinator).post(url("search"), {"q": typed})
    assert answer.url == url("case", case.pk)
    assert asked_for[0].isdigit()


def test_an_unknown_identifier_is_not_repeated(signed_in, team):
    answer = signed_in(team.coordinator).post(url("search"), {"q": "44051401359"})
    assert answer.status_code == 200
    assert "44051401359" not in text_of(answer)


# export


def test_exactly_the_filtered_list_is_exported_and_noted(signed_in, named, team):
    named("Ala Lis")
    named("Ewa Żak")
    client = signed_in(team.coordinator)
    answer = client.post(f"{url('export')}?q=zak", {"shape": "csv"})
    rows = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig")), delimiter=";"))
    assert [row[2] for row in rows[1:]] == ["Ewa Żak"]
    note = ExportLog.objects.get()
    assert (note.user, note.rows, note.shape, note.query) == (team.coordinator, 1, "csv", "q=zak")


def test_the_workbook_holds_text_and_dates_never_formulas(signed_in, named, team):
    named("=HYPERLINK(1)")
    answer = signed_in(team.coordinator).post(url("export"), {"shape": "xlsx"})
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer))).active
    assert sheet.cell(2, 3).value == "'=HYPERLINK(1)"
    assert sheet.cell(2, 3).data_type == "s"
    assert sheet.cell(2, 9).value.date() == date(2026, 3, 2)


@pytest.mark.parametrize("sly", ["=1", "+1", "-1", "@a", "\t=1", "\r=1"])
def test_what_a_spreadsheet_would_compute_is_made_text(sly):
    assert safe(sly) == f"'{sly}"
    assert safe("Ala") == "Ala"


def test_an_unknown_shape_is_not_there(signed_in, team):
    assert signed_in(team.coordinator).post(url("export"), {"shape": "exe"}).status_code == 404


# recent cases and saved views


def test_recent_cases_come_from_the_open_page_and_only_what_one_still_sees(signed_in, new_errand, region, team):
    case, client = new_errand(), signed_in(team.coordinator)
    client.get(url("case", case.pk))
    assert not RecentCase.objects.exists()
    assert client.post(url("seen", case.pk)).status_code == 204
    assert [each.case_id for each in client.get(url("cases")).context["recent"]] == [case.pk]
    team.coordinator.mandates.update(valid_to=date(2026, 3, 2))
    assert list(client.get(url("cases")).context["recent"]) == []


def test_a_view_is_kept_as_a_tab_with_its_filters_only(signed_in, team):
    client = signed_in(team.coordinator)
    path = f"{url('new_view')}?list=work&tab=queue&due=late&after=2026-01-01_5&evil=1"
    client.post(path, {"name": "Pilne"})
    view = SavedView.objects.get()
    assert view.query == "tab=queue&due=late"
    assert "Pilne" in text_of(client.get("/", {"tab": "todo"}))
    client.post(url("delete_view", view.pk))
    assert not SavedView.objects.exists()


def test_a_view_may_open_first(signed_in, team):
    client = signed_in(team.tutor)
    client.post(f"{url('new_view')}?list=work&tab=queue", {"name": "Kolejka", "opens_first": "on"})
    assert client.get("/").url == SavedView.objects.get().get_absolute_url()
    client.post(f"{url('new_view')}?list=work&tab=done", {"name": "Gotowe", "opens_first": "on"})
    assert SavedView.objects.get(opens_first=True).name == "Gotowe"


def test_who_manages_people_shares_a_view_with_a_role(signed_in, region, team):
    path = f"{url('new_view')}?list=work&tab=queue"
    said = {"name": "Dla tutorów", "organisation": region.organisation.pk, "role": "tutor"}
    signed_in(team.coordinator).post(path, said)
    assert "Dla tutorów" in text_of(signed_in(team.tutor).get("/", {"tab": "todo"}))
    assert "Dla tutorów" not in text_of(signed_in(team.animator).get("/", {"tab": "todo"}))
    elsewhere = region.person("elsewhere", Role.TUTOR, organisation=region.other_organisation)
    assert "Dla tutorów" not in text_of(signed_in(elsewhere).get("/", {"tab": "todo"}))


def test_a_tutor_shares_with_nobody_and_nobody_deletes_anothers_view(signed_in, region, team):
    said = {"name": "Moja", "organisation": region.organisation.pk, "role": "tutor"}
    signed_in(team.tutor).post(f"{url('new_view')}?list=work", said)
    view = SavedView.objects.get()
    assert view.organisation is None
    assert signed_in(team.coordinator).post(url("delete_view", view.pk)).status_code == 404


# boards


def test_the_board_says_who_carries_how_much(signed_in, new_errand, team):
    claim([item_of(new_errand(), "prepare")], by=team.coordinator, at=at(0)).only()
    new_errand()
    board = signed_in(team.supervisor).get(url("board")).context["board"]
    assert {(load.user, load.open, load.late) for load in board.loads} == {(team.coordinator, 1, 0), (None, 1, 0)}
    assert [(age.stage, age.count, age.longest) for age in board.ages] == [("planned", 2, 1)]


def test_the_board_is_for_those_who_lead_and_shows_their_scope_alone(signed_in, new_errand, region, team):
    new_errand()
    assert signed_in(team.tutor).get(url("board")).status_code == 403
    near = region.person("near", Role.SUPERVISOR, territory=region.next_powiat)
    assert signed_in(near).get(url("board")).context["board"].loads == []


def test_the_board_costs_the_same_at_one_case_and_at_thirty(signed_in, new_errand, team, django_assert_max_num_queries):
    client = signed_in(team.supervisor)
    new_errand()
    one = queries_of(client, url("board"), django_assert_max_num_queries)
    for _ in range(29):
        new_errand()
    assert queries_of(client, url("board"), django_assert_max_num_queries) == one


def test_powiats_are_exact_for_who_sees_the_cases(signed_in, new_errand, region, team):
    new_errand()
    page = signed_in(team.animator).get(url("powiats")).context["page"]
    ((powiat, figures, total, stuck, due),) = page.lines
    assert (powiat, str(total), stuck, due) == (region.powiat, "1", 0, 0)
    assert [(stage, str(figure)) for stage, figure in figures] == [("planned", "1")]
    assert (page.stuck_together, page.due_together) == (stuck, due)


def test_figures_of_all_organisations_hide_small_numbers(signed_in, new_errand, region):
    new_errand()
    analyst = region.person("analyst", Role.ANALYST, territory=region.voivodeship)
    client = signed_in(analyst)
    page = client.get(url("powiats"), {"of": "all"}).context["page"]
    assert not page.is_exact
    assert {str(total) for _powiat, _figures, total, *_rest in page.lines} <= {"<5", "0"}
    assert page.stuck == {}
    assert client.get(url("cases")).context["page"].cases == []


def test_who_sees_cases_still_sees_others_as_figures_alone(signed_in, new_errand, region, team):
    new_errand()
    page = signed_in(team.supervisor).get(url("powiats"), {"of": "all"}).context["page"]
    assert not page.is_exact


def test_own_cases_taken_away_from_everybodys_give_no_small_number(signed_in, new_errand, region, team):
    for _ in range(6):
        new_errand()
    stranger = region.person("stranger", Role.COORDINATOR, organisation=region.other_organisation)
    new_errand(by=stranger, organisation=region.other_organisation)
    client = signed_in(team.supervisor)
    assert {str(total) for _powiat, _figures, total, *_rest in client.get(url("powiats")).context["page"].lines} == {
        "6"
    }
    page = client.get(url("powiats"), {"of": "all"}).context["page"]
    assert "7" not in {str(total) for _powiat, _figures, total, *_rest in page.lines}
    assert str(page.table.totals[1]) == "…"


def test_powiats_are_closed_to_who_has_no_mandate_for_them(signed_in, region):
    officer = region.person("officer", Role.DATA_PROTECTION_OFFICER)
    assert signed_in(officer).get(url("powiats")).status_code == 403
    psychologist = region.person("psychologist", Role.PSYCHOLOGIST)
    assert signed_in(psychologist).get(url("powiats"), {"of": "all"}).status_code == 403


# programmes


@pytest.fixture
def own_programme(region):
    programme = Programme.objects.create(
        code="OWN", name="Własny", starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31)
    )
    programme.organisations.set([region.organisation])
    return programme


def test_programmes_of_my_organisations_are_listed(signed_in, own_programme, region, team):
    assert "Własny" in text_of(signed_in(team.tutor).get(url("programmes")))
    elsewhere = region.person("elsewhere", Role.SUPERVISOR, organisation=region.other_organisation)
    assert "Własny" not in text_of(signed_in(elsewhere).get(url("programmes")))
    assert signed_in(elsewhere).get(url("programme", own_programme.pk)).status_code == 404


def test_a_parameter_is_set_from_a_day_on_and_called_off(signed_in, own_programme, team):
    client = signed_in(team.supervisor)
    path = url("parameter", own_programme.pk, PREPARE_DAYS.name)
    assert client.post(path, {"value": "15", "valid_from": "2026-03-02"}).status_code == 422
    assert client.post(path, {"value": "-1", "valid_from": "2026-04-01"}).status_code == 422
    assert client.post(path, {"value": "15", "valid_from": "2026-04-01"}).status_code == 302
    found = Programme.objects.get(pk=own_programme.pk)
    assert (found.value(PREPARE_DAYS, TODAY), found.value(PREPARE_DAYS, date(2026, 4, 1))) == (10, 15)
    assert client.get(url("programme", own_programme.pk)).status_code == 200
    client.post(url("drop_value", ParameterValue.objects.get().pk))
    assert not ParameterValue.objects.exists()


def test_what_is_in_force_is_not_called_off(signed_in, own_programme, team):
    value = ParameterValue.objects.create(
        programme=own_programme, name=PREPARE_DAYS.name, value=12, valid_from=date(2026, 3, 1)
    )
    signed_in(team.supervisor).post(url("drop_value", value.pk))
    assert ParameterValue.objects.exists()


def test_before_a_change_one_sees_what_it_touches(signed_in, new_errand, region, own_programme, team):
    new_errand()
    Errand.objects.update(programme=own_programme)
    page = signed_in(team.supervisor).get(url("parameter", own_programme.pk, PREPARE_DAYS.name))
    touched = page.context["touched"]
    assert touched.total == 1
    assert [count for _task, count in touched.tasks] == [1]


def test_only_open_cases_that_read_the_parameter_are_touched_and_the_link_lists_them(
    signed_in, new_errand, asked, decide, own_programme, team
):
    planned, running = new_errand(), asked().process
    decide(running, "approve_begin", by=team.supervisor)
    Errand.objects.update(programme=own_programme)
    client = signed_in(team.supervisor)
    touched = client.get(url("parameter", own_programme.pk, PREPARE_DAYS.name)).context["touched"]
    assert [(share.label, share.count) for share in touched.stages] == [("planned", 1)]
    assert numbers(client.get(touched.url)) == [planned.number]
    everywhere = client.get(url("parameter", own_programme.pk, RUNNER.name)).context["touched"]
    assert everywhere.total == 2
    assert len(numbers(client.get(everywhere.url))) == 2


def test_before_dates_places_and_organisations_change_one_sees_what_that_touches(
    signed_in, asked, region, own_programme, team
):
    approval = asked()
    Errand.objects.update(programme=own_programme)
    Programme.objects.filter(pk=own_programme.pk).update(closed_until=TODAY)
    WorkItem.objects.filter(pk=approval.pk).update(effective_on=TODAY)
    touched = signed_in(team.supervisor).get(url("edit_programme", own_programme.pk)).context["touched"]
    assert (touched.total, touched.asked_in_closed) == (1, 1)
    assert [(share.label, share.count) for share in touched.organisations] == [("Alfa", 1)]
    assert signed_in(team.supervisor).get(url("new_programme")).context["touched"] is None


def test_every_parameter_names_stages_of_its_kind():
    for parameter in PARAMETERS.values():
        if parameter.stages:
            assert set(parameter.stages) <= set(kinds()[parameter.kind].stages.values), parameter.name


def test_a_shared_programme_is_tuned_only_by_who_supervises_everywhere(signed_in, region, team):
    path = url("parameter", region.programme.pk, PREPARE_DAYS.name)
    assert signed_in(team.supervisor).get(path).status_code == 403
    region.mandate(team.supervisor, Role.SUPERVISOR, organisation=region.other_organisation)
    assert signed_in(team.supervisor).get(path).status_code == 200


def test_a_programme_is_set_up_and_changed_by_a_supervisor(signed_in, region, team):
    said = {"code": "N1", "name": "Nowy", "starts_on": "2026-01-01", "ends_on": "2026-12-31"}
    said |= {"organisations": [region.organisation.pk]}
    client = signed_in(team.supervisor)
    assert client.post(url("new_programme"), said | {"ends_on": "2025-01-01"}).status_code == 422
    assert client.post(url("new_programme"), said).status_code == 302
    programme = Programme.objects.get(code="N1")
    seen = {"seen_version": client.get(url("edit_programme", programme.pk)).context["version"]}
    client.post(url("edit_programme", programme.pk), said | seen | {"name": "Nowszy", "places": "20"})
    programme.refresh_from_db()
    assert (programme.name, programme.places) == ("Nowszy", 20)
    assert (
        client.post(url("new_programme"), said | {"organisations": [region.other_organisation.pk]}).status_code == 422
    )
    assert signed_in(team.coordinator).get(url("new_programme")).status_code == 403
    assert signed_in(team.coordinator).post(url("edit_programme", programme.pk), said).status_code == 403


def test_two_who_change_a_programme_or_a_parameter_do_not_overwrite_each_other(signed_in, region, own_programme, team):
    client = signed_in(team.supervisor)
    edit, tune = url("edit_programme", own_programme.pk), url("parameter", own_programme.pk, PREPARE_DAYS.name)
    said = {"code": "OWN", "name": "Mój", "starts_on": "2026-01-01", "ends_on": "2026-12-31"}
    said |= {"organisations": [region.organisation.pk]}
    seen = {"seen_version": client.get(edit).context["version"]}
    Programme.objects.filter(pk=own_programme.pk).update(places=30, name="Cudzy")
    answer = client.post(edit, said | seen)
    assert answer.status_code == 409
    assert {(each.stored, each.sent) for each in answer.context["differences"]} == {("30", ""), ("Cudzy", "Mój")}
    knowingly = said | {"seen_version": answer.context["version"]}
    assert client.post(edit, knowingly).status_code == 302
    seen = {"seen_version": client.get(tune).context["version"]}
    said = {"value": "15", "valid_from": "2026-04-01"}
    assert client.post(tune, said | seen).status_code == 302
    again = client.post(tune, said | seen | {"value": "20"})
    assert (again.status_code, ParameterValue.objects.get().value) == (409, 15)
    assert [(each.stored, each.sent) for each in again.context["differences"]] == [("15", "20")]
