"""On the way back a notice needs its case again; those of long work have none."""

from django.db import migrations


def forget(apps, schema_editor):
    apps.get_model("workflows", "Notice").objects.filter(case=None).delete()


class Migration(migrations.Migration):
    dependencies = [("workflows", "0011_lists_are_remembered_and_long_work_runs_on")]

    operations = [migrations.RunPython(migrations.RunPython.noop, forget)]
