"""A small lifecycle on which the engine is tried."""

from django.db import models

from roles.role import Role
from workflows.lifecycle import guard, move


class Stage(models.TextChoices):
    PLANNED = "planned", "planned"
    RUNNING = "running", "running"
    FINISHED = "finished", "finished"
    DROPPED = "dropped", "dropped"
    ARCHIVED = "archived", "archived"


class Why(models.TextChoices):
    MOVED = "moved", "moved"
    TIRED = "tired", "tired"


@guard(
    "The permit has not been shown.", needs="permits", authors=lambda case: [p.shown_by_id for p in case.facts.permits]
)
def permit_is_shown(case):
    return bool(case.facts.permits)


@guard("The money has not been counted.")
def money_is_counted(case):
    return case.counted


class ErrandLifecycle(models.Model):
    class Meta:
        abstract = True

    @move(
        source=Stage.PLANNED,
        target=Stage.RUNNING,
        label="Begin",
        asked_by=Role.COORDINATOR,
        approved_by=Role.SUPERVISOR,
        only_if=[permit_is_shown],
    )
    def begin(self):
        """The permit is there."""

    @move(
        source=Stage.RUNNING,
        target=Stage.FINISHED,
        label="Finish",
        asked_by=[Role.TUTOR, Role.COORDINATOR],
        approved_by=Role.SUPERVISOR,
        only_if=[money_is_counted],
    )
    def finish(self):
        """The money is counted."""

    @move(
        source=[Stage.RUNNING],
        target=Stage.RUNNING,
        label="Amend",
        asked_by=Role.TUTOR,
        approved_by=Role.SUPERVISOR,
    )
    def amend(self):
        """Something of what was planned changes on the way."""

    @move(
        source=[Stage.PLANNED, Stage.RUNNING],
        target=Stage.DROPPED,
        label="Drop",
        asked_by=Role.TUTOR,
        approved_by=Role.COORDINATOR,
        reasons=Why,
    )
    def drop(self):
        """Nobody wants it any more."""

    @move(
        source=[Stage.FINISHED, Stage.DROPPED],
        target=Stage.ARCHIVED,
        label="Archive",
        asked_by=Role.CLOCK,
        approved_by=Role.CLOCK,
    )
    def archive(self):
        """Time has passed."""
