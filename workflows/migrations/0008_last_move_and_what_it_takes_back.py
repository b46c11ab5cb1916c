"""The day of the last move beside that of entering the stage, and which move a revert or a reopening takes back."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("workflows", "0007_requests_outdated")]

    operations = [
        migrations.AddField(
            model_name="case",
            name="last_move_on",
            field=models.DateField(null=True, verbose_name="last move took effect on"),
        ),
        migrations.AddField(
            model_name="stagechange",
            name="takes_back",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="For a revert or a reopening: `seq` of the move that counts no more.",
                null=True,
            ),
        ),
    ]
