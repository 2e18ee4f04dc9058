from typing import Any

from django.db import migrations


def forget_sign_ins(apps: Any, schema_editor: Any) -> None:
    """One row per sign-in lay here, with address and browser; none is written any more."""
    apps.get_model("axes", "AccessLog").objects.using(schema_editor.connection.alias).all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0005_staff"),
        ("axes", "0010_accessattemptexpiration"),
    ]

    operations = [migrations.RunPython(forget_sign_ins, migrations.RunPython.noop)]
