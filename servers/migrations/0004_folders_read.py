from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("servers", "0003_oauth")]

    operations = [
        migrations.AddField(
            model_name="folder",
            name="last_read_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="folder",
            name="failure",
            field=models.CharField(blank=True, default="", max_length=600),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="incomingserver",
            name="folders_sought_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AlterField(
            model_name="servererror",
            name="operation",
            field=models.CharField(
                choices=[
                    ("resolve", "Look up the host name"),
                    ("connect", "Connect"),
                    ("tls", "Encrypt the connection"),
                    ("greeting", "Read the greeting"),
                    ("token", "Get an access token"),
                    ("sign_in", "Sign in"),
                    ("open_folder", "Open the folder"),
                    ("list", "List messages"),
                    ("fetch", "Fetch messages"),
                    ("remove", "Remove messages"),
                    ("append", "Put a copy into Sent"),
                    ("mail_from", "Name the sender"),
                    ("rcpt_to", "Name the recipient"),
                    ("data", "Send the message"),
                    ("final_dot", "Finish the message"),
                ],
                max_length=16,
            ),
        ),
    ]
