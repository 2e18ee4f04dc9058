from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("stores", "0025_offer_version_index"),
    ]

    operations = [
        migrations.AddField(
            model_name="pricelistpull",
            name="address",
            field=models.CharField(blank=True, db_default="", default="", max_length=45, verbose_name="address"),
        ),
    ]
