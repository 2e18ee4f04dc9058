from django.db import migrations


class Migration(migrations.Migration):
    """The table of uploads is made anew by the next migration: no version ever wrote a row of it."""

    dependencies = [("stores", "0019_products_order")]

    operations = [migrations.DeleteModel(name="ProductUpload")]
