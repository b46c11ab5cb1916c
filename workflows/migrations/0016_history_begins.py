"""What was there before facts kept their history is told as its first entry."""

from django.db import migrations

from roles.beginnings import history_begins

MOMENTS = {
    "CaseAssignment": "since",
    "CaseGrant": "valid_from",
    "Extension": "given_at",
    "Hold": "opened_at",
    "ParameterValue": "set_at",
    "Programme": "",
    "ProgrammeOrganisation": "",
}


class Migration(migrations.Migration):
    dependencies = [("workflows", "0015_facts_keep_their_history")]

    operations = [migrations.RunPython(history_begins("workflows", MOMENTS), migrations.RunPython.noop)]
