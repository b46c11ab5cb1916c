"""People: who they are and how to reach them."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Self

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.duplicates import LOOKED_AT, Likeness, likest
from cases.identifiers import SHOWN_DIGITS, digits_of, plain_identifier
from cases.models.base import Recorded
from cases.secrets import BlindIndexField, EncryptedTextField
from roles.models import Organisation, Territory, User, case_scopes_of
from roles.polish import SearchTextField, SortKeyField, containing, search_text
from roles.role import READS_LOGS
from workflows.models import Case
from workflows.models.cases import CaseQuerySet, within
from workflows.models.history import never_truncated

is_postcode = RegexValidator(r"\A[0-9]{2}-[0-9]{3}\Z", _("A postcode looks like 61-712."), code="postcode")
is_phone = RegexValidator(
    r"\A\+?[0-9][0-9 ]{7,18}\Z", _("A phone number has digits and spaces only, perhaps a plus in front."), code="phone"
)


class Sex(models.TextChoices):
    """As the European Social Fund counts it."""

    FEMALE = "K", _("woman")
    MALE = "M", _("man")
    NON_BINARY = "X", _("non-binary")


class Citizenship(models.TextChoices):
    """Groups of citizenship; the last two are third-country nationals."""

    POLISH = "pl", _("Polish citizen")
    EU = "eu", _("citizen of another EU country")
    NON_EU = "non_eu", _("citizen of a country outside the EU")
    STATELESS = "stateless", _("stateless person")


class Education(models.TextChoices):
    """Highest completed level of education (ISCED 2011)."""

    ISCED_0 = "0", _("less than primary (ISCED 0)")
    ISCED_1 = "1", _("primary (ISCED 1)")
    ISCED_2 = "2", _("lower secondary (ISCED 2)")
    ISCED_3 = "3", _("upper secondary (ISCED 3)")
    ISCED_4 = "4", _("post-secondary (ISCED 4)")
    ISCED_5_8 = "5-8", _("higher (ISCED 5–8)")


class AccessNeed(models.TextChoices):
    """What a person needs in order to take part."""

    SIGN_LANGUAGE = "sign_language", _("sign language")
    EASY_READ = "easy_read", _("easy-to-read text")
    WHEELCHAIR = "wheelchair", _("step-free access")
    HEARING_LOOP = "hearing_loop", _("hearing loop")
    LARGE_PRINT = "large_print", _("large print")
    ASSISTANT = "assistant", _("an assistant")
    OTHER = "other", _("something else")


class PersonQuerySet(models.QuerySet["Person"]):
    """Sets of people."""

    def visible_to(self, user: User, at: datetime | None = None) -> Self:
        """People of the cases that the user may read, whatever the kind of case."""
        return self.filter(_about_whom(Case.objects.visible_to(user, at)))

    def hidden_from(self, user: User, at: datetime | None = None) -> Self:
        """People all of whose cases are closed to the user; of somebody without any, nothing is hidden from their organisation."""
        return self.filter(_about_whom(Case.objects.all())).exclude(_about_whom(Case.objects.visible_to(user, at)))

    def of(self, organisation: Organisation) -> Self:
        """People whose data this organisation controls."""
        return self.filter(organisation=organisation)

    def with_pesel(self, number: str) -> Self:
        """The bearer of exactly this number, at most one an organisation."""
        return self.filter(pesel_index=_index("pesel_index").index_of(number))

    def with_identifier(self, text: str) -> Self:
        """The bearer of exactly this document, however it is spelt."""
        return self.filter(identifier_index=_index("identifier_index").index_of(text))

    def called(self, words: str) -> Self:
        """Those whose names contain each of the words."""
        return self.filter(containing("search", words))

    def probable_duplicates_of(self, person: "Person") -> "list[Likeness]":
        """Others of the organisation who may be the same human being, the likeliest first, and what speaks for it."""
        others = self.filter(organisation_id=person.organisation_id).exclude(pk=person.pk)
        near = Q(search=search_text(person.first_name, person.last_name))
        if person.birth_date:
            near |= Q(birth_date=person.birth_date)
        if person.phone:
            near |= Q(phone=person.phone)
        return likest(person, others.filter(near).only(*LOOKED_AT)[:200])

    def by_name(self) -> Self:
        """By surname, then first name, in the order of the Polish alphabet."""
        return self.order_by("sort_key", "pk")


@pghistory.track(
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(),
    exclude=["sort_key", "search", "pesel_index", "identifier_index"],
    append_only=True,
)
class Person(Recorded):
    """Somebody who is helped, or has asked to be; their data has one controller, the organisation."""

    class Contact(models.TextChoices):
        PHONE = "phone", _("by phone")
        SMS = "sms", _("by text message")
        EMAIL = "email", _("by e-mail")
        POST = "post", _("by post")
        IN_PERSON = "in_person", _("in person")

    organisation = models.ForeignKey(
        Organisation, verbose_name=_("data controller"), on_delete=models.PROTECT, related_name="people"
    )
    first_name = models.CharField(_("first name"), max_length=100)
    last_name = models.CharField(_("surname"), max_length=100)
    sort_key = SortKeyField("last_name", "first_name")
    search = SearchTextField("first_name", "last_name")
    pesel = EncryptedTextField("PESEL")
    pesel_index = BlindIndexField("pesel", digits_of)
    other_identifier = EncryptedTextField(_("other identifier"))
    identifier_index = BlindIndexField("other_identifier", plain_identifier)
    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    sex = models.CharField(_("sex"), max_length=1, choices=Sex.choices, blank=True)
    citizenship = models.CharField(_("citizenship"), max_length=10, choices=Citizenship.choices, blank=True)
    education = models.CharField(_("education"), max_length=3, choices=Education.choices, blank=True)
    powiat = models.ForeignKey(
        Territory, verbose_name=_("powiat"), null=True, blank=True, on_delete=models.PROTECT, related_name="residents"
    )
    gmina = models.CharField(_("gmina"), max_length=100, blank=True)
    place = models.CharField(_("place"), max_length=100, blank=True)
    street = models.CharField(_("street and number"), max_length=120, blank=True)
    postcode = models.CharField(_("postcode"), max_length=6, blank=True, validators=[is_postcode])
    phone = models.CharField(_("phone"), max_length=20, blank=True, validators=[is_phone])
    email = models.EmailField(_("e-mail"), blank=True)
    preferred_contact = models.CharField(_("preferred contact"), max_length=9, choices=Contact.choices, blank=True)
    access_needs = ArrayField(
        models.CharField(max_length=13, choices=AccessNeed.choices),
        verbose_name=_("access needs"),
        default=list,
        blank=True,
    )
    access_note = models.CharField(_("about access"), max_length=200, blank=True)
    died_on = models.DateField(_("died on"), null=True, blank=True)

    objects = PersonQuerySet.as_manager()

    class Meta:
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "pesel_index"], name="person_pesel_once"),
            models.UniqueConstraint(fields=["organisation", "identifier_index"], name="person_identifier_once"),
            models.CheckConstraint(
                condition=Q(pesel__isnull=True, pesel_index__isnull=True)
                | Q(pesel__isnull=False, pesel_index__isnull=False),
                name="person_pesel_is_indexed",
            ),
            models.CheckConstraint(
                condition=Q(other_identifier__isnull=True, identifier_index__isnull=True)
                | Q(other_identifier__isnull=False, identifier_index__isnull=False),
                name="person_identifier_is_indexed",
            ),
            models.CheckConstraint(
                condition=Q(birth_date__isnull=True) | Q(birth_date__gte=date(1900, 1, 1)),
                name="person_birth_date_plausible",
            ),
            models.CheckConstraint(
                condition=Q(postcode="") | Q(postcode__regex="^[0-9]{2}-[0-9]{3}$"), name="person_postcode_shape"
            ),
            models.CheckConstraint(
                condition=Q(access_needs__contained_by=AccessNeed.values), name="person_access_needs_known"
            ),
            models.CheckConstraint(
                condition=Q(died_on__isnull=True) | Q(birth_date__isnull=True) | Q(died_on__gte=models.F("birth_date")),
                name="person_died_after_birth",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "birth_date"], name="person_birth_date"),
            models.Index(
                fields=["organisation", "search"], name="person_search", opclasses=["int8_ops", "text_pattern_ops"]
            ),
            models.Index(fields=["organisation", "sort_key", "id"], name="person_sort"),
        ]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def masked_pesel(self) -> str:
        """The number as pages show it; empty without one."""
        return self.pesel.masked(SHOWN_DIGITS) if self.pesel else ""

    @property
    def masked_identifier(self) -> str:
        """The other document's number as pages show it; empty without one."""
        return self.other_identifier.masked(SHOWN_DIGITS) if self.other_identifier else ""

    @property
    def is_third_country_national(self) -> bool:
        """Neither Polish nor a citizen of the Union (indicator EECO13)."""
        return self.citizenship in {Citizenship.NON_EU, Citizenship.STATELESS}

    @property
    def access_in_words(self) -> str:
        """What the person needs in order to take part, and what is known of it; empty when nothing is."""
        words = dict(AccessNeed.choices)
        return "; ".join(filter(None, (", ".join(str(words[need]) for need in self.access_needs), self.access_note)))

    def age_on(self, day: date) -> int | None:
        """The age in whole years on that day; None without a birth date."""
        born = self.birth_date
        return None if born is None else day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def kinds_with_a_person() -> Iterator[tuple[type[Case], str]]:
    """Every kind of case that is about a person, with the name of its field."""
    for relation in Person._meta.related_objects:
        if issubclass(relation.related_model, Case):
            yield relation.related_model, relation.field.attname


