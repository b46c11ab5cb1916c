"""What somebody's roles are for."""

from django import template

from roles.models import User, roles_today
from roles.role import PURPOSES, READS_CASES, Role

register = template.Library()


@register.simple_tag
def purposes_without_cases(user: User) -> list[tuple[Role, object]]:
    """The roles of somebody whose roles open no case, each with what it is for; nothing for all others."""
    roles = roles_today(user)
    return [] if roles & READS_CASES else [(role, PURPOSES[role]) for role in Role if role in roles]


@register.filter
def purpose(role: str) -> object:
    """What a role is for and what it opens."""
    return PURPOSES.get(Role(role), "")
