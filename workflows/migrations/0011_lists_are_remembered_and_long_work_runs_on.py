"""How lists open for each person, drafts of pages, priorities that an undo gives back, and notices of long work."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('roles', '0001_initial'),
        ('workflows', '0010_every_case_has_its_last_move'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ListSetting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('list', models.CharField(choices=[('work', 'my work'), ('cases', 'all cases')], max_length=5, verbose_name='list')),
                ('columns', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), size=None, verbose_name='columns')),
                ('sort', models.CharField(blank=True, max_length=20, verbose_name='order')),
            ],
            options={
                'verbose_name': 'setting of a list',
                'verbose_name_plural': 'settings of lists',
            },
        ),
        migrations.CreateModel(
            name='PageDraft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('page', models.CharField(max_length=60)),
                ('sealed', models.BinaryField()),
                ('saved_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'draft of a page',
                'verbose_name_plural': 'drafts of pages',
            },
        ),
        migrations.AddField(
            model_name='bulkrow',
            name='priority_before',
            field=models.SmallIntegerField(choices=[(-1, 'low'), (0, 'normal'), (1, 'high')], null=True),
        ),
        migrations.AddField(
            model_name='notice',
            name='link',
            field=models.CharField(blank=True, help_text='Where it leads when it is not about a case.', max_length=200),
        ),
        migrations.AlterField(
            model_name='exportlog',
            name='what',
            field=models.CharField(choices=[('cases', 'list of cases'), ('work', 'my work'), ('board', 'board'), ('powiats', 'figures by powiat'), ('import', 'rows that an import refused')], max_length=20, verbose_name='list'),
        ),
        migrations.AlterField(
            model_name='notice',
            name='case',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workflows.case'),
        ),
        migrations.AlterField(
            model_name='notice',
            name='event',
            field=models.CharField(choices=[('assigned', 'given to you'), ('returned', 'returned to you'), ('decided', 'decided, as you asked'), ('mentioned', 'you were mentioned'), ('due', 'due'), ('overdue', 'overdue'), ('outdated', 'what you asked for is not possible any more'), ('taken_back', 'a move was taken back'), ('emergency', 'emergency access to a case'), ('finished', 'long work is over')], max_length=10),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(fields=['sort_key', 'id'], name='case_by_name'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(fields=['stage_since', 'id'], name='case_by_stage_since'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('case__isnull', False), ('link', '')), models.Q(('case__isnull', True), models.Q(('link', ''), _negated=True)), _connector='OR'), name='notice_of_a_case_or_a_link'),
        ),
        migrations.AddField(
            model_name='listsetting',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='list_settings', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='pagedraft',
            name='case',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workflows.case'),
        ),
        migrations.AddField(
            model_name='pagedraft',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='listsetting',
            constraint=models.UniqueConstraint(fields=('user', 'list'), name='list_setting_once'),
        ),
        migrations.AddConstraint(
            model_name='pagedraft',
            constraint=models.UniqueConstraint(fields=('user', 'page', 'case'), name='one_draft_a_page_and_case', nulls_distinct=False),
        ),
    ]
