"""Barriers of the diagnosis become scales from 0 to 5, a tick a 3; debts and care have moved to a restricted table."""

import django.core.validators
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

TABLES = ("participants_diagnosis", "participants_diagnosisevent")
COLUMNS = ("transport", "housing")
TO_SCALES = [
    f"ALTER TABLE {table} ALTER COLUMN {column} TYPE smallint USING CASE WHEN {column} THEN 3 ELSE 0 END, "
    f"ADD CONSTRAINT {table}_{column}_check CHECK ({column} >= 0)"
    for table in TABLES
    for column in COLUMNS
]
TO_TICKS = [
    f"ALTER TABLE {table} DROP CONSTRAINT {table}_{column}_check, ALTER COLUMN {column} TYPE boolean USING {column} > 0"
    for table in TABLES
    for column in COLUMNS
]


class Migration(migrations.Migration):

    dependencies = [
        ("participants", "0007_debts_and_deaths_move"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='diagnosis',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='diagnosis',
            name='update_update',
        ),
        migrations.RemoveField(
            model_name='diagnosis',
            name='care',
        ),
        migrations.RemoveField(
            model_name='diagnosis',
            name='debts',
        ),
        migrations.RemoveField(
            model_name='diagnosisevent',
            name='care',
        ),
        migrations.RemoveField(
            model_name='diagnosisevent',
            name='debts',
        ),
        # PostgreSQL casts no boolean to a smallint and back: the conversion is spelt out
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TO_SCALES, TO_TICKS)],
            state_operations=[
                migrations.AlterField(
                    model_name='diagnosis',
                    name='housing',
                    field=models.PositiveSmallIntegerField(default=0, validators=[django.core.validators.MaxValueValidator(5)], verbose_name='housing'),
                ),
                migrations.AlterField(
                    model_name='diagnosis',
                    name='transport',
                    field=models.PositiveSmallIntegerField(default=0, validators=[django.core.validators.MaxValueValidator(5)], verbose_name='no transport'),
                ),
                migrations.AlterField(
                    model_name='diagnosisevent',
                    name='housing',
                    field=models.PositiveSmallIntegerField(default=0, validators=[django.core.validators.MaxValueValidator(5)], verbose_name='housing'),
                ),
                migrations.AlterField(
                    model_name='diagnosisevent',
                    name='transport',
                    field=models.PositiveSmallIntegerField(default=0, validators=[django.core.validators.MaxValueValidator(5)], verbose_name='no transport'),
                ),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='diagnosis',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "participants_diagnosisevent" ("case_id", "communication", "cooperation", "diagnosed_on", "digital", "housing", "id", "initiative", "needs", "organisation", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "strengths", "transport", "vocational") VALUES (NEW."case_id", NEW."communication", NEW."cooperation", NEW."diagnosed_on", NEW."digital", NEW."housing", NEW."id", NEW."initiative", NEW."needs", NEW."organisation", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."recorded_at", NEW."recorded_by_id", NEW."strengths", NEW."transport", NEW."vocational"); RETURN NULL;', hash='cb2e9da628e4dc4cb10a2211ecdc7b6bcc101b4b', operation='INSERT', pgid='pgtrigger_insert_insert_e64ba', table='participants_diagnosis', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='diagnosis',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "participants_diagnosisevent" ("case_id", "communication", "cooperation", "diagnosed_on", "digital", "housing", "id", "initiative", "needs", "organisation", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "strengths", "transport", "vocational") VALUES (NEW."case_id", NEW."communication", NEW."cooperation", NEW."diagnosed_on", NEW."digital", NEW."housing", NEW."id", NEW."initiative", NEW."needs", NEW."organisation", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."recorded_at", NEW."recorded_by_id", NEW."strengths", NEW."transport", NEW."vocational"); RETURN NULL;', hash='415d23d4e9b2f75d58742a23253ec72767e9a403', operation='UPDATE', pgid='pgtrigger_update_update_5592e', table='participants_diagnosis', when='AFTER')),
        ),
    ]
