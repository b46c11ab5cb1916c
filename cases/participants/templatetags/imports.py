"""How imports look in lists."""

from django import template

from cases.participants.models import ParticipantImport

register = template.Library()
State = ParticipantImport.State

TONES = {
    State.UPLOADED: "info",
    State.CHECKED: "warn",
    State.UNREADABLE: "bad",
    State.WAITING: "held",
    State.RUNNING: "info",
    State.DONE: "good",
    State.CANCELLED: "plain",
}


@register.filter
def import_tone(batch: ParticipantImport) -> str:
    """The tone of its state: a warning where somebody must do something."""
    return TONES[State(batch.state)]
