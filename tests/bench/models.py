"""The smallest kind of case with a guard, and what stock viewflow needs to do the same."""

from django.db import models

from roles.models import Organisation, Territory
from roles.role import Role
from workflows.lifecycle import guard, move
from workflows.models import Case


class Stage(models.TextChoices):
    ASKED = "asked", "asked"
    GRANTED = "granted", "granted"


@guard("The request is empty.")
def request_is_written(case):
    return bool(case.request)


class RequestLifecycle(models.Model):
    class Meta:
        abstract = True

    @move(
        source=Stage.ASKED,
        target=Stage.GRANTED,
        label="Grant",
        asked_by=Role.COORDINATOR,
        approved_by=Role.SUPERVISOR,
        only_if=[request_is_written],
    )
    def grant(self):
        """The request is good."""


class RequestCase(RequestLifecycle, Case):
    prefix = "B"
    kind = "request"
    stages = Stage
    path = (Stage.ASKED, Stage.GRANTED)

    request = models.CharField(max_length=100, blank=True)


class Scope(models.Model):
    """What stock viewflow hangs its per-object permission on: one row an organisation and territory."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    territory = models.ForeignKey(Territory, on_delete=models.CASCADE, related_name="+")

    class Meta:
        permissions = [(f"work_{role}", f"Work as {role}") for role in Role.values]
