from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("stores", "0024_offer_version"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="product",
            index=models.Index(fields=["store", "offer_version"], name="product_offer_version"),
        ),
    ]
