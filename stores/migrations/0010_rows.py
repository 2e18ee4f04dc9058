from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("stores", "0009_fragments"),
    ]

    operations = [
        migrations.AddField(
            model_name="productupload",
            name="preview_number",
            field=models.PositiveIntegerField(default=0, verbose_name="preview"),
        ),
    ]
