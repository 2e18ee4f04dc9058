"""
Indexes that are the beginning of another one are written with every row, and answer nothing.

Django would copy each table on SQLite to leave one out. MariaDB never made them: the longer one serves the key.
"""

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def drop_spare(apps: Any, schema_editor: Any) -> None:
    """Drop what `db_index` of these columns has made."""
    connection = schema_editor.connection
    if connection.vendor != "sqlite":
        return
    for name, column in SPARE:
        table = apps.get_model("stores", name)._meta.db_table  # noqa: SLF001 -- the public way to a table
        with connection.cursor() as cursor:
            constraints = connection.introspection.get_constraints(cursor, table)
        for index, found in constraints.items():
            if found["index"] and not found["unique"] and found["columns"] == [column]:
                schema_editor.execute(f"DROP INDEX {connection.ops.quote_name(index)}")


# Model, column.
SPARE = [
    ("availability", "product_id"),
    ("cardattribute", "category_id"),
    ("cardbatch", "store_id"),
    ("cataloguechange", "product_id"),
    ("cataloguechange", "store_id"),
    ("cityprice", "product_id"),
    ("client", "store_id"),
    ("competitor", "store_id"),
    ("competitorproduct", "market_id"),
    ("competitorproductmonitoring", "market_id"),
    ("invitation", "store_id"),
    ("listing", "store_id"),
    ("membership", "store_id"),
    ("newcard", "batch_id"),
    ("newcard", "store_id"),
    ("notification", "store_id"),
    ("order", "store_id"),
    ("orderaccount", "store_id"),
    ("orderaccountline", "store_id"),
    ("orderitem", "order_id"),
    ("orderreading", "store_id"),
    ("orderreturn", "store_id"),
    ("pricelistpull", "store_id"),
    ("pricelistversion", "store_id"),
    ("priceturn", "store_id"),
    ("pricingrule", "store_id"),
    ("product", "store_id"),
    ("productpriceupdate", "city_price_id"),
    ("productpriceupdate", "store_id"),
    ("productupload", "store_id"),
    ("qualitystate", "store_id"),
    ("replay", "store_id"),
    ("salespoint", "store_id"),
    ("stockmovement", "order_item_id"),
    ("stockmovement", "store_id"),
    ("uploadcolumns", "store_id"),
    ("uploadpage", "upload_id"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("stores", "0005_price_update_of_price"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="availability",
                    name="product",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="availabilities",
                        to="stores.product",
                        verbose_name="product",
                    ),
                ),
                migrations.AlterField(
                    model_name="cardattribute",
                    name="category",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attributes",
                        to="stores.cardcategory",
                        verbose_name="category",
                    ),
                ),
                migrations.AlterField(
                    model_name="cardbatch",
                    name="store",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="card_batches",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
                migrations.AlterField(
                    model_name="cataloguechange",
                    name="product",
                    field=models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="catalogue_changes",
                        to="stores.product",
                        verbose_name="product",
                    ),
                ),
                migrations.AlterField(
                    model_name="cataloguechange",
                    name="store",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="catalogue_changes",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
                migrations.AlterField(
                    model_name="cityprice",
                    name="product",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="city_prices",
                        to="stores.product",
                        verbose_name="product",
                    ),
                ),
                migrations.AlterField(
                    model_name="client",
                    name="store",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="clients",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
                migrations.AlterField(
                    model_name="competitor",
                    name="store",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="competitors",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
                migrations.AlterField(
                    model_name="competitorproduct",
                    name="market",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="offers",
                        to="stores.cardmarket",
                        verbose_name="card market",
                    ),
                ),
                migrations.AlterField(
                    model_name="competitorproductmonitoring",
                    name="market",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="history",
                        to="stores.cardmarket",
                        verbose_name="card market",
                    ),
                ),
                migrations.AlterField(
                    model_name="invitation",
                    name="store",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="invitations",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
                migrations.AlterField(
                    model_name="listing",
                    name="store",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="listings",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
                migrations.AlterField(
                    model_name="membership",
                    name="store",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
                migrations.AlterField(
                    model_name="newcard",
                    name="batch",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="cards",
                        to="stores.cardbatch",
                        verbose_name="batch",
                    ),
                ),
                migrations.AlterField(
                    model_name="newcard",
                    name="store",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="new_cards",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
                migrations.AlterField(
                    model_name="notification",
                    name="store",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notifications",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
                migrations.AlterField(
                    model_name="order",
                    name="store",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="orders",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
                migrations.AlterField(
                    model_name="orderaccount",
                    name="store",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="order_accounts",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
                migrations.AlterField(
                    model_name="orderaccountline",
                    name="store",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
                migrations.AlterField(
                    model_name="orderitem",
                    name="order",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="stores.order",
                        verbose_name="order",
                    ),
                ),
                migrations.AlterField(
                    model_name="orderreading",
                    name="store",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="order_readings",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
                migrations.AlterField(
                    model_name="orderreturn",
                    name="store",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="order_returns",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
                migrations.AlterField(
                    model_name="pricelistpull",
                    name="store",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="price_list_pulls",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
                migrations.AlterField(
                    model_name="pricelistversion",
                    name="store",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="price_list_versions",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
                migrations.AlterField(
                    model_name="priceturn",
                    name="store",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="price_turns",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
                migrations.AlterField(
                    model_name="pricingrule",
                    name="store",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pricing_rules",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
                migrations.AlterField(
                    model_name="product",
                    name="store",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="products",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
                migrations.AlterField(
                    model_name="productpriceupdate",
                    name="city_price",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="updates",
                        to="stores.cityprice",
                        verbose_name="city price",
                    ),
                ),
                migrations.AlterField(
                    model_name="productpriceupdate",
                    name="store",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="price_updates",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
                migrations.AlterField(
                    model_name="productupload",
                    name="store",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="product_uploads",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
                migrations.AlterField(
                    model_name="qualitystate",
                    name="store",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="quality_states",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
                migrations.AlterField(
                    model_name="replay",
                    name="store",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="replays",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
                migrations.AlterField(
                    model_name="salespoint",
                    name="store",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sales_points",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
                migrations.AlterField(
                    model_name="stockmovement",
                    name="order_item",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stock_movements",
                        to="stores.orderitem",
                        verbose_name="order item",
                    ),
                ),
                migrations.AlterField(
                    model_name="stockmovement",
                    name="store",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stock_movements",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
                migrations.AlterField(
                    model_name="uploadcolumns",
                    name="store",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="upload_columns",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
                migrations.AlterField(
                    model_name="uploadpage",
                    name="upload",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pages",
                        to="stores.productupload",
                        verbose_name="upload",
                    ),
                ),
            ],
            database_operations=[migrations.RunPython(drop_spare, migrations.RunPython.noop)],
        )
    ]
