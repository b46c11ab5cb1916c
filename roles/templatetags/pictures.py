"""What stands for a person or for a kind of event."""

from django import template

register = template.Library()

#: The icon of each kind of entry on a timeline.
KINDS = {
    "move": "arrow-right",
    "approval": "circle-check",
    "return": "arrow-back-up",
    "refusal": "circle-x",
    "hold": "player-pause",
    "comment": "message",
    "file": "paperclip",
    "session": "users",
    "field": "pencil",
    "mail": "mail",
    "access": "eye",
    "clock": "clock",
}

#: The icon of each tone of a badge or an alert; tones that are only colour have none.
TONES = {
    "late": "alert-triangle",
    "warn": "alert-circle",
    "bad": "alert-triangle",
    "good": "circle-check",
    "info": "info-circle",
    "held": "player-pause",
}

#: Django's message levels as tones.
LEVELS = {"debug": "info", "info": "info", "success": "good", "warning": "warn", "error": "bad"}


@register.filter
def initials(name: object) -> str:
    """The first letters of the first and the last word: "Żaneta Łukasiewicz" is "ŻŁ"."""
    words = str(name).split()
    return "".join(word[0] for word in [*words[:1], *words[1:][-1:]]).upper()


@register.filter
def kind_icon(kind: str) -> str:
    """The icon of a kind of event."""
    return KINDS.get(kind, "circle-dot")


@register.filter
def tone_icon(tone: str) -> str:
    """The icon that says a tone without its colour, or nothing."""
    return TONES.get(tone, "")


@register.filter
def level_tone(level: str) -> str:
    """The tone of a message of this level."""
    return LEVELS.get(level, "info")
