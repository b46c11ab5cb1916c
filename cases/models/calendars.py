"""The secret addresses under which people's calendars are fetched."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class CalendarKey(models.Model):
    """The secret in the address of a person's calendar. Only its digest is kept; whoever loses the address makes a new one."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="calendar_key")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField(_("made"))

    class Meta:
        verbose_name = _("key of a calendar")
        verbose_name_plural = _("keys of calendars")

    def __str__(self) -> str:
        return f"{self.user_id}"
