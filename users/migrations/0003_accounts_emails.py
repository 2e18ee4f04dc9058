"""Who was here before sign-up was open was made by the operator, who vouched for the e-mail."""

from typing import Any

from django.db import migrations


def vouch(apps: Any, schema_editor: Any) -> None:
    user_model, address_model = apps.get_model("users", "User"), apps.get_model("account", "EmailAddress")
    known = address_model.objects.values("user")
    for user in user_model.objects.exclude(pk__in=known).iterator():
        address_model.objects.get_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})


class Migration(migrations.Migration):
    dependencies = [("users", "0002_accounts"), ("account", "0009_emailaddress_unique_primary_email")]

    operations = [migrations.RunPython(vouch, migrations.RunPython.noop)]
