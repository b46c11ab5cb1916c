"""Taking rows in: a chunk a transaction, every person once, whatever was taken before."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db import connection
from django.utils import timezone

from cases.identifiers import digits_of, plain_identifier
from cases.models import Criterion, EntryData, ImportedRemark, Person, SensitiveAnswers
from cases.participants.flow import ParticipantFlow
from cases.participants.importing.region import territories_on
from cases.participants.models import ParticipantCase, ParticipantImport
from cases.participants.stages import Stage
from cases.workbook import ParsedRow
from roles.models import Organisation, Territory, User
from workflows.batch import Batch, batch
from workflows.models import Programme
from workflows.services.opening import Takeover, open_in

AT_ONCE = 200


@dataclass(frozen=True)
class Taken:
    """What came of some rows: how many were looked at, how many cases were opened, how many people were there already.

    The rest had come in with the same import before it was interrupted.
    """

    rows: int = 0
    imported: int = 0
    already_there: int = 0

    def __add__(self, other: "Taken") -> "Taken":
        return Taken(self.rows + other.rows, self.imported + other.imported, self.already_there + other.already_there)


@dataclass(frozen=True)
class Intake:
    """Where rows go: the organisation that a row's powiat belongs to, the programme, and the stage of those without one.

    `approved_by` is the supervisor who approved the takeover of people already in support; without one they are not taken. `batch` is
    the import with which the cases come, for an upload.
    """

    organisation_of: Callable[[str], Organisation]
    programme: Programme
    by: User
    stage: str = ""
    approved_by: User | None = None
    batch: ParticipantImport | None = None

    @classmethod
    def of(cls, batch: ParticipantImport) -> "Intake":
        """As an upload says."""
        return cls(
            lambda _powiat: batch.organisation,
            batch.programme,
            batch.uploaded_by,
            batch.stage,
            batch.approved_by,
            batch,
        )

    def stage_of(self, row: ParsedRow) -> str:
        """The row's own stage, else that of the whole file; empty for recruitment."""
        stage = row.stage or self.stage
        return "" if stage == Stage.RECRUITMENT else stage


def take(rows: Iterable[ParsedRow], intake: Intake, *, at: datetime | None = None) -> Iterator[Taken]:
    """Take the rows in, a chunk at a time; what is given after each chunk stays, whatever happens to the next."""
    rest = iter(rows)
    while chunk := list(islice(rest, AT_ONCE)):
        yield _take(chunk, intake, at or timezone.now())


def look(rows: Iterable[ParsedRow], intake: Intake) -> Iterator[Taken]:
    """What taking the rows in would come to, a chunk at a time; nothing is written."""
    rest = iter(rows)
    while chunk := list(islice(rest, AT_ONCE)):
        known = known_people(chunk, intake)
        there = sum(_takes_part(known, row, intake) for row in chunk)
        yield Taken(len(chunk), len(chunk) - there, there)


def takes_part_already(rows: Sequence[ParsedRow], intake: Intake) -> list[bool]:
    """Row by row, whether the person has a case in the programme."""
    known = known_people(rows, intake)
    return [_takes_part(known, row, intake) for row in rows]


def _take(rows: Sequence[ParsedRow], intake: Intake, at: datetime) -> Taken:
    with batch([], by=intake.by, at=at) as unit:
        _one_import_at_a_time(intake.programme)
        powiats = territories_on(unit.today)
        known = known_people(rows, intake)
        wanted = [row for row in rows if not _takes_part(known, row, intake)]
        people = [known.get(who(row, intake)) or _person(row, intake, powiats, at) for row in wanted]
        Person.objects.bulk_create([person for person in people if person.pk is None])
        _open(unit, wanted, people, intake, powiats)
        before = sum(_came_with_it(known, row, intake) for row in rows)
    return Taken(len(rows), len(wanted), len(rows) - len(wanted) - before)


def _open(
    unit: Batch, rows: Sequence[ParsedRow], people: Sequence[Person], intake: Intake, powiats: dict[str, Territory]
) -> None:
    takeovers = {place: takeover for place, row in enumerate(rows) if (takeover := _takeover(row, intake))}
    cases = [_case(unit, row, person, intake, powiats) for row, person in zip(rows, people, strict=True)]
    open_in(unit, cases, takeovers=takeovers)
    stamp = {"recorded_by": intake.by, "recorded_at": unit.at}
    pairs = list(zip(cases, rows, strict=True))
    EntryData.objects.bulk_create(_entry(case, row, powiats, stamp) for case, row in pairs)
    SensitiveAnswers.objects.bulk_create(_answers(case, row, stamp) for case, row in pairs)
    Criterion.objects.bulk_create(
        Criterion(case=case, letter=letter, **stamp) for case, row in pairs for letter in row.criteria
    )
    ImportedRemark.objects.bulk_create(
        ImportedRemark(case=case, body=row.remarks, **stamp) for case, row in pairs if row.remarks
    )


