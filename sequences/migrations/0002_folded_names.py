"""What contacts are ordered by becomes columns: row-level security lets PostgreSQL enter no index by lower()."""

import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sequences", "0001_contacts_and_sequences"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="contact",
            name="contact_by_name",
        ),
        migrations.RemoveIndex(
            model_name="contact",
            name="contact_company",
        ),
        migrations.AddField(
            model_name="contact",
            name="company_folded",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.db.models.functions.text.Lower("company"),
                output_field=models.CharField(max_length=160),
            ),
        ),
        migrations.AddField(
            model_name="contact",
            name="first_folded",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.db.models.functions.text.Lower("first_name"),
                output_field=models.CharField(max_length=120),
            ),
        ),
        migrations.AddField(
            model_name="contact",
            name="last_folded",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.db.models.functions.text.Lower("last_name"),
                output_field=models.CharField(max_length=120),
            ),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(fields=["tenant", "last_folded", "first_folded", "id"], name="contact_by_folded_name"),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(fields=["tenant", "company_folded", "id"], name="contact_by_company"),
        ),
    ]
