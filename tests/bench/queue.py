"""The queue page: ours against viewflow's `queue()` with guardian grants for the same rights, same data, same page size.

A page is what its visitor sees: the rows, and how many there are. viewflow's own queue page counts them all for its pager; ours counts
every tab to a hundred. The rows alone are given as well.
"""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.paginator import Paginator
from django.db import connection
from django.utils.timezone import localdate
from guardian.models import UserObjectPermission
from viewflow.workflow.fields import get_flow_ref, get_task_ref
from viewflow.workflow.models import Task

from cases.participants.volume import Staff, populate
from roles.models import Mandate, Organisation, User
from roles.role import Role
from tests.bench.figures import fastest, paired, report, seconds
from tests.bench.flows import PeerFlow
from tests.bench.models import Scope
from tests.bench.region import STAFF, Region, region
from workflows.inbox import PAGE, Desk, counts, queue_page
from workflows.models import Case, WorkItem
from workflows.shapes import Place

ITEMS_A_CASE = 8
DEEP = 200
#: How many times faster than viewflow's a page must be, by the number of work items.
REACH = {1_000_000: 10, 10_000_000: 50}


def fill(here: Region, items: int) -> int:
    """Cases until there are so many work items; how many there are."""
    staff = [
        Staff(
            organisation,
            [powiat.pk for powiat in here.powiats],
            {str(role): _people(organisation, role) for role in STAFF},
        )
        for organisation in here.organisations
    ]
    while (have := WorkItem.objects.count()) < items:
        missing = 1 + (items - have) // ITEMS_A_CASE
        populate(missing, staff=staff, programme=here.programme, today=localdate(), seed=have)
    return have


def _people(organisation: Organisation, role: Role) -> list[int]:
    """The organisation's team; those whose pages are measured own nothing."""
    name = organisation.short_name
    team = Mandate.objects.filter(organisation=organisation, role=role, user__username__startswith=name)
    return sorted(team.values_list("user", flat=True))


def copy_to_peer() -> None:
    """The same items in viewflow's own tables, with the permission that a role has in an organisation's powiat."""
    node, flow = get_task_ref(PeerFlow.write), get_flow_ref(PeerFlow)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE viewflow_process, viewflow_task, viewflow_task_previous, bench_scope CASCADE")
        cursor.execute(
            "INSERT INTO bench_scope (organisation_id, territory_id) SELECT DISTINCT organisation_id, territory_id FROM workflows_case"
        )
        cursor.execute(
            "INSERT INTO viewflow_process (id, flow_class, status, created, finished, data) "
            "SELECT id, %s, status, created, finished, '{}' FROM workflows_case",
            [flow],
        )
        cursor.execute(
            "INSERT INTO viewflow_task (id, flow_task, flow_task_type, status, created, assigned, started, finished, token, process_id, "
            "owner_id, owner_permission, owner_permission_content_type_id, owner_permission_obj_pk, data) "
            "SELECT i.id, %s, i.flow_task_type, i.status, i.created, i.assigned, i.started, i.finished, i.token, i.case_id, i.owner_id, "
            "CASE WHEN i.role <> '' THEN 'bench.work_' || i.role END, %s, s.id::text, '{}' "
            "FROM workflows_workitem i JOIN bench_scope s USING (organisation_id, territory_id)",
            [node, ContentType.objects.get_for_model(Scope).pk],
        )
        for table in ("workflows_workitem", "workflows_case", "viewflow_task", "viewflow_process"):
            cursor.execute(f"VACUUM ANALYZE {table}")


def grant(user: User, keys_in: Callable[[Any], Any]) -> None:
    """guardian's grants for the rights that the person's mandates give: one for each key in a scope."""
    kind = ContentType.objects.get_for_model(Scope)
    UserObjectPermission.objects.filter(user=user).delete()
    for scope in Mandate.objects.of(user).scopes():
        permission = Permission.objects.get(content_type=kind, codename=f"work_{scope.role}")
        UserObjectPermission.objects.bulk_create(
            UserObjectPermission(user=user, permission=permission, content_type=kind, object_pk=str(key))
            for key in keys_in(scope)
        )
    user.user_permissions.add(Permission.objects.get(codename="view_process"))


def of(model: type[Scope] | type[Case]) -> Callable[[Any], Any]:
    """The keys of the rows in a scope."""
    return lambda scope: model._default_manager.filter(
        organisation=scope.organisation_id, territory__in=scope.territory_ids
    ).values_list("pk", flat=True)


