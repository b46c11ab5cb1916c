"""Debts and care leave the diagnosis for their restricted table, with their history; a death becomes a fact of the person.

A barrier that was ticked becomes a 3, the middle of the scale that takes its place: there was one, how strong was not asked.
Backwards the ticks come back; what the history of the diagnosis said of them stays in the restricted table.
"""

from django.db import migrations

PRIVATE = """
INSERT INTO cases_privatebarriers (case_id, debts, care, recorded_by_id, recorded_at)
SELECT case_id, CASE WHEN debts THEN 3 ELSE 0 END, CASE WHEN care THEN 3 ELSE 0 END, recorded_by_id, recorded_at
FROM participants_diagnosis
"""
HISTORY = """
INSERT INTO cases_privatebarriersevent
    (pgh_created_at, pgh_label, pgh_obj_id, pgh_context_id, id, case_id, debts, care, recorded_by_id, recorded_at)
SELECT old.pgh_created_at, old.pgh_label, new.id, old.pgh_context_id, new.id, old.case_id,
       CASE WHEN old.debts THEN 3 ELSE 0 END, CASE WHEN old.care THEN 3 ELSE 0 END, old.recorded_by_id, old.recorded_at
FROM participants_diagnosisevent old JOIN cases_privatebarriers new ON new.case_id = old.case_id
ORDER BY old.pgh_id
"""
TICKS = """
UPDATE participants_diagnosis SET debts = known.debts > 0, care = known.care > 0
FROM cases_privatebarriers known WHERE known.case_id = participants_diagnosis.case_id
"""
DEATHS = """
UPDATE cases_person SET died_on = left_on
FROM participants_participantcase
WHERE person_id = cases_person.id AND exit_reason = 'death' AND left_on IS NOT NULL AND died_on IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [
        ("participants", "0006_history_begins"),
        ("cases", "0006_private_barriers_and_support"),
    ]

    operations = [
        # the history is copied as it was, not written anew by the trigger
        migrations.RunSQL(
            "ALTER TABLE cases_privatebarriers DISABLE TRIGGER USER",
            "ALTER TABLE cases_privatebarriers ENABLE TRIGGER USER",
        ),
        migrations.RunSQL(PRIVATE, "DELETE FROM cases_privatebarriers"),
        migrations.RunSQL(HISTORY, migrations.RunSQL.noop),
        migrations.RunSQL(migrations.RunSQL.noop, TICKS),
        migrations.RunSQL(
            ["SET CONSTRAINTS ALL IMMEDIATE", "ALTER TABLE cases_privatebarriers ENABLE TRIGGER USER"],
            "ALTER TABLE cases_privatebarriers DISABLE TRIGGER USER",
        ),
        migrations.RunSQL(DEATHS, migrations.RunSQL.noop),
    ]
