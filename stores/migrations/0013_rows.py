from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("stores", "0012_payers"),
    ]

    operations = [
        migrations.AddField(
            model_name="productupload",
            name="preview_number",
            field=models.PositiveIntegerField(default=0, verbose_name="preview"),
        ),
    ]
