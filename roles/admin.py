"""Django's admin: territory, subregions, organisations; people, mandates and sign-ins only to look at."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import Group
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from roles.models import Absence, Mandate, Organisation, Subregion, SubregionMembership, Territory, User
from roles.services import give_services_their_mandates

#: Ways into an account: theirs to change, or a service's that records it. And groups: rights are mandates here.
NOT_HERE = (EmailAddress, Authenticator, UserSession, SocialAccount, SocialApp, SocialToken, Group)


@login_not_required
def login(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
    """The admin has no door of its own: the one sign-in asks for the second factor too."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))
    if not admin.site.has_permission(request):
        raise PermissionDenied
    return redirect("admin:index")


admin.site.login = login  # type: ignore[method-assign]
admin.site.unregister(NOT_HERE)
admin.site.unregister([AccessAttempt, AccessLog, AccessFailureLog])


class NeverDeleted(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that end by a date or a flag."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnly(NeverDeleted):
    """Rows that change through the pages of the application, which check who may."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Territory)
class TerritoryAdmin(NeverDeleted):
    list_display = ["code", "name", "level", "valid_from", "valid_to"]
    list_filter = ["level"]
    search_fields = ["name", "code"]
    ordering = ["sort_key", "code"]
    autocomplete_fields = ["parent"]
    readonly_fields = ["path"]

    def save_model(self, request: HttpRequest, obj: Territory, form: ModelForm, change: bool) -> None:  # type: ignore[type-arg]
        obj.path = Territory.path_of(obj.code)
        super().save_model(request, obj, form, change)


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]
    model = SubregionMembership
    autocomplete_fields = ["territory"]
    extra = 0
    can_delete = False


@admin.register(Subregion)
class SubregionAdmin(NeverDeleted):
    list_display = ["name"]
    ordering = ["sort_key"]
    inlines = [MembershipInline]


@admin.register(Organisation)
class OrganisationAdmin(NeverDeleted):
    list_display = ["short_name", "name", "type", "territory", "is_active"]
    list_filter = ["type", "is_active"]
    list_select_related = ["territory"]
    search_fields = ["search", "nip", "regon", "krs"]
    ordering = ["sort_key"]
    autocomplete_fields = ["territory"]

    def save_model(self, request: HttpRequest, obj: Organisation, form: ModelForm, change: bool) -> None:  # type: ignore[type-arg]
        super().save_model(request, obj, form, change)
        give_services_their_mandates([obj])


@admin.register(User)
class UserAdmin(ReadOnly):
    list_display = ["username", "last_name", "first_name", "email", "is_active", "is_service", "is_superuser"]
    list_filter = ["is_active", "is_service", "is_superuser"]
    search_fields = ["search", "email"]
    ordering = ["sort_key"]
    exclude = ["password", "session_epoch"]


@admin.register(Mandate)
class MandateAdmin(ReadOnly):
    list_display = ["user", "role", "organisation", "territory", "valid_from", "valid_to", "is_reserve"]
    list_filter = ["role", "is_reserve"]
    list_select_related = ["user", "organisation", "territory"]
    search_fields = ["user__search", "organisation__search"]
    date_hierarchy = "valid_from"


@admin.register(Absence)
class AbsenceAdmin(ReadOnly):
    list_display = ["user", "deputy", "starts_on", "ends_on"]
    list_select_related = ["user", "deputy"]
    search_fields = ["user__search"]
    date_hierarchy = "starts_on"


@admin.register(AccessAttempt, AccessLog, AccessFailureLog)
class SignInAdmin(ReadOnly):
    list_display = ["attempt_time", "username", "ip_address"]
    search_fields = ["username", "ip_address"]
    date_hierarchy = "attempt_time"
    exclude = ["get_data", "post_data"]
