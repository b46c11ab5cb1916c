"""Boards: the work of those one leads, and people by powiat."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from roles.http import Request
from workflows.boards import LATE_SHOWN, STUCK, Board, Powiats
from workflows.kinds import kind_choices, kinds


@never_cache
@require_safe
def board(request: Request) -> HttpResponse:
    """Who carries how much, where cases stand still, what is late."""
    page = board_of(request)
    context = {"board": page, "late": page.late[:LATE_SHOWN], "more": len(page.late) > LATE_SHOWN, "on": page.on}
    return render(request, "workflows/board.html", context)


@never_cache
@require_safe
def powiats(request: Request) -> HttpResponse:
    """How many people are in which stage, powiat by powiat."""
    page = powiats_of(request)
    context = {"page": page, "kinds": kind_choices(), "kind": page.kind.kind, "stuck_days": STUCK}
    return render(request, "workflows/powiats.html", context)


def board_of(request: Request) -> Board:
    """The board of those whom the reader leads; 403 for who leads nobody."""
    page = Board(request.user, localdate())
    if not page.scopes:
        raise PermissionDenied(_("The board is for those who coordinate or supervise."))
    return page


def powiats_of(request: Request) -> Powiats:
    """The figures that the address asks for; 403 for whose mandates open none."""
    known = kinds()
    kind = known.get(request.GET.get("kind", "")) or next(iter(known.values()))
    page = Powiats(request.user, localdate(), kind, of_all=request.GET.get("of") == "all")
    if not (page.sees_figures if page.of_all else page.sees_cases or page.sees_figures):
        raise PermissionDenied(_("Figures by powiat are for those whose mandate opens cases or figures."))
    return page
