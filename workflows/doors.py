"""Public doors of a programme: pages of the rooms that people open without signing in. The engine only shows where they are."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse

from roles.models import User
from workflows.models import Programme
from workflows.services.programmes import programmes_of

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True)
class Door:
    """A public page that takes a programme's code, what it is for, and on whose start page its address stands."""

    label: "str | _StrPromise"
    url_name: str
    offered_to: Callable[[User], bool]


@dataclass(frozen=True)
class Address:
    """Where a door of one programme is, in full, to be copied or printed."""

    label: "str | _StrPromise"
    programme: Programme
    url: str


_doors: dict[str, Door] = {}


def register_door(door: Door) -> None:
    """Let a room say that it has such a page."""
    _doors[door.url_name] = door


def doors_of(programme: Programme, on: date) -> list[Address]:
    """The addresses of a programme that runs on that day; none of any other."""
    return _addresses([programme], _doors.values(), on)


def doors_for(user: User, on: date) -> list[Address]:
    """The addresses that belong on the person's start page: of the programmes of their organisations that run."""
    doors = [door for door in _doors.values() if door.offered_to(user)]
    return _addresses(programmes_of(user, on), doors, on) if doors else []


def _addresses(programmes: Iterable[Programme], doors: Iterable[Door], on: date) -> list[Address]:
    running = [programme for programme in programmes if programme.starts_on <= on <= programme.ends_on]
    return [
        Address(door.label, programme, settings.PUBLIC_URL + reverse(door.url_name, args=[programme.code]))
        for programme in running
        for door in doors
    ]
