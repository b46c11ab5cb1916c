"""`stage_since` was moved by moves within a stage: keep that day as the last move's, and take the day of entering from history."""

from django.db import migrations

FORWARDS = """
UPDATE workflows_case SET last_move_on = stage_since;
UPDATE workflows_case AS kept SET stage_since = entered.effective_on
FROM (
    SELECT DISTINCT ON (came.case_id) came.case_id, came.target, came.effective_on
    FROM workflows_stagechange AS came
    WHERE came.source <> came.target AND came.move NOT IN ('revert', 'reopen')
    ORDER BY came.case_id, came.seq DESC
) AS entered
WHERE entered.case_id = kept.id AND entered.target = kept.stage AND entered.effective_on < kept.stage_since;
"""
BACKWARDS = "UPDATE workflows_case SET stage_since = last_move_on;"


class Migration(migrations.Migration):
    dependencies = [("workflows", "0008_last_move_and_what_it_takes_back")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
