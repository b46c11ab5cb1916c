"""The locks of a unit of work: on the base rows of its cases, always in the order of their keys."""

from collections import defaultdict
from collections.abc import Sequence

from django.db import OperationalError
from django.utils.translation import gettext as _
from psycopg.errors import DeadlockDetected, LockNotAvailable

from workflows.errors import TooLate
from workflows.models import Case


def locked_cases(keys: Sequence[int], kind: type[Case] | None = None) -> list[Case]:
    """These cases, locked in the order of their keys; `kind` is named when all are of one, which saves a query.

    Raises Case.DoesNotExist when one is missing, and TooLate when somebody holds one for longer than the lock's time-out.
    """
    if not keys:
        return []
    try:
        cases = _one_kind(keys, kind) if kind else _any_kind(keys)
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable | DeadlockDetected):
            raise
        raise TooLate(_("Somebody else is changing this case just now; please try again.")) from error
    if len(cases) < len(keys):
        raise Case.DoesNotExist(f"cases {sorted(set(keys) - {case.pk for case in cases})}")
    return cases


def free_cases(keys: Sequence[int]) -> list[Case]:
    """Those that nobody else holds just now, locked."""
    rows = Case._base_manager.select_for_update(of=("self",), skip_locked=True)
    return locked_cases(list(rows.filter(pk__in=keys).order_by("pk").values_list("pk", flat=True)))


def _one_kind(keys: Sequence[int], kind: type[Case]) -> list[Case]:
    of = ("case_ptr",) if kind is not Case else ("self",)
    rows = kind._base_manager.select_for_update(of=of).filter(pk__in=keys).order_by("pk")
    return list(rows.select_related("programme", "territory"))


def _any_kind(keys: Sequence[int]) -> list[Case]:
    base = list(Case._base_manager.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk"))
    kinds: defaultdict[type[Case], list[int]] = defaultdict(list)
    for case in base:
        kinds[case.flow_class.process_class].append(case.pk)
    return sorted((case for kind, some in kinds.items() for case in _one_kind(some, kind)), key=lambda case: case.pk)
