"""People already in support whom the command brings: an import of each organisation that waits for its supervisor."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from hashlib import sha256

from django.core.files.base import ContentFile
from django.db import transaction

from cases.participants.importing.checking import known_of
from cases.participants.importing.taking import Intake, takes_part_already
from cases.participants.models import ImportedTakeover, ParticipantImport
from cases.workbook import ParsedRow
from roles.models import Organisation

State = ParticipantImport.State


class HandingOver:
    """Collects the rows of a file that are of people in support already, by organisation; `leave` has them wait."""

    def __init__(self, intake: Intake, organisation_of: Callable[[str], Organisation]) -> None:
        self.intake, self.organisation_of = intake, organisation_of
        self._rows: defaultdict[Organisation, list[ParsedRow]] = defaultdict(list)
        self._powiats: Counter[str] = Counter()
        self.already_there = 0

    def pick(self, rows: Sequence[ParsedRow]) -> list[ParsedRow]:
        """Take note of those in support already, but for people who have a case in the programme; give back the others."""
        self._powiats.update(row.powiat for row in rows)
        self._add([row for row in rows if self.intake.stage_of(row)])
        return [row for row in rows if not self.intake.stage_of(row)]

    def _add(self, rows: Sequence[ParsedRow]) -> None:
        for row, is_there in zip(rows, takes_part_already(rows, self.intake), strict=True):
            self.already_there += is_there
            if not is_there:
                self._rows[self.organisation_of(row.powiat)].append(row)

    @property
    def waiting(self) -> int:
        """How many wait, or would."""
        return sum(map(len, self._rows.values()))

    def leave(self, content: bytes, name: str, at: datetime) -> list[ParticipantImport]:
        """An import for each organisation, asked for in the importer's name; one of the same file that waits already stays."""
        return [
            self._waiting_already(organisation, content) or self._leave(organisation, rows, content, name, at)
            for organisation, rows in self._rows.items()
        ]

    def _waiting_already(self, organisation: Organisation, content: bytes) -> ParticipantImport | None:
        imports = ParticipantImport.objects.filter(
            organisation=organisation,
            programme=self.intake.programme,
            uploaded_by=self.intake.by,
            stage=self.intake.stage,
            state__in=(State.WAITING, State.CHECKED, State.RUNNING),
        )
        return next((each for each in imports.exclude(file="") if _digest(_content(each)) == _digest(content)), None)

    @transaction.atomic
    def _leave(
        self, organisation: Organisation, rows: Sequence[ParsedRow], content: bytes, name: str, at: datetime
    ) -> ParticipantImport:
        importer, powiats = self.intake.by, sorted({row.powiat for row in rows})
        batch = ParticipantImport(
            organisation=organisation,
            programme=self.intake.programme,
            stage=self.intake.stage,
            name=name[-200:],
            uploaded_by=importer,
            uploaded_at=at,
            confirmed_by=importer,
            confirmed_at=at,
            state=State.WAITING,
            powiats=powiats,
            rows=sum(self._powiats[powiat] for powiat in powiats),
            taken_over=len(rows),
        )
        batch.file.save(name, ContentFile(content), save=False)
        batch.save()
        ImportedTakeover.objects.bulk_create(_known(batch, rows, self.intake))
        return batch


def _known(batch: ParticipantImport, rows: Iterable[ParsedRow], intake: Intake) -> list[ImportedTakeover]:
    return [known_of(batch, row, intake.stage_of(row)) for row in rows]


def _content(batch: ParticipantImport) -> bytes:
    with batch.file.open() as file:
        return bytes(file.read())


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()