def _one_import_at_a_time(programme: Programme) -> None:
    """Two imports of one programme wait for each other, so that a person in both files comes in once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('participants.import'), %s)", [programme.pk])


Who = tuple[int, str, str]


def who(row: ParsedRow, intake: Intake) -> Who:
    organisation = intake.organisation_of(row.powiat)
    return organisation.pk, digits_of(row.pesel), "" if row.pesel else plain_identifier(row.other_identifier)


def known_people(rows: Sequence[ParsedRow], intake: Intake) -> dict[Who, Person]:
    """The people of these rows that their organisations know already."""
    index = {name: Person._meta.get_field(name).index_of for name in ("pesel_index", "identifier_index")}  # type: ignore[union-attr]
    wanted = {who(row, intake) for row in rows}
    by_pesel = {(key, index["pesel_index"](pesel)): (key, pesel, "") for key, pesel, _other in wanted if pesel}
    by_other = {(key, index["identifier_index"](other)): (key, "", other) for key, _pesel, other in wanted if other}
    found: dict[Who, Person] = {}
    keys = {key for key, _pesel, _other in wanted}
    for name, wanted_index in (("pesel_index", by_pesel), ("identifier_index", by_other)):
        hashes = [hashed for _key, hashed in wanted_index]
        for person in Person.objects.filter(organisation__in=keys, **{f"{name}__in": hashes}):
            bearer = wanted_index.get((person.organisation_id, getattr(person, name)))
            if bearer is not None:
                found[bearer] = person
    participating = ParticipantCase.objects.filter(programme=intake.programme, person__in=found.values())
    taking_part = dict(participating.values_list("person", "came_with"))
    for person in found.values():
        person.takes_part = person.pk in taking_part  # type: ignore[attr-defined]
        person.came_with = taking_part.get(person.pk)  # type: ignore[attr-defined]
    return found


def _takes_part(known: dict[Who, Person], row: ParsedRow, intake: Intake) -> bool:
    person = known.get(who(row, intake))
    return person is not None and person.takes_part  # type: ignore[attr-defined]


def _came_with_it(known: dict[Who, Person], row: ParsedRow, intake: Intake) -> bool:
    """Whether the person's case came with this very import, before it was interrupted."""
    person = known.get(who(row, intake))
    is_known = person is not None and person.takes_part  # type: ignore[attr-defined]
    return is_known and intake.batch is not None and person.came_with == intake.batch.pk  # type: ignore[union-attr]


def _person(row: ParsedRow, intake: Intake, powiats: dict[str, Territory], at: datetime) -> Person:
    return Person(
        organisation=intake.organisation_of(row.powiat),
        first_name=row.first_name,
        last_name=row.last_name,
        pesel=row.pesel or None,
        other_identifier=row.other_identifier or None,
        birth_date=row.birth_date,
        sex=row.sex,
        citizenship=row.citizenship,
        education=row.education,
        powiat=powiats[row.powiat],
        gmina=row.gmina,
        place=row.place,
        street=row.street,
        postcode=row.postcode,
        phone=row.phone,
        email=row.email,
        recorded_by=intake.by,
        recorded_at=at,
    )


def _case(
    unit: Batch, row: ParsedRow, person: Person, intake: Intake, powiats: dict[str, Territory]
) -> ParticipantCase:
    is_takeover = bool(intake.stage_of(row))
    return ParticipantCase(
        flow_class=ParticipantFlow,
        title=f"{row.last_name} {row.first_name}",
        person=person,
        territory=powiats[row.powiat],
        organisation=intake.organisation_of(row.powiat),
        programme=intake.programme,
        source=ParticipantCase.Source.IMPORT,
        participation=row.participation or ParticipantCase.Participation.PARTICIPANT,
        came_with=intake.batch,
        referred_by=row.referred_by[:120],
        opened_on=row.starts_on if is_takeover else unit.today,
        admitted_on=row.starts_on if is_takeover else None,
    )


def _takeover(row: ParsedRow, intake: Intake) -> Takeover | None:
    stage = intake.stage_of(row)
    if not stage or intake.approved_by is None:
        return None
    return Takeover(stage, row.stage_since or row.starts_on, intake.approved_by)


def _entry(case: ParticipantCase, row: ParsedRow, powiats: dict[str, Territory], stamp: dict[str, object]) -> EntryData:
    return EntryData(
        case=case,
        starts_on=row.starts_on,
        citizenship=row.citizenship,
        education=row.education,
        powiat=powiats[row.powiat],
        gmina=row.gmina,
        labour_status=row.labour_status,
        labour_detail=row.labour_detail,
        unemployed_since=row.unemployed_since,
        **stamp,
    )


def _answers(case: ParticipantCase, row: ParsedRow, stamp: dict[str, object]) -> SensitiveAnswers:
    return SensitiveAnswers(
        case=case,
        disability=row.disability,
        homelessness=row.homelessness,
        minority=row.minority,
        foreign_origin=row.foreign_origin,
        asked_on=row.starts_on if any((row.disability, row.homelessness, row.minority, row.foreign_origin)) else None,
        **stamp,
    )