def _about_whom(cases: CaseQuerySet) -> Q:
    about = Q(pk__in=[])
    for kind, field in kinds_with_a_person():
        about |= Q(pk__in=kind._base_manager.filter(pk__in=cases.values("pk")).values(field))
    return about


def _index(name: str) -> BlindIndexField:
    return Person._meta.get_field(name)  # type: ignore[return-value]


class AccessLogQuerySet(models.QuerySet["AccessLog"]):
    """Sets of entries of the access log."""

    def visible_to(self, user: User, on: date) -> Self:
        """Readings of cases in the scopes where the person sees the logs, and of people of those organisations apart from any case."""
        scopes = case_scopes_of(user, on, READS_LOGS)
        of_people = Q(case=None, person__organisation__in={scope.organisation_id for scope in scopes})
        return self.filter(within(scopes, "case__") | of_people)


class AccessLog(models.Model):
    """Somebody read, or filled into a document, what is masked for everybody else. Insert-only."""

    class What(models.TextChoices):
        PESEL = "pesel", _("PESEL")
        IDENTIFIER = "identifier", _("other identifier")
        ANSWERS = "answers", _("special-category answers")
        CRITERIA = "criteria", _("criteria of art. 2(6)")
        CONVICTIONS = "convictions", _("convictions")
        PSYCHOLOGIST_NOTE = "psychologist_note", _("psychologist's note")
        DOCUMENT = "document", _("restricted document")
        SIGNATURE = "signature", _("signature")
        CASE_FILE = "case_file", _("case file")
        BARRIERS = "barriers", _("debts and family")
        REMARKS = "remarks", _("imported remark")
        FILLED_IN = "filled_in", _("filled into a document without being shown")

    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="access_log")
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="access_log")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    what = models.CharField(_("what"), max_length=17, choices=What.choices)
    reason = models.CharField(_("reason"), max_length=300)

    objects = AccessLogQuerySet.as_manager()

    class Meta:
        verbose_name = _("entry of the access log")
        verbose_name_plural = _("access log")
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False) | Q(case__isnull=False), name="access_log_names_its_subject"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="access_log_has_a_reason"),
        ]
        indexes = [
            models.Index(fields=["by", "-at"], name="access_log_by"),
            models.Index(fields=["-at"], name="access_log_at"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            never_truncated("access_log_never_truncated"),
        ]

    def __str__(self) -> str:
        return f"{self.by}: {self.get_what_display()}"
