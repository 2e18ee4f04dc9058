import django.db.models.deletion
import django.db.models.manager
from django.conf import settings
from django.db import migrations, models

import stores.models.fields


class Migration(migrations.Migration):
    dependencies = [
        ("stores", "0022_merchant_token"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CardCategory",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", stores.models.fields.ArticleField(max_length=512, unique=True, verbose_name="code")),
                ("title", models.CharField(max_length=1024, verbose_name="title")),
                ("folded", models.CharField(editable=False, max_length=1600)),
                ("is_offered", models.BooleanField(default=True, verbose_name="offered by the marketplace")),
                ("read_at", models.DateTimeField(verbose_name="read")),
                ("attributes_read_at", models.DateTimeField(blank=True, null=True, verbose_name="attributes read")),
            ],
            options={
                "verbose_name": "card category",
                "verbose_name_plural": "card categories",
                "ordering": ["title", "code"],
            },
        ),
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
                    ("cards_judged", "New cards judged"),
                    ("cards_refused", "New cards refused"),
                    ("cards_unsure", "New cards without an answer"),
                ],
                max_length=20,
                verbose_name="kind",
            ),
        ),
        migrations.CreateModel(
            name="CardBatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("waiting", "Waits to be sent"),
                            ("sending", "Being sent"),
                            ("unsure", "No answer"),
                            ("sent", "With the marketplace"),
                            ("judged", "Judged"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("refusal", models.CharField(blank=True, max_length=500, verbose_name="refused")),
                (
                    "code",
                    stores.models.fields.ArticleField(
                        blank=True, max_length=200, verbose_name="code at the marketplace"
                    ),
                ),
                ("status", models.CharField(blank=True, max_length=200, verbose_name="status at the marketplace")),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="sent")),
                ("next_at", models.DateTimeField(editable=False, null=True)),
                ("judged_at", models.DateTimeField(blank=True, null=True, verbose_name="judged")),
                ("claim", stores.models.fields.ArticleField(blank=True, editable=False, max_length=32)),
                ("leased_until", models.DateTimeField(editable=False, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                (
                    "sent_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="sent by",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="card_batches",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "batch of new cards",
                "verbose_name_plural": "batches of new cards",
                "ordering": ["-pk"],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="CardAttribute",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", stores.models.fields.ArticleField(max_length=512, verbose_name="code")),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("boolean", "Yes or no"),
                            ("enum", "One of a list"),
                            ("string", "Text"),
                            ("number", "Number"),
                        ],
                        max_length=10,
                        verbose_name="type",
                    ),
                ),
                ("multi_valued", models.BooleanField(default=False, verbose_name="several values")),
                ("mandatory", models.BooleanField(default=False, verbose_name="mandatory")),
                ("values", models.JSONField(blank=True, default=list, verbose_name="values")),
                ("place", models.PositiveIntegerField(default=0, verbose_name="place")),
                (
                    "category",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attributes",
                        to="stores.cardcategory",
                        verbose_name="category",
                    ),
                ),
            ],
            options={
                "verbose_name": "card attribute",
                "verbose_name_plural": "card attributes",
                "ordering": ["-mandatory", "place"],
            },
        ),
        migrations.CreateModel(
            name="NewCard",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sku", stores.models.fields.ArticleField(max_length=64, verbose_name="SKU")),
                ("title", models.CharField(blank=True, max_length=1024, verbose_name="name")),
                ("brand", models.CharField(blank=True, max_length=256, verbose_name="brand")),
                ("description", models.TextField(blank=True, verbose_name="description")),
                ("weight", models.CharField(blank=True, max_length=256, verbose_name="weight")),
                ("attributes", models.JSONField(blank=True, default=dict, verbose_name="attributes")),
                ("images", models.JSONField(blank=True, default=list, verbose_name="images")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("sent", "With the marketplace"),
                            ("moderated", "Looked at by moderators"),
                            ("failed", "Refused"),
                            ("skipped", "Passed over"),
                            ("linked", "Has its card"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("sent_sku", stores.models.fields.ArticleField(editable=False, max_length=64, null=True)),
                (
                    "remarks",
                    models.JSONField(
                        blank=True, default=list, help_text="The marketplace's own words.", verbose_name="remarks"
                    ),
                ),
                ("card_id", stores.models.fields.ArticleField(blank=True, max_length=20, verbose_name="card")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="cards",
                        to="stores.cardbatch",
                        verbose_name="batch",
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="stores.cardcategory",
                        verbose_name="category",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="stores.product",
                        verbose_name="product",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="new_cards",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "new card",
                "verbose_name_plural": "new cards",
                "ordering": ["pk"],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddIndex(
            model_name="cardbatch",
            index=models.Index(fields=["state", "next_at"], name="card_batch_due"),
        ),
        migrations.AddIndex(
            model_name="cardbatch",
            index=models.Index(fields=["store", "-id"], name="card_batch_newest"),
        ),
        migrations.AddConstraint(
            model_name="cardbatch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "sent"), _negated=True), models.Q(("code", ""), _negated=True), _connector="OR"
                ),
                name="card_batch_sent_has_code",
            ),
        ),
        migrations.AddConstraint(
            model_name="cardattribute",
            constraint=models.UniqueConstraint(fields=("category", "code"), name="card_attribute_once_per_category"),
        ),
        migrations.AddIndex(
            model_name="newcard",
            index=models.Index(fields=["state"], name="new_card_state"),
        ),
        migrations.AddConstraint(
            model_name="newcard",
            constraint=models.UniqueConstraint(fields=("batch", "sku"), name="new_card_sku_once_per_batch"),
        ),
        migrations.AddConstraint(
            model_name="newcard",
            constraint=models.UniqueConstraint(fields=("store", "sent_sku"), name="new_card_sent_once_per_store"),
        ),
        migrations.AddConstraint(
            model_name="newcard",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "linked"), _negated=True),
                    models.Q(("card_id", ""), _negated=True),
                    _connector="OR",
                ),
                name="new_card_linked_has_card",
            ),
        ),
    ]
