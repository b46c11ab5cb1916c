"""Rows that may be of somebody known already: a warning, never an error; whoever may not see the person learns no more than that."""

from collections.abc import Iterable, Sequence

from django.db.models import Q

from cases.duplicates import LOOKED_AT, likest
from cases.models import Person
from cases.participants.importing.taking import Intake, known_people, who
from cases.participants.models import ParticipantCase
from cases.workbook import ParsedRow, Problem, because
from cases.workbook.reasons import MAY_BE_KNOWN, MAY_BE_SOMEBODY
from roles.models import User
from roles.polish import search_text

#: With how many people of the same name, birth date or phone a row is compared.
MOST = 50


def warnings_of(rows: Sequence[ParsedRow], intake: Intake, heading: str, *, reader: User) -> list[Problem]:
    """A warning for every row that is of somebody new and like somebody known; three queries, whatever their number."""
    known = known_people(rows, intake)
    found = [(row, known.get(who(row, intake)), _as_person(row, intake)) for row in rows]
    people = _near([person for _row, _known, person in found])
    alike = [(row, likeness[0].person) for row, same, person in found if same is None and (likeness := people(person))]
    numbers = _numbers([person for _row, person in alike], reader) if alike else {}
    return [_warning(row, heading, numbers.get(person.pk, "")) for row, person in alike]


def _as_person(row: ParsedRow, intake: Intake) -> Person:
    return Person(
        organisation=intake.organisation_of(row.powiat),
        first_name=row.first_name,
        last_name=row.last_name,
        birth_date=row.birth_date,
        phone=row.phone,
    )


class _near:  # noqa: N801  reads as a verb where it is used
    """The people of the rows' organisations with a name, a birth date or a phone of theirs; called, those like one person."""

    def __init__(self, people: Iterable[Person]) -> None:
        people = list(people)
        names = {_name(each) for each in people}
        dates = {each.birth_date for each in people if each.birth_date}
        phones = {each.phone for each in people if each.phone}
        near = Q(search__in=names) | Q(birth_date__in=dates) | Q(phone__in=phones)
        others = Person.objects.filter(near, organisation__in={each.organisation_id for each in people})
        self._by: dict[tuple[int, object], list[Person]] = {}
        for other in others.only(*LOOKED_AT, "search"):
            for trait in _traits(other):
                self._by.setdefault((other.organisation_id, trait), []).append(other)

    def __call__(self, person: Person) -> list:  # type: ignore[type-arg]
        others = {
            other.pk: other
            for trait in _traits(person)
            for other in self._by.get((person.organisation_id, trait), [])[:MOST]
        }
        return likest(person, others.values())


def _traits(person: Person) -> list[object]:
    return [trait for trait in (_name(person), person.birth_date, person.phone and f"tel. {person.phone}") if trait]


def _name(person: Person) -> str:
    return search_text(person.first_name, person.last_name)


def _numbers(people: Sequence[Person], reader: User) -> dict[int, str]:
    """The number of a case of each that the reader may see, by key of the person."""
    cases = ParticipantCase.objects.visible_to(reader).filter(person__in=people).order_by("pk")
    return dict(cases.values_list("person", "number"))


def _warning(row: ParsedRow, heading: str, number: str) -> Problem:
    reason = because(MAY_BE_KNOWN, number=number) if number else because(MAY_BE_SOMEBODY)
    return Problem(row.row, heading, "", reason)
