from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("stores", "0003_quality_limits")]

    operations = [
        migrations.AddIndex(
            model_name="product",
            index=models.Index(fields=["store", "id"], name="product_by_id"),
        ),
    ]
