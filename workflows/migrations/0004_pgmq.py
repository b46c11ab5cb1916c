"""The queues of jobs, in the database; pgmq itself too, unless an administrator has installed it."""

from django.db import migrations

from workflows import queue


class Migration(migrations.Migration):
    dependencies = [("workflows", "0003_jobs_notices_handovers")]

    operations = [migrations.RunPython(queue.install, queue.uninstall)]
