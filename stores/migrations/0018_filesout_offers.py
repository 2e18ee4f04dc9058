from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("stores", "0017_filesout")]

    operations = [
        migrations.AddIndex(
            model_name="product",
            index=models.Index(fields=["store", "offer_version"], name="product_offer_version"),
        ),
    ]
