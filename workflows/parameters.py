"""What a programme may tune: named parameters with a default, declared beside the workflow that reads them."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

Value = TypeVar("Value", int, bool, str)


@dataclass(frozen=True)
class Parameter(Generic[Value]):
    """A number, a switch or a word that programmes may set, as dated data; `unit` is shown beside the field.

    `stages` are those in which it is read, none for all of them; `calls` is the role that a word is the programme's own name of.
    """

    name: str
    default: Value
    label: "str | _StrPromise"
    unit: "str | _StrPromise" = ""
    kind: str = ""
    lowest: int = 0
    stages: tuple[str, ...] = ()
    calls: str = ""


#: Every declared parameter by its name.
PARAMETERS: "dict[str, Parameter[Any]]" = {}


def parameter(
    name: str,
    default: Value,
    label: "str | _StrPromise",
    *,
    unit: "str | _StrPromise" = "",
    kind: str = "",
    lowest: int = 0,
    stages: Collection[str] = (),
    calls: str = "",
) -> Parameter[Value]:
    """Declare a parameter; `kind` names the kind of case it belongs to, empty for the engine's own.

    Raises ValueError when the name is taken.
    """
    if name in PARAMETERS:
        raise ValueError(f"parameter {name} is declared twice")
    PARAMETERS[name] = declared = Parameter(
        name, default, label, unit, kind, lowest, tuple(map(str, stages)), str(calls)
    )
    return declared
