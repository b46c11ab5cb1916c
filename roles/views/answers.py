"""What the views of this app share: binding, refusals, going on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django import forms
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from roles.errors import NotAllowed
from roles.http import Request
from roles.models import User


def posted(request: Request) -> QueryDict | None:
    """What a form is bound to: what was sent, and nothing on a first look."""
    return request.POST if request.method == "POST" else None


@contextmanager
def refusals_on(form: forms.BaseForm) -> Iterator[None]:
    """A refusal by the service within becomes an error of the form."""
    try:
        yield
    except NotAllowed as refusal:
        form.add_error(None, str(refusal.sentence))


def status_of(form: forms.BaseForm) -> int:
    """422 for a form that was not accepted."""
    return 422 if form.errors else 200


def try_to(request: Request, verb: Callable[[], object], done: str | Promise, person: User) -> HttpResponse:
    """Do what a button asks, and go back to the person's page with the outcome in words."""
    return try_and_go(request, verb, done, reverse("roles:person", kwargs={"pk": person.pk}))


def try_and_go(request: Request, verb: Callable[[], object], done: str | Promise, go: str) -> HttpResponse:
    """Do what a button asks and go on, with the outcome in words."""
    try:
        verb()
        messages.success(request, str(done))
    except NotAllowed as refusal:
        messages.error(request, str(refusal.sentence))
    return redirect(go)


def people_crumb() -> tuple[str, str]:
    """The way back to the list of people."""
    return _("People and mandates"), reverse("roles:people")


def trail_to(person: User) -> list[tuple[str, str]]:
    """The way back to somebody's page."""
    return [people_crumb(), (str(person), reverse("roles:person", kwargs={"pk": person.pk}))]
