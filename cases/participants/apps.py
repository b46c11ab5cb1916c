"""The participant's path: recruitment, pre-incubation, incubation, graduation, follow-up."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ParticipantsConfig(AppConfig):
    name = "cases.participants"
    label = "participants"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Participants")
