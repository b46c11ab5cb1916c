"""The territorial division: voivodeship, powiat, gmina, each with its TERYT code and the dates it was in force."""

from datetime import date
from typing import Self, TypeVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from roles.polish import SortKeyField

M = TypeVar("M", bound=models.Model)


class InForceQuerySet(models.QuerySet[M]):
    """Rows with `valid_from` and `valid_to`, both inclusive calendar days."""

    def in_force(self, on: date) -> Self:
        """Those valid on the day `on`."""
        return self.filter(Q(valid_from__lte=on), Q(valid_to__isnull=True) | Q(valid_to__gte=on))

    def meeting(self, first: date, last: date | None) -> Self:
        """Those valid on any day from the first to the last; `None` means for ever."""
        began = Q() if last is None else Q(valid_from__lte=last)
        return self.filter(began, Q(valid_to__isnull=True) | Q(valid_to__gte=first)).filter(
            Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from"))
        )


class TerritoryQuerySet(InForceQuerySet["Territory"]):
    """Sets of territories."""

    def within(self, territory: "Territory") -> Self:
        """The territory itself and everything below it."""
        return self.filter(path__startswith=territory.path)

    def of_mandates(self) -> Self:
        """Units that a mandate may name: a voivodeship, a powiat or a city with powiat rights."""
        return self.exclude(level=Territory.Level.GMINA)

    def by_name(self) -> Self:
        """In the order of the Polish alphabet."""
        return self.order_by("sort_key", "code", "pk")


class Territory(models.Model):
    """A unit of the territorial division; `path` is the chain of codes from the root, each followed by a slash.

    A unit that changes its name or extent ends, and another row with the same code begins: the path stays the same.
    """

    class Level(models.TextChoices):
        VOIVODESHIP = "voivodeship", _("voivodeship")
        POWIAT = "powiat", _("powiat")
        CITY_POWIAT = "city_powiat", _("city with powiat rights")
        GMINA = "gmina", _("gmina")

    class KindOfGmina(models.TextChoices):
        """The last digit of a gmina's code."""

        URBAN = "1", _("urban gmina")
        RURAL = "2", _("rural gmina")
        MIXED = "3", _("mixed gmina")

    code = models.CharField(_("TERYT code"), max_length=7)
    level = models.CharField(_("level"), max_length=11, choices=Level.choices)
    name = models.CharField(_("name"), max_length=100)
    sort_key = SortKeyField("name", max_length=400)
    parent = models.ForeignKey(
        "self", verbose_name=_("part of"), null=True, blank=True, on_delete=models.PROTECT, related_name="parts"
    )
    path = models.CharField(max_length=40, editable=False, db_index=True)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    objects = TerritoryQuerySet.as_manager()

    class Meta:
        verbose_name = _("territory")
        verbose_name_plural = _("territories")
        constraints = [
            models.UniqueConstraint(fields=["code", "valid_from"], name="territory_code_once_a_day"),
            models.UniqueConstraint(
                fields=["code"], condition=Q(valid_to__isnull=True), name="territory_code_in_force_once"
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")), name="territory_valid_order"
            ),
            models.CheckConstraint(
                condition=Q(level="voivodeship", code__regex="^[0-9]{2}$", parent__isnull=True)
                | Q(level__in=["powiat", "city_powiat"], code__regex="^[0-9]{4}$", parent__isnull=False)
                | Q(level="gmina", code__regex="^[0-9]{7}$", parent__isnull=False),
                name="territory_code_fits_level",
            ),
            models.CheckConstraint(condition=Q(path__regex="^([0-9]+/)+$"), name="territory_path_shape"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def kind_of_gmina(self) -> "Territory.KindOfGmina | None":
        """Urban, rural or mixed; None for units that are no gmina."""
        known = self.level == self.Level.GMINA and self.code[-1] in self.KindOfGmina.values
        return self.KindOfGmina(self.code[-1]) if known else None

    @staticmethod
    def path_of(code: str) -> str:
        """The chain of codes down to this one: `3010011` gives `30/3010/3010011/`."""
        return "".join(f"{code[:length]}/" for length in (2, 4, 7) if length <= len(code))


class Subregion(models.Model):
    """An area of support that a region divides itself into; which powiats it holds may change with time."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    sort_key = SortKeyField("name", max_length=400)
    territories = models.ManyToManyField(Territory, through="SubregionMembership", related_name="subregions")

    class Meta:
        verbose_name = _("support subregion")
        verbose_name_plural = _("support subregions")

    def __str__(self) -> str:
        return self.name


class SubregionMembership(models.Model):
    """A powiat belongs to a subregion from a day to a day, both inclusive."""

    subregion = models.ForeignKey(Subregion, on_delete=models.PROTECT, related_name="memberships")
    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="subregion_memberships")
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    confirmed = models.BooleanField(_("confirmed by the source"), default=False)

    objects = InForceQuerySet["SubregionMembership"].as_manager()

    class Meta:
        verbose_name = _("powiat of a subregion")
        verbose_name_plural = _("powiats of subregions")
        constraints = [
            models.UniqueConstraint(
                fields=["subregion", "territory", "valid_from"], name="subregion_territory_once_a_day"
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")), name="subregion_valid_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.territory} · {self.subregion}"
