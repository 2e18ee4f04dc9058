import django.db.models.deletion
import django.db.models.manager
from django.conf import settings
from django.db import migrations, models

import stores.models.fields


class Migration(migrations.Migration):
    dependencies = [
        ("stores", "0021_catalogue_order"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="notification",
            name="kind",
            field=models.CharField(
                choices=[
                    ("price_changed", "Price changed"),
                    ("price_proposed", "A price waits for you"),
                    ("price_held", "Price held"),
                    ("price_list_refused", "Price list refused"),
                    ("not_published", "Prices not in a price list in time"),
                    ("not_pulled", "Price list not fetched in time"),
                    ("not_seen", "Price not seen in time"),
                    ("prices_restored", "Prices put back"),
                    ("blind", "Storefront unreachable"),
                    ("changed_by_hand", "Price changed in the marketplace's cabinet"),
                    ("product_paused", "Product paused by a breaker"),
                    ("store_paused", "Store paused by a breaker"),
                    ("everything_stopped", "All prices stopped"),
                    ("new_rival", "New seller on a card"),
                    ("stuck_on", "Somebody joined your card"),
                    ("token_refused", "API token refused"),
                ],
                max_length=20,
                verbose_name="kind",
            ),
        ),
        migrations.CreateModel(
            name="MerchantToken",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sealed", stores.models.fields.ArticleField(editable=False, max_length=1000)),
                (
                    "last_four",
                    stores.models.fields.ArticleField(
                        editable=False, max_length=4, verbose_name="last four characters"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("unknown", "Not checked yet"),
                            ("valid", "Works"),
                            ("refused", "Refused by the marketplace"),
                        ],
                        default="unknown",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("checked_at", models.DateTimeField(blank=True, null=True, verbose_name="checked")),
                ("entered_at", models.DateTimeField(verbose_name="entered")),
                (
                    "entered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="entered by",
                    ),
                ),
                (
                    "store",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="merchant_token",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "API token of the marketplace",
                "verbose_name_plural": "API tokens of the marketplace",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("sealed", ""), _negated=True), name="merchant_token_is_sealed"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state", "unknown"), ("checked_at__isnull", False), _connector="OR"),
                        name="merchant_token_state_has_time",
                    ),
                ],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
    ]
