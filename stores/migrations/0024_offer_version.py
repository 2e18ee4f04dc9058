from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("stores", "0023_card_batches"),
    ]

    operations = [
        migrations.AddField(
            model_name="product",
            name="offer_version",
            field=models.PositiveBigIntegerField(db_default=0, default=0, editable=False),
        ),
    ]
