"""What was there before these facts kept their history is told as its first entry; a case says how it ended.

The outcome of a case is the coded reason of its leaving, of its refusal or of its exclusion.
"""

from django.db import migrations

from roles.beginnings import history_begins

MOMENTS = {"Appeal": "recorded_at", "Notice": "recorded_at", "PlanAction": "", "Supplement": "recorded_at"}
OUTCOMES = """
UPDATE workflows_case AS kept SET outcome = coalesce(nullif(leaves.leaving, ''), leaves.exit_reason)
FROM participants_participantcase AS leaves
WHERE leaves.case_ptr_id = kept.id AND kept.outcome = '' AND leaves.leaving || leaves.exit_reason <> '';
"""


class Migration(migrations.Migration):
    dependencies = [("participants", "0005_facts_keep_their_history"), ("workflows", "0016_history_begins")]

    operations = [
        migrations.RunPython(history_begins("participants", MOMENTS), migrations.RunPython.noop),
        migrations.RunSQL(OUTCOMES, migrations.RunSQL.noop),
    ]
