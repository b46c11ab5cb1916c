"""A case from registration to its end: ours against stock viewflow; and a thousand approvals at once against one by one."""

from django.contrib.auth.models import Permission
from django.utils import timezone
from viewflow.workflow.models import Task

from roles.models import User
from tests.bench.figures import paired, queries_counted, report, seconds
from tests.bench.flows import PeerFlow, RequestFlow
from tests.bench.models import RequestCase
from tests.bench.region import Region, region
from workflows.models import StageChange, Vote, WorkItem
from workflows.services import complete, decide_many, open_cases

MANY = 1_000


def new_case(here: Region) -> RequestCase:
    return RequestCase(
        flow_class=RequestFlow,
        title="Wniosek",
        request="tak",
        territory=here.powiats[0],
        organisation=here.organisations[0],
        programme=here.programme,
        opened_on=timezone.localdate(),
    )


def ours(here: Region, coordinator: User, supervisor: User) -> None:
    """Register, write, approve, as requests would do it."""
    (case,) = open_cases([new_case(here)], by=coordinator)
    complete(WorkItem.objects.open().get(process=case), by=as_signed_in(coordinator))
    decide_many([WorkItem.objects.open().get(process=case)], by=as_signed_in(supervisor), outcome="approved").only()


def theirs(coordinator: User, supervisor: User) -> None:
    """The same by stock viewflow, asking of every step what its own views ask: whether the person may take the task and do it."""
    process = PeerFlow.register.run()
    for user in map(as_signed_in, (coordinator, supervisor)):
        task = Task.objects.get(process=process, status="NEW")
        assert task.flow_task.can_assign(user, task)
        with task.activation() as activation:
            activation.assign(user)
        assert task.flow_task.can_execute(user, task)
        with task.activation() as activation:
            activation.start(None)
            activation.execute()


def as_signed_in(user: User) -> User:
    """The person as a request finds them: what they may do is not known yet."""
    return User.objects.get(pk=user.pk)


def path() -> None:
    """The whole path, in time and in queries."""
    here = region()
    coordinator, supervisor = (
        User.objects.get(username=f"Centrum A {role} 0") for role in ("coordinator", "supervisor")
    )
    for user in (coordinator, supervisor):
        user.user_permissions.set(Permission.objects.filter(content_type__app_label="bench"))
    own, peer, ratio = paired(lambda: ours(here, coordinator, supervisor), lambda: theirs(coordinator, supervisor), 60)
    report(
        "path_time",
        1 / ratio,
        "×",
        reach="≤ 1.2",
        met=1 / ratio <= 1.2,
        against="stock viewflow",
        ours_ms=own * 1e3,
        theirs_ms=peer * 1e3,
    )
    with queries_counted() as mine:
        ours(here, coordinator, supervisor)
    with queries_counted() as peers:
        theirs(coordinator, supervisor)
    share = len(mine) / len(peers)
    report(
        "path_queries",
        share,
        "×",
        reach="≤ 1.3",
        met=share <= 1.3,
        against="stock viewflow",
        ours=len(mine),
        theirs=len(peers),
    )


def waiting(here: Region, coordinator: User) -> list[WorkItem]:
    cases = open_cases([new_case(here) for _ in range(MANY)], by=coordinator)
    keys = [case.pk for case in cases]
    for item in WorkItem.objects.open().filter(process__in=keys).select_related("process"):
        complete(item, by=coordinator)
    return list(WorkItem.objects.open().filter(process__in=keys).order_by("pk"))


def approvals() -> None:
    """A thousand approvals at once against one by one, and that both leave the same rows."""
    here = region()
    coordinator, supervisor = (
        User.objects.get(username=f"Centrum A {role} 0") for role in ("coordinator", "supervisor")
    )
    one_by_one, together = waiting(here, coordinator), waiting(here, coordinator)
    slow = seconds(lambda: [decide_many([item], by=supervisor, outcome="approved") for item in one_by_one], 1, 0)
    fast = seconds(lambda: decide_many(together, by=supervisor, outcome="approved"), 1, 0)
    same = rows_of(one_by_one) == rows_of(together)
    report(
        "approvals_at_once",
        slow / fast,
        "×",
        reach="≥ 6",
        met=slow / fast >= 6 and same,
        against="one by one through decide_many",
        same_rows=same,
        at_once_ms=fast * 1e3 / MANY,
        one_by_one_ms=slow * 1e3 / MANY,
    )


def rows_of(items: list[WorkItem]) -> list[tuple[object, ...]]:
    """What was left, less keys and times."""
    keys = [item.process_id for item in items]
    place = {key: n for n, key in enumerate(keys)}
    left: list[tuple[object, ...]] = []
    rows = WorkItem.objects.filter(process__in=keys)
    left += [("item", place[r.process_id], r.node, r.status, r.owner_id, r.outcome, r.due) for r in rows]
    left += [
        ("vote", place[v.item.process_id], v.user_id, v.outcome)
        for v in Vote.objects.filter(item__in=rows).select_related("item")
    ]
    changes = StageChange.objects.filter(case__in=keys).select_related("detail")
    left += [
        ("move", place[c.case_id], c.seq, c.source, c.target, c.detail.approved_by_id, c.detail.asked_by_id)
        for c in changes
    ]
    return sorted(left, key=str)
