"""Who has an item open just now, and who has seen which case. Kept by the open page, which says so; never by a GET."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from roles.models import User
from workflows.models import Case, CaseLook, Presence, RecentCase, WorkItem

#: A page that was not heard of for so long is closed.
WINDOW = timedelta(seconds=75)
#: How many recent cases are kept for each person.
RECENT = 12


def note_presence(item: WorkItem, *, by: User, at: datetime) -> None:
    """The person has the item open."""
    Presence.objects.bulk_create(
        [Presence(item=item, user=by, seen_at=at)],
        update_conflicts=True,
        unique_fields=["item", "user"],
        update_fields=["seen_at"],
    )


def others_at(item: WorkItem, user: User, at: datetime) -> QuerySet[Presence]:
    """Who else has the item open."""
    here = Presence.objects.filter(item=item, seen_at__gt=at - WINDOW)
    return here.exclude(user=user).select_related("user").order_by("user__sort_key")


def note_recent(case: Case, *, by: User, at: datetime) -> None:
    """The person has looked at the case; the oldest of too many recent ones are forgotten."""
    RecentCase.objects.bulk_create(
        [RecentCase(case=case, user=by, seen_at=at)],
        update_conflicts=True,
        unique_fields=["user", "case"],
        update_fields=["seen_at"],
    )
    kept = RecentCase.objects.filter(user=by).order_by("-seen_at").values("pk")[:RECENT]
    RecentCase.objects.filter(user=by).exclude(pk__in=kept).delete()


def note_look(case: Case, *, by: User, at: datetime) -> None:
    """The person has had the case before their eyes, as it was at that moment; a look never moves back."""
    CaseLook.objects.bulk_create([CaseLook(case=case, user=by, at=at)], ignore_conflicts=True)
    CaseLook.objects.filter(case=case, user=by, at__lt=at).update(at=at)


def last_look_of(user: User, case: Case) -> datetime | None:
    """When the person last had the case before their eyes; None when they never had."""
    return CaseLook.objects.filter(user=user, case=case).values_list("at", flat=True).first()


def recent_cases_of(user: User, at: datetime) -> QuerySet[RecentCase]:
    """The cases that the person looked at lately and may still see, the latest first."""
    visible = Case.objects.visible_to(user, at)
    return RecentCase.objects.filter(user=user, case__in=visible).select_related("case").order_by("-seen_at")[:RECENT]
