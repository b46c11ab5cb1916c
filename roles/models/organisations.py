"""Organisations that run or surround the programmes; each is its own data controller."""

from typing import Self

import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from roles.models.territory import Territory
from roles.polish import SearchTextField, SortKeyField
from roles.registers import RegisterNumberField, digits, is_krs, is_nip, is_regon


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    """Sets of organisations."""

    def active(self) -> Self:
        """Those still working with us."""
        return self.filter(is_active=True)

    def by_name(self) -> Self:
        """In the order of the Polish alphabet."""
        return self.order_by("sort_key", "pk")


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), exclude=["sort_key", "search"], append_only=True)
class Organisation(models.Model):
    """An institution, support centre, social economy entity, firm or office."""

    class Type(models.TextChoices):
        ROPS = "rops", _("ROPS – regional centre of social policy")
        OWES = "owes", _("OWES – social economy support centre")
        OPS = "ops", _("OPS – social assistance centre")
        PCPR = "pcpr", _("PCPR – powiat family support centre")
        PUP = "pup", _("PUP – powiat labour office")
        CUS = "cus", _("CUS – social services centre")
        CIS = "cis", _("CIS – social integration centre")
        KIS = "kis", _("KIS – social integration club")
        WTZ = "wtz", _("WTZ – occupational therapy workshop")
        ZAZ = "zaz", _("ZAZ – vocational activity establishment")
        NGO = "ngo", _("non-governmental organisation")
        SE_ENTITY = "se_entity", _("social economy entity")
        SOCIAL_COOPERATIVE = "social_cooperative", _("social cooperative")
        LOCAL_GOVERNMENT = "local_government", _("local government")
        FIRM = "firm", _("commercial firm")
        INCUBATOR = "incubator", _("social enterprise incubator")
        VOIVODE = "voivode", _("voivode")
        MANAGING_AUTHORITY = "managing_authority", _("managing or intermediate authority")
        OTHER = "other", _("other institution")

    name = models.CharField(_("name"), max_length=200)
    short_name = models.CharField(_("short name"), max_length=60)
    sort_key = SortKeyField("short_name")
    search = SearchTextField("name", "short_name", "nip")
    type = models.CharField(_("type"), max_length=20, choices=Type.choices)
    nip = RegisterNumberField("NIP", max_length=10, blank=True, validators=[is_nip])
    regon = RegisterNumberField("REGON", max_length=14, blank=True, validators=[is_regon])
    krs = RegisterNumberField("KRS", max_length=10, blank=True, validators=[is_krs])
    territory = models.ForeignKey(
        Territory, verbose_name=_("seat"), on_delete=models.PROTECT, related_name="organisations"
    )
    is_active = models.BooleanField(_("active"), default=True)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        constraints = [
            models.UniqueConstraint(fields=["nip"], condition=~Q(nip=""), name="organisation_nip_once"),
            models.CheckConstraint(condition=digits("nip", 10), name="organisation_nip_shape"),
            models.CheckConstraint(condition=digits("regon", 9, 14), name="organisation_regon_shape"),
            models.CheckConstraint(condition=digits("krs", 10), name="organisation_krs_shape"),
        ]

    def __str__(self) -> str:
        return self.short_name
