from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("stores", "0026_pull_address"),
    ]

    operations = [
        migrations.AddField(
            model_name="pricelistpull",
            name="size",
            field=models.PositiveBigIntegerField(db_default=0, default=0, verbose_name="bytes"),
        ),
    ]
