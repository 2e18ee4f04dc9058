import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("users", "0001_schema")]

    operations = [
        migrations.AlterField(
            model_name="usertariff",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="tariffs",
                to=settings.AUTH_USER_MODEL,
                verbose_name="user",
            ),
        ),
    ]
