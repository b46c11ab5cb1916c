"""What was there before situations kept their history is told as its first entry."""

from django.db import migrations

from roles.beginnings import history_begins


class Migration(migrations.Migration):
    dependencies = [("cases", "0004_situations_keep_their_history")]

    operations = [
        migrations.RunPython(history_begins("cases", {"ExitSituation": "recorded_at"}), migrations.RunPython.noop)
    ]
