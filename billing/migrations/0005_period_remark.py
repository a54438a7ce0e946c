from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0004_first_months")]

    operations = [
        migrations.AddField(
            model_name="period",
            name="remark",
            field=models.CharField(blank=True, default="", max_length=500),
            preserve_default=False,
        ),
    ]
