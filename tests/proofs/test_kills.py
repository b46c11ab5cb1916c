"""Web and workers killed with `kill -9` at random moments under load: nothing half done, nothing lost, nothing twice."""

import json
import random
import time
from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from config.celery import app as celery
from tests.errands.jobs import TELL
from tests.errands.models import Permit
from tests.proofs.load import STEPS, Load, is_done
from workflows import jobs
from workflows.models import Case, Heartbeat, Job, Notice, StageChange, Vote, WorkItem
from workflows.notifications import MAIL
from workflows.queue import CLOCK

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.scaled]

#: What the clock would send every minute, sent every second.
ROUND = ["workflows.tasks.sweep", "workflows.tasks.fire_timers", "workflows.tasks.seal_history"]
PATIENCE = 120  # seconds


def tick() -> None:
    """The clock comes round."""
    for task in ROUND:
        celery.send_task(task, queue=CLOCK, expires=PATIENCE)


def work_on(load: Load, steps: int) -> None:
    """Wait until so many steps more were done: the kill meets a house at work, and it worked again after the last one."""
    enough, end, ticked = len(load.promised) + steps, time.monotonic() + PATIENCE, 0.0
    while len(load.promised) < enough and not load.broke():
        assert time.monotonic() < end, "it does not recover"
        if time.monotonic() - ticked > 1:
            tick()
            ticked = time.monotonic()
        time.sleep(0.01)


def come_to_rest() -> None:
    """Let workers finish. What a killed one had in hand is taken up when its lease or the sweep's patience is over: here, early."""
    open_jobs = Job.objects.filter(state__in=[Job.State.WAITING, Job.State.RUNNING])
    end = time.monotonic() + PATIENCE
    while open_jobs.exists() or Notice.objects.waiting().exists():
        assert time.monotonic() < end, f"left: {list(open_jobs.values_list('name', 'state', 'last_error')[:9])}"
        ago = timezone.now() - timedelta(seconds=1)
        stuck = Job.objects.filter(sent_at__lt=ago - timedelta(seconds=4))
        stuck.filter(state=Job.State.RUNNING).update(lease_until=ago)
        stuck.filter(state=Job.State.WAITING).update(sent_at=ago - jobs.PATIENCE)
        tick()
        time.sleep(1)


def test_a_worker_goes_on_when_a_process_of_it_is_killed_that_waits_for_work(house):
    house.open("worker1")
    for _each in range(2):
        await_beat()
        _leader, idle, *_others = house.family("worker1")
        idle.kill()
        idle.wait()
    await_beat()


def await_beat() -> None:
    """A worker does what the clock sends."""
    Heartbeat.objects.all().delete()
    celery.send_task("workflows.tasks.beat_heartbeat", queue=CLOCK)
    end = time.monotonic() + PATIENCE
    while not Heartbeat.objects.exists():
        assert time.monotonic() < end, "the worker does nothing"
        time.sleep(0.05)


def test_whoever_is_killed_when_nothing_is_half_done_lost_or_done_twice(house, visitors, open_errand, rounds):
    names = ["web1", "worker1", "web2", "worker2"]
    house.open(*names)
    load = Load(visitors, open_errand, list(house.ports.values()))
    load.begin()
    try:
        for number in range(rounds(5, 30)):
            work_on(load, random.randint(2, 12))  # noqa: S311
            house.mend()
            name = names[number % len(names)]
            house.kill(name, random.choice(house.family(name)))  # noqa: S311
        work_on(load, len(STEPS))
    finally:
        load.end()
    house.mend()
    come_to_rest()

    every_promise_was_kept(load)
    every_move_is_whole(load)
    every_effect_was_made_once(house, load)
    every_row_fits(house)
    print(  # noqa: T201
        f"{rounds(5, 30)} kills: {len(load.walked)} errands, {len(load.promised)} steps answered, {load.unanswered} not,"
        f" {Job.objects.count()} jobs, {Notice.objects.count()} notices"
    )


def every_row_fits(house):
    for command in ("verify_integrity", "verify_history"):
        ended = house.run(command, "--json")
        assert (ended.returncode, json.loads(ended.stdout)["problems"]) == (0, []), ended.stderr


def every_promise_was_kept(load):
    assert [promise for promise in load.promised if not is_done(*promise)] == []


def every_move_is_whole(load):
    moves = Counter(StageChange.objects.values_list("case", "move"))
    assert moves == {(case, move): 1 for case in load.walked for move in ("open", "begin", "finish")}
    assert set(Case.objects.values_list("stage", flat=True)) == {"finished"}
    assert Vote.objects.count() == 3 * len(load.walked)
    nodes = Counter(WorkItem.objects.human().values_list("process", "node"))
    assert nodes == {(case, node): 1 for case in load.walked for node, _role, _told in STEPS}
    assert list(WorkItem.objects.open().values_list("node", flat=True)) == ["cool"] * len(load.walked)


def every_effect_was_made_once(house, load):
    assert set(Job.objects.values_list("state", flat=True)) == {"done"}
    told = sum("tell" in sent for _node, _role, sent in STEPS)
    assert Job.objects.filter(name=TELL).count() == told * len(load.walked)
    assert Counter(Permit.objects.values_list("case", flat=True)) == dict.fromkeys(load.walked, 1 + told)
    mails = Job.objects.filter(name=MAIL, notices__isnull=False).distinct()
    assert len(list((house.folder / "var" / "mail").glob("*.eml"))) == mails.count()
    assert Notice.objects.filter(mail=None).count() == 0
