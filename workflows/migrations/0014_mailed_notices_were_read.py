"""Whoever was mailed a notice before there was a page of notices has read it there; one that nobody mailed is new."""

from django.db import migrations
from django.db.models import F


def mark_read(apps, _schema_editor):
    notices = apps.get_model("workflows", "Notice").objects
    notices.filter(mail__isnull=False, read_at__isnull=True).update(read_at=F("at"))


class Migration(migrations.Migration):
    dependencies = [("workflows", "0013_tell_watch_and_choose")]

    operations = [migrations.RunPython(mark_read, migrations.RunPython.noop)]
