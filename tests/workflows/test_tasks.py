"""Every task may come three times, and twice at once: what is in the database, and what was sent, is as after once."""

import threading
from collections import Counter
from datetime import date

import pytest
import time_machine
from celery import current_app
from django.core import mail
from django.db import connection, transaction
from psycopg import sql

from roles.models import User
from roles.role import Role
from tests.workflows.conftest import at, item_of
from workflows import notifications, tasks
from workflows.models import Job
from workflows.services import add_item, ask, decide_many, put_on_hold

pytestmark = pytest.mark.django_db(transaction=True)

#: Differs from run to run by nature: keys from sequences, and what is computed from salts.
BY_NATURE = {
    "id",
    "case_ptr_id",
    "change_id",
    "item_id",
    "host_id",
    "mail_id",
    "from_workitem_id",
    "to_workitem_id",
    "last_change",
    "digest",
    "salt",
    "hash",
    "history_hash",
    "previous_hash",
    "root",
}
NOON = at(14, hour=12)
HALF_A_YEAR_LATER = at(300)


def a_job(region, team, case):
    add_item(case, by=team.animator, title="Call", role=Role.TUTOR, due=date(2026, 3, 6), to=team.tutor, at=at())
    notifications.mail_at_once(NOON)


def a_lost_job(region, team, case):
    Job.objects.create(
        name=notifications.MAIL, key="lost", args={"user": team.tutor.pk}, created_at=at(), run_after=at()
    )
    add_item(case, by=team.animator, title="Call", role=Role.TUTOR, due=date(2026, 3, 6), to=team.tutor, at=at())


def a_timer(region, team, case):
    ask(case, "drop", by=team.tutor, reason="moved", at=at(1))
    decide_many([item_of(case, "dropping")], by=team.coordinator, outcome="approved", at=at(2)).only()


def a_deadline(region, team, case):
    put_on_hold(case, by=team.tutor, starts_on=date(2026, 3, 16), reason="care", at=NOON)
    add_item(case, by=team.animator, title="Call", role=Role.TUTOR, due=date(2026, 3, 6), to=team.tutor, at=at())
    add_item(case, by=team.animator, title="Write", role=Role.ANIMATOR, due=date(2026, 3, 6), to=team.animator, at=at())
    User.objects.filter(pk=team.animator.pk).update(is_active=False)


def a_notice(region, team, case):
    User.objects.update(notify="daily")
    add_item(case, by=team.animator, title="Call", role=Role.TUTOR, due=date(2026, 3, 6), to=team.tutor, at=at())


def nothing(region, team, case):
    """The case itself is enough."""


SCENARIOS = {
    "run_job": a_job,
    "sweep": a_lost_job,
    "fire_timers": a_timer,
    "seal_history": nothing,
    "escalate": a_deadline,
    "send_digests": a_notice,
    "hand_out_chores": nothing,
    "beat_heartbeat": nothing,
}


def call(name) -> None:
    task = getattr(tasks, name)
    task(Job.objects.values_list("pk", flat=True).first()) if name == "run_job" else task()


def contents() -> dict[str, Counter]:
    """Every row of the engine's tables, without what differs by nature, and the mails that were sent."""
    found: dict[str, Counter] = {"mails": Counter(message.extra_headers["Message-ID"] for message in mail.outbox)}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table.startswith(("workflows_", "errands_")):
                cursor.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table)))
                names = [column.name for column in cursor.description]
                found[table] = Counter(
                    str([value for name, value in zip(names, row, strict=True) if name not in BY_NATURE])
                    for row in cursor.fetchall()
                )
    return found


def afresh(settings) -> None:
    mail.outbox.clear()
    settings.SEALS_FILE.unlink(missing_ok=True)


def in_threads(do, count) -> None:
    start = threading.Barrier(count)

    def one() -> None:
        try:
            start.wait(10)
            do()
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_task_may_come_twice_at_once_and_again(name, region, team, new_errand, settings, tmp_path):
    settings.SEALS_FILE = tmp_path / "seals.jsonl"
    User.objects.filter(is_service=False).update(notify="at_once")
    User.objects.filter(pk=team.tutor.pk).update(email="tutor@example.org")
    SCENARIOS[name](region, team, new_errand())
    with time_machine.travel(HALF_A_YEAR_LATER if name == "fire_timers" else NOON, tick=False):
        afresh(settings)
        with transaction.atomic():
            call(name)
            once = contents()
            transaction.set_rollback(True)
        afresh(settings)
        before = contents()
        in_threads(lambda: call(name), 2)
        assert contents() == once
        for _ in range(3):
            call(name)
        assert contents() == once
    assert once != before


def test_every_task_of_ours_has_a_scenario():
    ours = {name.removeprefix("workflows.tasks.") for name in current_app.tasks if name.startswith("workflows.tasks.")}
    assert ours == set(SCENARIOS)
