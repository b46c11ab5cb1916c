"""The queue page: ours against viewflow's `queue()` with guardian grants for the same rights, same data, same page size."""

from datetime import date

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.utils.timezone import localdate
from guardian.models import UserObjectPermission
from viewflow.workflow.fields import get_flow_ref, get_task_ref
from viewflow.workflow.models import Task

from cases.participants.volume import Staff, populate
from roles.models import Mandate, User
from roles.role import Role
from tests.bench.figures import report, seconds
from tests.bench.flows import PeerFlow
from tests.bench.models import Scope
from tests.bench.region import STAFF, Region, region
from workflows.inbox import PAGE, queue_page
from workflows.models import WorkItem

ITEMS_A_CASE = 10


def fill(here: Region, items: int) -> int:
    """Cases until there are about so many work items; how many there are."""
    have = WorkItem.objects.count()
    staff = [
        Staff(
            organisation,
            [powiat.pk for powiat in here.powiats],
            {str(role): _people(organisation.pk, role) for role in STAFF},
        )
        for organisation in here.organisations
    ]
    missing = max(0, items - have) // ITEMS_A_CASE
    populate(missing, staff=staff, programme=here.programme, today=localdate(), seed=have)
    return WorkItem.objects.count()


def _people(organisation: int, role: Role) -> list[int]:
    mandates = Mandate.objects.filter(organisation=organisation, role=role, territory__level="voivodeship")
    return sorted(set(mandates.values_list("user", flat=True)))


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
        cursor.execute("ANALYZE viewflow_task, viewflow_process")


def grant_as_mandates(user: User) -> None:
    """guardian's grants for the rights that the person's mandates give."""
    kind = ContentType.objects.get_for_model(Scope)
    UserObjectPermission.objects.filter(user=user).delete()
    for scope in Mandate.objects.of(user).scopes():
        permission = Permission.objects.get(content_type=kind, codename=f"work_{scope.role}")
        rows = Scope.objects.filter(organisation=scope.organisation_id, territory__in=scope.territory_ids)
        UserObjectPermission.objects.bulk_create(
            UserObjectPermission(user=user, permission=permission, content_type=kind, object_pk=str(row.pk))
            for row in rows
        )
    user.user_permissions.add(Permission.objects.get(codename="view_process"))


def ours(user: User, on: date, **place: object) -> object:
    return queue_page(User.objects.get(pk=user.pk), on, **place)  # type: ignore[arg-type]


def theirs(user: User) -> object:
    return list(Task.objects.queue([PeerFlow], User.objects.get(pk=user.pk)).order_by("-created")[:PAGE])


def measure(items: int) -> float:
    """Every figure of the queue at that many items; our own time, to see how it grows."""
    here, on = region(), localdate()
    count = fill(here, items)
    copy_to_peer()
    for user in (here.tutor, here.coordinator):
        grant_as_mandates(user)
    tutor, coordinator, idle = (
        seconds(lambda user=user: ours(user, on)) for user in (here.tutor, here.coordinator, here.idle)
    )
    peer = seconds(lambda: theirs(here.tutor), 3, 1)
    reach = 10 if items < 10_000_000 else 50
    faster = {"reach": f"≥ {reach}", "met": peer / tutor >= reach, "against": "viewflow's queue()"}
    report("queue_page", peer / tutor, "×", **faster, items=count, ours_ms=tutor * 1e3, theirs_ms=peer * 1e3)
    wide = {"reach": "≤ 1.2", "met": coordinator / tutor <= 1.2, "against": "a tutor with 12 scopes"}
    report("queue_page_wide", coordinator / tutor, "×", **wide, items=count, coordinator_ms=coordinator * 1e3)
    deep_place = _place(here.tutor, on, pages=199)
    deep = seconds(lambda: ours(here.tutor, on, after=deep_place))
    report("queue_page_200", deep / tutor, "×", reach="≤ 1.2", met=deep / tutor <= 1.2, against="page 1", items=count)
    report(
        "queue_page_empty",
        idle / tutor,
        "×",
        reach="≤ 1.5",
        met=idle / tutor <= 1.5,
        against="a full queue",
        items=count,
    )
    return tutor


def _place(user: User, on: date, pages: int) -> object:
    place = None
    for _ in range(pages):
        page = queue_page(user, on, after=place)
        if page.after is None:
            break
        place = page.after
    return place
