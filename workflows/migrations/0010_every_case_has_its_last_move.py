"""Every case has been opened, so every case has a last move."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("workflows", "0009_when_stages_were_entered")]

    operations = [
        migrations.AlterField(
            model_name="case",
            name="last_move_on",
            field=models.DateField(verbose_name="last move took effect on"),
        ),
    ]
