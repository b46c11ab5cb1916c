"""The facts of a case that guards and conditions read: loaded for many cases at once, never one by one."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from django.db.models import prefetch_related_objects

if TYPE_CHECKING:
    from workflows.models import Case


class FactsNotLoaded(RuntimeError):  # noqa: N818  reads as a sentence
    """A guard read a fact that it did not declare in `needs`."""


class Facts:
    """What has been loaded about a case: `case.facts.notices` is a list, `case.facts.exit_data` a row or None."""

    def __init__(self, case: "Case") -> None:
        self._case = case

    def __getattr__(self, name: str) -> Any:
        case = self._case
        computed: dict[str, Any] = case.__dict__.get("_computed_facts", {})
        if name in computed:
            return computed[name]
        prefetched: dict[str, Any] = getattr(case, "_prefetched_objects_cache", {})
        if name in prefetched:
            return list(prefetched[name])
        if name in case._state.fields_cache:
            return case._state.fields_cache[name]
        raise FactsNotLoaded(f"{name} of {type(case).__name__}: declare it in `needs`")

    @staticmethod
    def load(cases: Sequence["Case"], names: Iterable[str]) -> None:
        """Load these relations of cases of one kind; what is loaded already stays."""
        if not cases:
            return
        computing = type(cases[0]).computed_facts
        names = list(names)
        related = [name for name in names if name not in computing]
        if related:
            prefetch_related_objects(cases, *related)
        for name in set(names) & computing.keys():
            missing = [case for case in cases if name not in case.__dict__.setdefault("_computed_facts", {})]
            for key, value in (computing[name](missing) if missing else {}).items():
                next(case for case in missing if case.pk == key).__dict__["_computed_facts"][name] = value

    @staticmethod
    def forget(case: "Case") -> None:
        """Drop what was loaded: a verb has just changed it."""
        case.__dict__.pop("_prefetched_objects_cache", None)
        case.__dict__.pop("_computed_facts", None)
        keep = {field.name for field in case._meta.concrete_fields}
        for name in set(case._state.fields_cache) - keep:
            del case._state.fields_cache[name]
