"""What a role is called in a programme: its own word, such as "key adviser" for a tutor, else the usual one."""

from datetime import date

from django.utils.timezone import localdate

from roles.role import Role
from workflows.models import Programme
from workflows.parameters import PARAMETERS


def role_name(role: str, programme: Programme, on: date | None = None, *, kind: str = "") -> str:
    """The role's name in the programme on a day, for cases of a kind; reads the programme's values once."""
    for parameter in PARAMETERS.values():
        if parameter.calls == role and parameter.kind in ("", kind or parameter.kind):
            own = str(programme.value(parameter, on or localdate()))
            if own:
                return own
    return str(Role(role).label)