def rows(user: User, on: date, **place: Any) -> object:
    return queue_page(Desk(User.objects.get(pk=user.pk), on), **place)


def page(user: User, on: date, **place: Any) -> object:
    desk = Desk(User.objects.get(pk=user.pk), on)
    return queue_page(desk, **place), counts(desk)


def peer_rows(user: User) -> object:
    return list(Task.objects.queue([PeerFlow], User.objects.get(pk=user.pk)).order_by("-created")[:PAGE])


def peer_page(user: User) -> object:
    """As viewflow's own view of the queue asks for it: Django's pager, the latest first."""
    queue = Task.objects.queue([PeerFlow], User.objects.get(pk=user.pk)).order_by("-created")
    return list(Paginator(queue, PAGE).page(1).object_list)


def measure(items: int) -> float:
    """Every figure of the queue at that many items; the seconds that our page takes at its fastest, to see how it grows."""
    here, on = region(), localdate()
    about = {"items": fill(here, items)}
    copy_to_peer()
    grant(here.tutor, of(Scope))
    against_viewflow(here.tutor, on, REACH.get(items), about)
    if items <= 1_000_000:  # beyond, one page takes minutes
        against_grants_on_cases(here.tutor, on, about)
    compare("queue_page_wide", page, (here.tutor, "a tutor with 12 scopes"), here.coordinator, on, 1.2, about)
    compare("queue_page_empty", page, (here.tutor, "a full queue"), here.idle, on, 1.5, about)
    deep(here.coordinator, on, about)
    return fastest(partial(page, here.tutor, on))


def against_viewflow(tutor: User, on: date, reach: int | None, about: dict[str, int]) -> None:
    own, peer, ratio = paired(partial(page, tutor, on), partial(peer_page, tutor), 9)
    met = {"reach": f"≥ {reach}", "met": ratio >= reach} if reach else {}
    against = "viewflow's queue() as its page asks it"
    report("queue_page", ratio, "×", against=against, **met, **about, ours_ms=own * 1e3, theirs_ms=peer * 1e3)
    own_rows, peer, ratio = paired(partial(rows, tutor, on), partial(peer_rows, tutor), 9)
    same = {"against": "viewflow's queue(), nothing counted"}
    report("queue_rows", ratio, "×", **same, **about, ours_ms=own_rows * 1e3, theirs_ms=peer * 1e3)


def against_grants_on_cases(tutor: User, on: date, about: dict[str, int]) -> None:
    """guardian as it is commonly used, a grant for each object, where the figure above has one for each organisation's powiat."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE viewflow_task SET owner_permission_obj_pk = process_id::text WHERE status = 'NEW'")
    grant(tutor, of(Case))
    own, peer = seconds(partial(page, tutor, on)), seconds(partial(peer_page, tutor), 1, 0)
    grants = UserObjectPermission.objects.filter(user=tutor).count()
    same = {"against": "viewflow's queue(), a grant on each case"}
    report("queue_page_case_grants", peer / own, "×", **same, **about, grants=grants, theirs_ms=peer * 1e3)


def compare(
    figure: str,
    ask: Callable[..., object],
    usual: tuple[User, str],
    other: User,
    on: date,
    most: float,
    about: dict[str, int],
) -> None:
    base, against = usual
    known, measured, ratio = paired(partial(ask, base, on), partial(ask, other, on))
    met = {"reach": f"≤ {most}", "met": ratio <= most, "against": against}
    report(figure, ratio, "×", **met, **about, ms=measured * 1e3, against_ms=known * 1e3)


def deep(user: User, on: date, about: dict[str, int]) -> None:
    """A page far down; as far as the queue goes when it is shorter."""
    number, place = _place(user, on)
    first, last, ratio = paired(partial(page, user, on), partial(page, user, on, after=place))
    met = {"reach": "≤ 1.2", "met": ratio <= 1.2, "against": "page 1"}
    report("queue_page_200", ratio, "×", **met, **about, page=number, ms=last * 1e3, against_ms=first * 1e3)


def _place(user: User, on: date) -> tuple[int, Place | None]:
    """Where the last full page begins, or page 200."""
    desk, place = Desk(user, on), None
    for number in range(1, DEEP):
        following = queue_page(desk, after=place).after
        if following is None:
            return number, place
        place = following
    return DEEP, place
