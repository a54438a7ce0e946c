"""What became of contacts is counted by an index alone: a row enters it once, when its way ends."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sequences", "0003_enrollment_batches")]

    operations = [
        migrations.AddIndex(
            model_name="enrollment",
            index=models.Index(
                fields=["sequence", "cause"], condition=models.Q(("state", "stopped")), name="enrollment_stopped"
            ),
        ),
    ]
