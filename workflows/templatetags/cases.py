"""How cases and their work look in lists: the tone of a stage, what is late, the way back."""

from datetime import date

from django import template
from django.template.context import Context
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from workflows.lifecycle import Text
from workflows.models import Case, SavedView, WorkItem
from workflows.panels import Panel
from workflows.role_names import role_name

register = template.Library()

#: Tones of the stages on a path: the first, those on the way, the last but one, the last.
ON_THE_WAY = ("info", "early", "mid")


@register.filter
def stage_tone(case: Case) -> str:
    """The tone of the case's stage by its place on the path: calm colours on the way, none when it is over."""
    path = list(case.flow_class.process_class.path)
    if case.stage not in path:
        return "held"
    place = path.index(case.stage)
    if place == len(path) - 1:
        return "plain"
    return "good" if place == len(path) - 2 else ON_THE_WAY[min(place, len(ON_THE_WAY) - 1)]


@register.filter
def stage_word(case: Case, stage: str) -> str:
    """What a stage of this case's kind is called; a name that its lifecycle no longer knows stays as it is."""
    stages = dict(case.flow_class.process_class.stages.choices)
    return str(stages.get(stage, stage))


@register.filter
def is_late(item: WorkItem, on: date) -> bool:
    """Whether an open item's deadline has passed by that day."""
    return item.is_open and item.due is not None and item.due < on


@register.filter
def is_current(view: SavedView, asked: str) -> bool:
    """Whether the address asks for this saved view."""
    return str(view.pk) == asked


@register.filter
def called_in(role: str, case: Case) -> str:
    """What a role is called in the programme of this case."""
    return role_name(role, case.programme, kind=case.kind_name)


@register.filter
def worth(value: int | bool | str) -> str:
    """A parameter's value in words."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value)


@register.simple_tag(takes_context=True)
def draw(context: Context, panel: Panel) -> str:
    """A panel of the case's page, as its room's template draws it."""
    return render_to_string(panel.template, panel.context, context["request"])


@register.simple_tag
def trail_of(case: Case | None = None) -> list[tuple[Text, str]]:
    """The way back: from a page below a case to it, from the case itself to all of them."""
    above: list[tuple[Text, str]] = [(_("All cases"), reverse("workflows:cases"))]
    return [*above, (case.number, case.get_absolute_url())] if case else above
