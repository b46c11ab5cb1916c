"""Programmes: the editions that cases belong to, with what each has tuned."""

from collections.abc import Iterable
from datetime import date
from typing import Any, TypeVar

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from roles.models import Organisation
from workflows.parameters import Parameter

Value = TypeVar("Value", int, bool, str)


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), append_only=True)
class Programme(models.Model):
    """An edition: dates, organisations, places, and dated values of parameters."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=200)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    places = models.PositiveIntegerField(_("places"), null=True, blank=True, help_text=_("Empty: no limit."))
    organisations = models.ManyToManyField(Organisation, verbose_name=_("organisations"), related_name="programmes")
    closed_until = models.DateField(
        _("reporting closed until"),
        null=True,
        blank=True,
        help_text=_("Moves that take effect by this day are marked."),
    )

    class Meta:
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")
        ordering = ("-starts_on", "code")
        constraints = [models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="programme_order")]

    def __str__(self) -> str:
        return self.name

    def value(self, parameter: Parameter[Value], on: date) -> Value:
        """What the parameter is worth on that day: the latest value set, else its default."""
        for value in self._values:
            if value.name == parameter.name and value.valid_from <= on:
                return value.value
        return parameter.default

    def values_on(self, parameters: Iterable[Parameter[Any]], on: date) -> "dict[str, int | bool | str]":
        """Each parameter's worth on that day, by name."""
        return {parameter.name: self.value(parameter, on) for parameter in parameters}

    @cached_property
    def _values(self) -> "list[ParameterValue]":
        return sorted(self.parameter_values.all(), key=lambda value: value.valid_from, reverse=True)


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent(), append_only=True)
class ParameterValue(models.Model):
    """What a programme has set a parameter to, from a day on."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="parameter_values")
    name = models.CharField(max_length=60)
    value = models.JSONField()
    valid_from = models.DateField(_("valid from"))
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("value of a parameter")
        verbose_name_plural = _("values of parameters")
        constraints = [models.UniqueConstraint(fields=["programme", "name", "valid_from"], name="parameter_once_a_day")]

    def __str__(self) -> str:
        return f"{self.name} = {self.value}"


@pghistory.track(pghistory.InsertEvent(), pghistory.DeleteEvent(), append_only=True)
class ProgrammeOrganisation(Programme.organisations.through):  # type: ignore[name-defined]
    """That an organisation runs a programme, so that the history of both can be told."""

    class Meta:
        proxy = True
        verbose_name = _("organisation of a programme")
        verbose_name_plural = _("organisations of programmes")
