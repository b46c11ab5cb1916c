"""People who use the pages over HTTP, many at the same moment."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import TypeVar
from urllib.parse import urlencode

from django.conf import settings
from django.db import connections
from django.test import Client
from django.urls import reverse

Done = TypeVar("Done")

TOKEN = "a" * 32
PATIENCE = 120  # seconds for an answer; a busy machine serves fifty one after the other


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    text: str


class Visitor:
    """Somebody signed in."""

    def __init__(self, user) -> None:
        client = Client()
        client.force_login(user)
        cookies = {"csrftoken": TOKEN, settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}
        self.user = user
        self._headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            "X-CSRFToken": TOKEN,
            "Content-Type": "application/x-www-form-urlencoded",
            "Connection": "close",
        }

    def post(self, port: int, name: str, *args: int, go: Callable[[], object] = lambda: None, **told: str) -> Answer:
        """Send a form to the address of that name, when `go` returns. Raises OSError or HTTPException when nobody answers."""
        server = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        try:
            go()
            server.request("POST", reverse(f"workflows:{name}", args=args), urlencode(told), self._headers)
            response = server.getresponse()
            return Answer(response.status, response.read().decode())
        finally:
            server.close()


def at_once(acts: Sequence[Callable[[Callable[[], object]], Done]]) -> list[Done]:
    """Do all of these at the same moment; each gets a function that returns when the others are ready too."""
    gate = threading.Barrier(len(acts))

    def do(act: Callable[[Callable[[], object]], Done]) -> Done:
        try:
            return act(lambda: gate.wait(PATIENCE))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(do, acts))
