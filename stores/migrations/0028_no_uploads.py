from django.db import migrations


class Migration(migrations.Migration):
    """The table of uploads is made anew by the next migration: no version ever wrote a row of it."""

    dependencies = [
        ("stores", "0027_pull_size"),
    ]

    operations = [migrations.DeleteModel(name="ProductUpload")]
