from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("stores", "0004_product_by_id")]

    operations = [
        migrations.AddIndex(
            model_name="productpriceupdate",
            index=models.Index(fields=["city_price", "-id"], name="price_update_of_price"),
        ),
    ]
