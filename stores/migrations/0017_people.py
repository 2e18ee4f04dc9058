from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("stores", "0016_keeps_prices"),
    ]

    operations = [
        migrations.AddField(
            model_name="stockrules",
            name="version",
            field=models.PositiveIntegerField(db_default=1, default=1, editable=False),
        ),
    ]
