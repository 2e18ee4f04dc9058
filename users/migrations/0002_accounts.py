"""Sessions that end all at once, accounts that were deleted, and the table where tries are counted."""

from typing import Any

from django.core.management import call_command
from django.db import migrations, models


def create_throttle_table(apps: Any, schema_editor: Any) -> None:
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [("users", "0001_users")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="session_epoch",
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name="user",
            name="deleted_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="deleted"),
        ),
        migrations.RunPython(create_throttle_table, migrations.RunPython.noop),
    ]
