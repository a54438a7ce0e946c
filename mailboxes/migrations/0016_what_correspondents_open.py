from django.db import migrations, models


class Migration(migrations.Migration):
    """What a correspondent's program opens, as its newest signature said."""

    dependencies = [("mailboxes", "0015_told_of_what_was_not_delivered")]

    operations = [
        migrations.AddField(
            model_name="correspondentcertificate",
            name="capabilities",
            field=models.JSONField(db_default=[], default=list),
        ),
    ]
