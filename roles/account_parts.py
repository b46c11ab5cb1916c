"""What other apps put on the account page: each registers a part when it is ready, so that the page knows none of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from roles.models import User


@dataclass(frozen=True)
class AccountPart:
    """A card of the account page: a template, and what it is given as `part` for the person whose page it is."""

    template: str
    context_of: Callable[[User], Any]
    order: int = 50


_parts: dict[str, AccountPart] = {}


def register_part(part: AccountPart) -> None:
    """Put a card on the account page; a second one of the same template takes the place of the first."""
    _parts[part.template] = part


def parts_of(user: User) -> list[tuple[str, Any]]:
    """Every card's template and content for this person, in order."""
    parts = sorted(_parts.values(), key=lambda part: (part.order, part.template))
    return [(part.template, part.context_of(user)) for part in parts]
