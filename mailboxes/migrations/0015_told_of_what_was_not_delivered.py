from django.db import migrations, models

_KINDS = [
    ("assigned", "Assigned to me"),
    ("replied", "Reply in a conversation of mine"),
    ("mentioned", "Mentioned in a note"),
    ("undelivered", "A message of mine could not be delivered"),
    ("held", "A scheduled message of mine was held back"),
    ("overdue", "A conversation of mine waits for too long"),
]


class Migration(migrations.Migration):
    dependencies = [("mailboxes", "0014_words_of_mail")]

    operations = [
        migrations.AlterField(model_name=model, name="kind", field=models.CharField(choices=_KINDS, max_length=16))
        for model in ("notification", "notificationswitch")
    ]
