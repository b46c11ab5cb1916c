"""Who recorded what is known of a person, and when; what was there before is put down to the clock."""

import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import connection, migrations, models


def the_clock() -> int:
    """The key of the service account, for rows that are there already."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM roles_user WHERE is_service AND username = 'clock'")
        found = cursor.fetchone()
    return found[0] if found else 0


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="person",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="person",
            name="update_update",
        ),
        migrations.AddField(
            model_name="person",
            name="recorded_at",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="recorded"),
        ),
        migrations.AddField(
            model_name="person",
            name="recorded_by",
            field=models.ForeignKey(
                default=the_clock,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="recorded by",
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="personevent",
            name="recorded_at",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="recorded"),
        ),
        migrations.AddField(
            model_name="personevent",
            name="recorded_by",
            field=models.ForeignKey(
                db_constraint=False,
                default=the_clock,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="recorded by",
            ),
            preserve_default=False,
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="person",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "cases_personevent" ("access_needs", "access_note", "birth_date", "citizenship", "education", "email", "first_name", "gmina", "id", "last_name", "organisation_id", "other_identifier", "pesel", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "place", "postcode", "powiat_id", "preferred_contact", "recorded_at", "recorded_by_id", "sex", "street") VALUES (NEW."access_needs", NEW."access_note", NEW."birth_date", NEW."citizenship", NEW."education", NEW."email", NEW."first_name", NEW."gmina", NEW."id", NEW."last_name", NEW."organisation_id", NEW."other_identifier", NEW."pesel", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."phone", NEW."place", NEW."postcode", NEW."powiat_id", NEW."preferred_contact", NEW."recorded_at", NEW."recorded_by_id", NEW."sex", NEW."street"); RETURN NULL;',
                    hash="1cc058531c5a389194a20533a9c86725f2621e47",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_eb0b4",
                    table="cases_person",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="person",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."access_needs" IS DISTINCT FROM (NEW."access_needs") OR OLD."access_note" IS DISTINCT FROM (NEW."access_note") OR OLD."birth_date" IS DISTINCT FROM (NEW."birth_date") OR OLD."citizenship" IS DISTINCT FROM (NEW."citizenship") OR OLD."education" IS DISTINCT FROM (NEW."education") OR OLD."email" IS DISTINCT FROM (NEW."email") OR OLD."first_name" IS DISTINCT FROM (NEW."first_name") OR OLD."gmina" IS DISTINCT FROM (NEW."gmina") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."last_name" IS DISTINCT FROM (NEW."last_name") OR OLD."organisation_id" IS DISTINCT FROM (NEW."organisation_id") OR OLD."other_identifier" IS DISTINCT FROM (NEW."other_identifier") OR OLD."pesel" IS DISTINCT FROM (NEW."pesel") OR OLD."phone" IS DISTINCT FROM (NEW."phone") OR OLD."place" IS DISTINCT FROM (NEW."place") OR OLD."postcode" IS DISTINCT FROM (NEW."postcode") OR OLD."powiat_id" IS DISTINCT FROM (NEW."powiat_id") OR OLD."preferred_contact" IS DISTINCT FROM (NEW."preferred_contact") OR OLD."recorded_at" IS DISTINCT FROM (NEW."recorded_at") OR OLD."recorded_by_id" IS DISTINCT FROM (NEW."recorded_by_id") OR OLD."sex" IS DISTINCT FROM (NEW."sex") OR OLD."street" IS DISTINCT FROM (NEW."street"))',
                    func='INSERT INTO "cases_personevent" ("access_needs", "access_note", "birth_date", "citizenship", "education", "email", "first_name", "gmina", "id", "last_name", "organisation_id", "other_identifier", "pesel", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "place", "postcode", "powiat_id", "preferred_contact", "recorded_at", "recorded_by_id", "sex", "street") VALUES (NEW."access_needs", NEW."access_note", NEW."birth_date", NEW."citizenship", NEW."education", NEW."email", NEW."first_name", NEW."gmina", NEW."id", NEW."last_name", NEW."organisation_id", NEW."other_identifier", NEW."pesel", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."phone", NEW."place", NEW."postcode", NEW."powiat_id", NEW."preferred_contact", NEW."recorded_at", NEW."recorded_by_id", NEW."sex", NEW."street"); RETURN NULL;',
                    hash="4f41205f587c3b84ca6a3789a44454887617f0c3",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_6804f",
                    table="cases_person",
                    when="AFTER",
                ),
            ),
        ),
    ]
