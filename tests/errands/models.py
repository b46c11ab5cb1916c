from django.conf import settings
from django.db import models

from tests.errands.lifecycle import ErrandLifecycle, Stage
from workflows.models import Case


class Errand(ErrandLifecycle, Case):
    prefix = "E"
    kind = "errand"
    stages = Stage
    path = (Stage.PLANNED, Stage.RUNNING, Stage.FINISHED, Stage.ARCHIVED)

    counted = models.BooleanField(default=False)
    remark = models.CharField(max_length=100, blank=True)


class Permit(models.Model):
    case = models.ForeignKey(Errand, on_delete=models.PROTECT, related_name="permits")
    shown_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
