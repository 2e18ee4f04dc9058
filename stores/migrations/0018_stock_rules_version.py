from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("stores", "0017_card_searches"),
    ]

    operations = [
        migrations.AddField(
            model_name="stockrules",
            name="version",
            field=models.PositiveIntegerField(db_default=1, default=1, editable=False),
        ),
    ]
