from typing import Any

from django.db import migrations

import stores.models.fields

AT_ONCE = 500


def fold_names(apps: Any, schema_editor: Any) -> None:
    """As `stores.models.catalogue.found_by` folds them."""
    products = apps.get_model("stores", "Product").everything
    last = 0
    while portion := list(products.filter(pk__gt=last).order_by("pk").only("pk", "sku", "model", "brand")[:AT_ONCE]):
        for product in portion:
            folded = f"{product.model} {product.brand} {product.sku}".casefold()
            product.search, product.sort_name = folded[:1400], folded[:120]
        products.bulk_update(portion, ["search", "sort_name"])
        last = portion[-1].pk


class Migration(migrations.Migration):
    dependencies = [
        ("stores", "0019_catalogue_history"),
    ]

    operations = [
        migrations.AddField(
            model_name="product",
            name="search",
            field=stores.models.fields.ArticleField(db_default="", default="", editable=False, max_length=1400),
        ),
        migrations.AddField(
            model_name="product",
            name="sort_name",
            field=stores.models.fields.ArticleField(db_default="", default="", editable=False, max_length=120),
        ),
        migrations.RunPython(fold_names, migrations.RunPython.noop, elidable=True),
    ]
