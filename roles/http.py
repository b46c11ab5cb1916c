"""What a view of somebody signed in is given."""

from django.http import HttpRequest

from roles.models import User


class Request(HttpRequest):
    """A request that got past the sign-in: it has a person, never an anonymous one."""

    user: User
