"""The account's own time zone counts for its sequences too."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("sequences", "0005_one_time_zone")]

    operations = [migrations.RemoveField(model_name="sendingsettings", name="time_zone")]
