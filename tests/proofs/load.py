"""People at work: each opens an errand, walks it to its end through the pages, and opens the next."""

import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from http.client import HTTPException

from django.db import connections

from tests.errands.models import Errand
from tests.proofs.visitors import Answer, Visitor
from workflows.models import Vote, WorkItem

APPROVE = {"outcome": "approved"}
TELL = {"tell": "on"}
#: What is done on an errand, in order: node, whose hand, what is sent.
STEPS = [
    ("prepare", "coordinator", TELL | {"outcome": "ready"}),
    ("approve_begin", "supervisor", APPROVE),
    ("walk", "tutor", TELL),
    ("count", "animator", TELL),
    ("deliver", "tutor", TELL),
    ("approve_finish", "supervisor", APPROVE),
    ("approve_finish", "second", APPROVE),
]
PATIENCE = 120  # seconds for one step, through any number of broken connections
PEOPLE = 4


class Load:
    """Goes on until `end`. A step whose answer was lost is looked up and, if it was not done, sent again."""

    def __init__(self, visitors: dict[str, Visitor], open_errand: Callable[[], Errand], ports: Sequence[int]) -> None:
        self.visitors, self.open_errand, self.ports = visitors, open_errand, ports
        self.walked: list[int] = []
        #: Item and person of every step that a web said it had done.
        self.promised: list[tuple[int, int]] = []
        self.unanswered = 0
        self._over = threading.Event()
        self._pool = ThreadPoolExecutor(PEOPLE)
        self._people: list[Future[None]] = []

    def begin(self) -> None:
        self._people = [self._pool.submit(self._work) for _person in range(PEOPLE)]

    def end(self) -> None:
        """Let everybody finish the errand in hand. Raises whatever went wrong for one of them."""
        self._over.set()
        self._pool.shutdown()
        for person in self._people:
            person.result()

    def broke(self) -> bool:
        """Whether somebody has given up."""
        return any(person.done() for person in self._people)

    def _work(self) -> None:
        try:
            while not self._over.is_set():
                case = self.open_errand()
                for node, role, told in STEPS:
                    self._step(WorkItem.objects.get(process=case, node=node), self.visitors[role], told)
                self.walked.append(case.pk)
        finally:
            connections.close_all()

    def _step(self, item: WorkItem, who: Visitor, told: dict[str, str]) -> None:
        last: object = None
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                last = self._send(item, who, told)
            except (OSError, HTTPException) as lost:
                self.unanswered += 1
                last = lost
            if isinstance(last, Answer):
                assert last.status < 500, last.text
                if last.status == 302:
                    self.promised.append((item.pk, who.user.pk))
                    return
            if is_done(item.pk, who.user.pk):
                return
            time.sleep(0.05)
        raise AssertionError(f"{item} was never done; the last answer: {last}")

    def _send(self, item: WorkItem, who: Visitor, told: dict[str, str]) -> Answer:
        return who.post(random.choice(self.ports), "decide" if item.move else "item", item.pk, **told)  # noqa: S311


def is_done(item: int, user: int) -> bool:
    """Whether the person has done the item, or given their vote on it."""
    found = WorkItem.objects.get(pk=item)
    if found.move:
        return Vote.objects.filter(item=item, user=user).exists()
    return found.finished is not None and found.owner_id == user
