"""How the verbs of this room write a fact: checked, in somebody's name, with impossible facts turned into a refusal."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.utils import timezone

from cases.models.base import Recorded, may_write
from roles.models import User
from roles.services.acting import acting
from workflows.errors import NotYet, NotYou
from workflows.models import Case

Fact = TypeVar("Fact", bound=Recorded)


@contextmanager
def impossible_facts_refused() -> Iterator[None]:
    """Turn what a model finds impossible into a refusal with its sentences."""
    try:
        yield
    except ValidationError as error:
        raise NotYet.because([str(message) for message in error.messages]) from None


def write(fact: Fact, *, by: User, at: datetime | None, **facts: Any) -> Fact:
    """Set these fields and save the row, new or corrected, in the person's name. Raises NotYet for impossible facts."""
    for name, value in facts.items():
        setattr(fact, name, value)
    fact.recorded_by, fact.recorded_at = by, at or timezone.now()
    with impossible_facts_refused():
        fact.full_clean(exclude=["case", "recorded_by"])
    with acting(by, fact.recorded_at):
        fact.save()
    return fact


def the_one(kind: type[Fact], case: Case) -> Fact:
    """The row of this kind about the case, or a new one; its history keeps what it said before."""
    found = kind._default_manager.filter(case=case).first()
    return found if found is not None else kind(case=case)


def refuse_strangers(case: Case, *, by: User, at: datetime | None, sentence: Any) -> None:
    """Facts of a case are written by those whose mandates do more than look at it. Raises NotYou."""
    if not may_write(by, at or timezone.now()).filter(pk=case.pk).exists():
        raise NotYou(str(sentence))
