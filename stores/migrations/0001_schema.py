from datetime import UTC, datetime

import django.core.validators
import django.db.models.deletion
import django.db.models.manager
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import stores.models.fields
import stores.models.store
import stores.models.uploads
import users.fields


class Migration(migrations.Migration):
    replaces = [
        ("stores", "0001_initial"),
        ("stores", "0003_ledger"),
        ("stores", "0004_clocks"),
        ("stores", "0005_stock"),
        ("stores", "0006_plans"),
        ("stores", "0007_staff"),
        ("stores", "0008_notification_kinds"),
        ("stores", "0009_fragments"),
        ("stores", "0010_sent_at"),
        ("stores", "0011_counts"),
        ("stores", "0012_payers"),
        ("stores", "0013_rows"),
        ("stores", "0014_kept"),
        ("stores", "0015_inline"),
        ("stores", "0016_keeps_prices"),
        ("stores", "0017_card_searches"),
        ("stores", "0018_stock_rules_version"),
        ("stores", "0019_from_backup"),
    ]

    initial = True

    dependencies = [
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
                ("attributes_tried_at", models.DateTimeField(editable=False, null=True)),
            ],
            options={
                "verbose_name": "card category",
                "verbose_name_plural": "card categories",
                "ordering": ["title", "code"],
            },
        ),
        migrations.CreateModel(
            name="CompetitorStore",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "merchant_id",
                    stores.models.fields.ArticleField(max_length=64, unique=True, verbose_name="merchant id"),
                ),
                ("name", models.CharField(max_length=300, verbose_name="name")),
                (
                    "rating",
                    models.FloatField(
                        blank=True, help_text="0 to 5; empty without reviews.", null=True, verbose_name="rating"
                    ),
                ),
                ("reviews", models.PositiveIntegerField(default=0, verbose_name="reviews")),
                ("first_seen_at", models.DateTimeField(verbose_name="first seen")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="changed")),
            ],
            options={
                "verbose_name": "competitor store",
                "verbose_name_plural": "competitor stores",
                "ordering": ["name", "pk"],
            },
        ),
        migrations.CreateModel(
            name="CardMarket",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("card_id", stores.models.fields.ArticleField(max_length=20, verbose_name="card")),
                ("city_id", stores.models.fields.ArticleField(max_length=9, verbose_name="city")),
                ("lowest", models.PositiveIntegerField(null=True, verbose_name="lowest, ₸")),
                ("median", models.PositiveIntegerField(null=True, verbose_name="median, ₸")),
                ("offer_count", models.PositiveSmallIntegerField(default=0, verbose_name="offers")),
                ("looked_at", models.DateTimeField(null=True, verbose_name="looked")),
                ("changes_seen", models.PositiveIntegerField(default=0, verbose_name="changes seen")),
                ("watched_since", models.DateTimeField(null=True, verbose_name="watched since")),
                ("recent_median", models.FloatField(null=True, verbose_name="median lately, ₸")),
                ("refused_median", models.PositiveIntegerField(null=True, verbose_name="median refused, ₸")),
                ("refused_at", models.DateTimeField(null=True, verbose_name="refused")),
                ("refused_since", models.DateTimeField(null=True, verbose_name="refused since")),
                ("refused_looks", models.PositiveIntegerField(db_default=0, default=0, verbose_name="looks refused")),
                ("listed_lowest", models.PositiveIntegerField(null=True, verbose_name="lowest as listed, ₸")),
                (
                    "listed_leader",
                    stores.models.fields.ArticleField(blank=True, max_length=64, verbose_name="leader as listed"),
                ),
                ("listed_at", models.DateTimeField(null=True, verbose_name="listed")),
                ("rate_changes", models.FloatField(db_default=0.0, default=0.0, verbose_name="changes learnt")),
                (
                    "rate_exposure",
                    models.FloatField(db_default=0.0, default=0.0, verbose_name="seconds of looking learnt"),
                ),
                (
                    "rate_war",
                    models.FloatField(db_default=0.03, default=0.03, verbose_name="probability of a price war"),
                ),
                (
                    "value",
                    models.FloatField(help_text="1 is usual; empty: not known yet.", null=True, verbose_name="value"),
                ),
                ("next_look_at", models.DateTimeField(db_index=True, verbose_name="next look")),
                ("claim", stores.models.fields.ArticleField(blank=True, max_length=32)),
                ("leased_until", models.DateTimeField(null=True)),
                ("look_number", models.PositiveBigIntegerField(default=0)),
                ("is_undecided", models.BooleanField(db_index=True, default=False)),
                ("undecidable_at", models.DateTimeField(editable=False, null=True)),
                ("failures", models.PositiveIntegerField(default=0, verbose_name="failed looks in a row")),
                (
                    "unknown_looks",
                    models.PositiveIntegerField(db_default=0, default=0, verbose_name="looks that found no offers"),
                ),
                ("last_error", models.CharField(blank=True, max_length=300, verbose_name="last error")),
                (
                    "leader",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="leads",
                        to="stores.competitorstore",
                        verbose_name="leader",
                    ),
                ),
            ],
            options={
                "verbose_name": "card market",
                "verbose_name_plural": "card markets",
                "ordering": ["pk"],
                "indexes": [models.Index(fields=["claim"], name="card_market_claim")],
                "constraints": [
                    models.UniqueConstraint(fields=("card_id", "city_id"), name="card_market_once_per_city")
                ],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="FeeCategory",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "category_code",
                    stores.models.fields.ArticleField(
                        help_text="As the marketplace writes it, for example Master - Kettles.",
                        max_length=255,
                        unique=True,
                        verbose_name="category",
                    ),
                ),
                (
                    "commission_key",
                    stores.models.fields.ArticleField(
                        help_text="The key of a commission among the shares.", max_length=64, verbose_name="commission"
                    ),
                ),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="changed")),
            ],
            options={
                "verbose_name": "category's commission",
                "verbose_name_plural": "commissions of categories",
                "ordering": ["category_code"],
            },
        ),
        migrations.CreateModel(
            name="ListingTrust",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("city_id", stores.models.fields.ArticleField(max_length=9, unique=True, verbose_name="city")),
                ("compared", models.FloatField(default=0, verbose_name="comparisons lately")),
                ("agreed", models.FloatField(default=0, verbose_name="agreed")),
                ("agreement", models.FloatField(null=True, verbose_name="agreement when last judged")),
                ("retry_at", models.DateTimeField(null=True, verbose_name="not believed; tried again")),
            ],
            options={
                "verbose_name": "trust in listings",
                "verbose_name_plural": "trust in listings",
                "ordering": ["city_id"],
            },
        ),
        migrations.CreateModel(
            name="PathStep",
            fields=[
                (
                    "name",
                    models.CharField(
                        choices=[
                            ("looked", "Looked"),
                            ("decided", "Decided"),
                            ("published", "Published"),
                            ("pulled", "Pulled"),
                            ("seen", "Seen"),
                            ("told", "Told"),
                            ("guarded", "Guards made their round"),
                        ],
                        max_length=10,
                        primary_key=True,
                        serialize=False,
                        verbose_name="step",
                    ),
                ),
                ("finished_at", models.DateTimeField(verbose_name="finished")),
            ],
            options={
                "verbose_name": "path step",
                "verbose_name_plural": "path steps",
            },
        ),
        migrations.CreateModel(
            name="Release",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("build", stores.models.fields.ArticleField(max_length=64, verbose_name="build")),
                ("engine_version", stores.models.fields.ArticleField(max_length=16, verbose_name="engine")),
                ("engine_accepted_at", models.DateTimeField(blank=True, null=True, verbose_name="engine accepted")),
                ("recorded_at", models.DateTimeField(auto_now_add=True, verbose_name="recorded")),
            ],
            options={
                "verbose_name": "release",
                "verbose_name_plural": "releases",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="WatchTempo",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("multiplier", models.FloatField(verbose_name="multiplier")),
                ("shortest", models.FloatField(verbose_name="shortest interval, s")),
                ("longest", models.FloatField(verbose_name="longest interval, s")),
                ("usual_rate", models.FloatField(verbose_name="usual changes a second")),
                ("usual_shape", models.FloatField(verbose_name="usual likeness")),
                ("usual_war", models.FloatField(verbose_name="usual share of price wars")),
                ("tuned_at", models.DateTimeField(null=True, verbose_name="tuned")),
                ("claim", stores.models.fields.ArticleField(blank=True, max_length=32)),
                ("leased_until", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "tempo of the watch",
                "verbose_name_plural": "tempo of the watch",
            },
        ),
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("beginning", stores.models.fields.ArticleField(max_length=12, verbose_name="beginning")),
                ("digest", stores.models.fields.ArticleField(editable=False, max_length=64, unique=True)),
                ("scopes", models.JSONField(verbose_name="what it may do")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("expires_at", models.DateTimeField(verbose_name="valid until")),
                ("last_used_at", models.DateTimeField(null=True, verbose_name="last used")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="api_tokens",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "API token",
                "verbose_name_plural": "API tokens",
                "ordering": ["name", "pk"],
            },
        ),
        migrations.CreateModel(
            name="FeeDelivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "code",
                    stores.models.fields.ArticleField(
                        help_text="Names the row in explanations.", max_length=64, verbose_name="code"
                    ),
                ),
                ("source", models.TextField(help_text="The document and its date.", verbose_name="source")),
                ("valid_from", models.DateField(verbose_name="valid from")),
                (
                    "valid_to",
                    models.DateField(
                        blank=True, help_text="Empty: until further notice.", null=True, verbose_name="valid to"
                    ),
                ),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="changed")),
                (
                    "zone",
                    models.CharField(
                        choices=[
                            ("city", "Within the city"),
                            ("country", "Across the country"),
                            ("express", "Express"),
                        ],
                        max_length=10,
                        verbose_name="zone",
                    ),
                ),
                (
                    "price_from",
                    models.PositiveIntegerField(
                        validators=[django.core.validators.MinValueValidator(1)], verbose_name="price from, ₸"
                    ),
                ),
                (
                    "price_to",
                    models.PositiveIntegerField(
                        blank=True, help_text="Empty: and more.", null=True, verbose_name="price to, ₸"
                    ),
                ),
                (
                    "weight_from_g",
                    models.PositiveIntegerField(
                        validators=[django.core.validators.MinValueValidator(1)], verbose_name="weight from, g"
                    ),
                ),
                (
                    "weight_to_g",
                    models.PositiveIntegerField(
                        blank=True, help_text="Empty: and more.", null=True, verbose_name="weight to, g"
                    ),
                ),
                (
                    "fee",
                    models.PositiveIntegerField(
                        validators=[django.core.validators.MaxValueValidator(2000000000)],
                        verbose_name="fee without VAT, ₸",
                    ),
                ),
            ],
            options={
                "verbose_name": "delivery fee",
                "verbose_name_plural": "delivery fees",
                "ordering": ["zone", "-valid_from", "price_from", "weight_from_g"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("zone__in", ["city", "country", "express"])),
                        name="fee_delivery_zone_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to__isnull", True), ("valid_to__gte", models.F("valid_from")), _connector="OR"
                        ),
                        name="fee_delivery_days_in_order",
                        violation_error_message="The end lies before the beginning.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("price_from__gte", 1),
                            models.Q(
                                ("price_to__isnull", True), ("price_to__gte", models.F("price_from")), _connector="OR"
                            ),
                        ),
                        name="fee_delivery_prices_in_order",
                        violation_error_message="The end lies before the beginning.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("weight_from_g__gte", 1),
                            models.Q(
                                ("weight_to_g__isnull", True),
                                ("weight_to_g__gte", models.F("weight_from_g")),
                                _connector="OR",
                            ),
                        ),
                        name="fee_delivery_weights_in_order",
                        violation_error_message="The end lies before the beginning.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FeeShare",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "code",
                    stores.models.fields.ArticleField(
                        help_text="Names the row in explanations.", max_length=64, verbose_name="code"
                    ),
                ),
                ("source", models.TextField(help_text="The document and its date.", verbose_name="source")),
                ("valid_from", models.DateField(verbose_name="valid from")),
                (
                    "valid_to",
                    models.DateField(
                        blank=True, help_text="Empty: until further notice.", null=True, verbose_name="valid to"
                    ),
                ),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="changed")),
                (
                    "rate",
                    models.CharField(
                        choices=[
                            ("commission", "Commission"),
                            ("vat", "VAT"),
                            ("turnover_tax", "Tax on turnover"),
                            ("returned", "Parcels that come back"),
                            ("bonus", "Bonus"),
                        ],
                        max_length=20,
                        verbose_name="rate",
                    ),
                ),
                (
                    "key",
                    stores.models.fields.ArticleField(
                        blank=True,
                        help_text="Which commission, or which tax regime. The other rates have none.",
                        max_length=64,
                        verbose_name="key",
                    ),
                ),
                (
                    "share",
                    models.DecimalField(
                        decimal_places=6,
                        help_text="A part of one: 0.125, not 12.5.",
                        max_digits=7,
                        verbose_name="share",
                    ),
                ),
            ],
            options={
                "verbose_name": "fee share",
                "verbose_name_plural": "fee shares",
                "ordering": ["rate", "key", "-valid_from"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("rate__in", ["commission", "vat", "turnover_tax", "returned", "bonus"])),
                        name="fee_share_rate_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("share__gte", 0), ("share__lt", 1)),
                        name="fee_share_under_1",
                        violation_error_message="A share lies between 0 and 1.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to__isnull", True), ("valid_to__gte", models.F("valid_from")), _connector="OR"
                        ),
                        name="fee_share_days_in_order",
                        violation_error_message="The end lies before the beginning.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("rate__in", ["commission", "turnover_tax"]), models.Q(("key", ""), _negated=True)
                            ),
                            models.Q(
                                models.Q(("rate__in", ["commission", "turnover_tax"]), _negated=True), ("key", "")
                            ),
                            _connector="OR",
                        ),
                        name="fee_share_has_its_key",
                        violation_error_message="A commission and a tax have a key, the other rates have none.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PriceStop",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                (
                    "code",
                    stores.models.fields.ArticleField(
                        choices=[
                            ("blocked", "too many prices that rules wanted were blocked"),
                            ("moved_together", "too many prices moved far in one direction at once"),
                            ("falls_without_sale", "the price fell again and again without a sale"),
                            ("stores_paused", "several stores paused within half an hour"),
                            ("other_units", "the marketplace seems to answer in other units"),
                            ("tripwire", "a forbidden price would have left in a drill"),
                            ("from_backup", "the data came back from a backup, and what was changed since is lost"),
                        ],
                        editable=False,
                        max_length=20,
                        null=True,
                        unique=True,
                        verbose_name="breaker",
                    ),
                ),
                ("stopped_at", models.DateTimeField(auto_now_add=True, verbose_name="stopped")),
                (
                    "stopped_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="stopped by",
                    ),
                ),
            ],
            options={
                "verbose_name": "price stop",
                "verbose_name_plural": "price stops",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Store",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                (
                    "merchant_id",
                    stores.models.fields.ArticleField(
                        db_index=True,
                        help_text="As the seller's cabinet shows it.",
                        max_length=64,
                        verbose_name="merchant id",
                    ),
                ),
                (
                    "mode",
                    models.CharField(
                        choices=[
                            ("watch", "Watch only"),
                            ("ask", "Ask before each change"),
                            ("automatic", "Automatic"),
                            ("paused", "Paused"),
                        ],
                        default="watch",
                        max_length=10,
                        verbose_name="mode",
                    ),
                ),
                ("mode_changed_at", models.DateTimeField(editable=False, null=True, verbose_name="mode changed")),
                (
                    "tax_regime",
                    stores.models.fields.ArticleField(
                        blank=True,
                        help_text="The key of a tax on turnover among the fee shares. Empty: unknown, and no profit is told.",
                        max_length=64,
                        verbose_name="tax regime",
                    ),
                ),
                (
                    "price_list_key",
                    stores.models.fields.ArticleField(
                        default=stores.models.store.new_price_list_key,
                        editable=False,
                        max_length=64,
                        unique=True,
                        verbose_name="price list key",
                    ),
                ),
                (
                    "price_list_login",
                    stores.models.fields.ArticleField(
                        blank=True, editable=False, max_length=64, verbose_name="price list login"
                    ),
                ),
                (
                    "price_list_password_hash",
                    stores.models.fields.ArticleField(blank=True, editable=False, max_length=64),
                ),
                ("catalogue_version", models.PositiveBigIntegerField(default=0, editable=False)),
                ("built_catalogue_version", models.PositiveBigIntegerField(default=0, editable=False)),
                ("built_at", models.DateTimeField(editable=False, null=True)),
                ("published_at", models.DateTimeField(editable=False, null=True, verbose_name="published")),
                ("publish_claim", stores.models.fields.ArticleField(blank=True, editable=False, max_length=32)),
                ("publish_leased_until", models.DateTimeField(editable=False, null=True)),
                ("pull_rhythm", models.JSONField(editable=False, null=True)),
                ("rivals_learnt_at", models.DateTimeField(editable=False, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("closed_at", models.DateTimeField(editable=False, null=True, verbose_name="closed")),
                ("frozen_at", models.DateTimeField(editable=False, null=True, verbose_name="prices frozen")),
                ("list_ended_at", models.DateTimeField(editable=False, null=True, verbose_name="price list ended")),
                ("repriced_up_to", models.PositiveBigIntegerField(editable=False, null=True)),
                (
                    "subscription_ended_at",
                    models.DateTimeField(editable=False, null=True, verbose_name="subscription ended"),
                ),
                (
                    "frozen_for",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="frozen for the subscription of",
                    ),
                ),
                ("listed_catalogue_version", models.PositiveBigIntegerField(db_default=0, default=0, editable=False)),
            ],
            options={
                "verbose_name": "store",
                "verbose_name_plural": "stores",
                "ordering": ["name", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("mode__in", ["watch", "ask", "automatic", "paused"])),
                        name="store_mode_is_known",
                    )
                ],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="Client",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("marketplace_id", stores.models.fields.ArticleField(max_length=64, verbose_name="marketplace id")),
                ("first_name", models.CharField(blank=True, max_length=100, verbose_name="first name")),
                ("last_name", models.CharField(blank=True, max_length=100, verbose_name="last name")),
                ("phone", models.CharField(blank=True, max_length=20, verbose_name="phone")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="clients",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "client",
                "verbose_name_plural": "clients",
                "ordering": ["-pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("store", "marketplace_id"), name="client_once_per_store")
                ],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="PricingRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                (
                    "category_code",
                    stores.models.fields.ArticleField(
                        blank=True, help_text="Empty: the whole store.", max_length=512, verbose_name="category"
                    ),
                ),
                (
                    "strategy",
                    models.CharField(
                        choices=[
                            ("undercut", "Undercut the cheapest rival"),
                            ("nine_ending", "Undercut, with a price that ends in nines"),
                            ("match", "Ask what the cheapest rival asks"),
                            ("hold_place", "Hold a place"),
                            ("follow_second", "Follow the second place"),
                            ("stay_above", "Stay above the cheapest rival"),
                            ("margin_target", "Ask what earns the wanted margin"),
                            ("fixed", "A fixed price"),
                            ("manual", "By hand only"),
                        ],
                        max_length=20,
                        verbose_name="strategy",
                    ),
                ),
                (
                    "step",
                    models.PositiveIntegerField(
                        default=1, validators=[django.core.validators.MinValueValidator(1)], verbose_name="step, ₸"
                    ),
                ),
                ("plan", models.JSONField(blank=True, default=dict, verbose_name="plan")),
                ("is_on", models.BooleanField(default=False, verbose_name="switched on")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="changed")),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pricing_rules",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "pricing rule",
                "verbose_name_plural": "pricing rules",
                "ordering": ["store", "category_code"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("step__gte", 1)), name="pricing_rule_step_at_least_1"),
                    models.CheckConstraint(
                        condition=models.Q(("strategy", "by_rule"), _negated=True), name="pricing_rule_follows_no_rule"
                    ),
                    models.UniqueConstraint(fields=("store", "category_code"), name="pricing_rule_once_per_category"),
                ],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="Product",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "sku",
                    stores.models.fields.ArticleField(
                        help_text="The seller's own article number.", max_length=64, verbose_name="SKU"
                    ),
                ),
                (
                    "card_id",
                    stores.models.fields.ArticleField(
                        blank=True, help_text="The marketplace's page of the goods.", max_length=20, verbose_name="card"
                    ),
                ),
                ("model", models.CharField(max_length=1024, verbose_name="name")),
                ("brand", models.CharField(blank=True, max_length=256, verbose_name="brand")),
                ("category_code", models.CharField(blank=True, max_length=512, verbose_name="category")),
                ("weight_g", models.PositiveIntegerField(blank=True, null=True, verbose_name="weight, g")),
                (
                    "purchase_cost",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(2000000000)],
                        verbose_name="purchase cost, ₸",
                    ),
                ),
                (
                    "packaging_cost",
                    models.PositiveIntegerField(
                        default=0,
                        validators=[django.core.validators.MaxValueValidator(2000000000)],
                        verbose_name="packaging cost, ₸",
                    ),
                ),
                (
                    "search",
                    stores.models.fields.ArticleField(db_default="", default="", editable=False, max_length=1400),
                ),
                (
                    "sort_name",
                    stores.models.fields.ArticleField(db_default="", default="", editable=False, max_length=120),
                ),
                (
                    "least_margin",
                    models.DecimalField(
                        blank=True,
                        decimal_places=6,
                        help_text="The share of the price that must be left after all fees and costs: 0.08 is 8 %, 0 no loss.",
                        max_digits=7,
                        null=True,
                        verbose_name="least margin",
                    ),
                ),
                (
                    "strategy",
                    models.CharField(
                        choices=[
                            ("undercut", "Undercut the cheapest rival"),
                            ("nine_ending", "Undercut, with a price that ends in nines"),
                            ("match", "Ask what the cheapest rival asks"),
                            ("hold_place", "Hold a place"),
                            ("follow_second", "Follow the second place"),
                            ("stay_above", "Stay above the cheapest rival"),
                            ("margin_target", "Ask what earns the wanted margin"),
                            ("fixed", "A fixed price"),
                            ("manual", "By hand only"),
                            ("by_rule", "As the rule of its category says"),
                        ],
                        default="manual",
                        max_length=20,
                        verbose_name="strategy",
                    ),
                ),
                (
                    "step",
                    models.PositiveIntegerField(
                        default=1, validators=[django.core.validators.MinValueValidator(1)], verbose_name="step, ₸"
                    ),
                ),
                ("plan", models.JSONField(blank=True, default=dict, verbose_name="plan")),
                ("is_paused", models.BooleanField(default=False, verbose_name="paused")),
                (
                    "is_exclusive",
                    models.BooleanField(
                        default=False,
                        help_text="The card is ours alone: whoever joins it is told of at once.",
                        verbose_name="nobody else sells it",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("offer_version", models.PositiveBigIntegerField(db_default=0, default=0, editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="changed")),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="products",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "product",
                "verbose_name_plural": "products",
                "ordering": ["pk"],
                "indexes": [
                    models.Index(fields=["card_id"], name="product_card"),
                    models.Index(fields=["store", "sort_name"], name="product_by_name"),
                    models.Index(fields=["store", "brand"], name="product_by_brand"),
                    models.Index(fields=["store", "updated_at"], name="product_by_change"),
                    models.Index(fields=["store", "offer_version"], name="product_offer_version"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("step__gte", 1)), name="product_step_at_least_1"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("least_margin__isnull", True),
                            models.Q(("least_margin__gte", 0), ("least_margin__lt", 1)),
                            _connector="OR",
                        ),
                        name="product_least_margin_under_1",
                        violation_error_message="A share lies between 0 and 1.",
                    ),
                    models.UniqueConstraint(fields=("store", "sku"), name="product_sku_once_per_store"),
                ],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="SalesPoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "code",
                    stores.models.fields.ArticleField(
                        help_text="As the seller's cabinet names it, for example PP1.",
                        max_length=64,
                        verbose_name="code",
                    ),
                ),
                (
                    "city_id",
                    stores.models.fields.ArticleField(
                        help_text="Nine digits, for example 750000000 for Almaty.", max_length=9, verbose_name="city"
                    ),
                ),
                ("address", models.CharField(blank=True, max_length=300, verbose_name="address")),
                ("hours", models.JSONField(blank=True, null=True, verbose_name="opening hours")),
                ("is_open", models.BooleanField(default=True, verbose_name="open")),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sales_points",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "sales point",
                "verbose_name_plural": "sales points",
                "ordering": ["store", "code"],
                "constraints": [
                    models.UniqueConstraint(fields=("store", "code"), name="sales_point_code_once_per_store")
                ],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
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
                (
                    "remark",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="The marketplace's own words.",
                        max_length=500,
                        verbose_name="remark",
                    ),
                ),
            ],
            options={
                "verbose_name": "batch of new cards",
                "verbose_name_plural": "batches of new cards",
                "ordering": ["-pk"],
                "indexes": [
                    models.Index(fields=["state", "next_at"], name="card_batch_due"),
                    models.Index(fields=["store", "-id"], name="card_batch_newest"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "sent"), _negated=True),
                            models.Q(("code", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="card_batch_sent_has_code",
                    )
                ],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="CatalogueBatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("person", "By hand"),
                            ("api", "API"),
                            ("bulk", "Bulk change"),
                            ("upload", "File"),
                            ("undo", "Undo"),
                            ("program", "The program itself"),
                        ],
                        max_length=10,
                        verbose_name="source",
                    ),
                ),
                ("products_added", models.PositiveIntegerField(default=0, verbose_name="products added")),
                ("products_changed", models.PositiveIntegerField(default=0, verbose_name="products changed")),
                ("made_at", models.DateTimeField(auto_now_add=True, verbose_name="changed")),
                (
                    "actor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="changed by",
                    ),
                ),
                (
                    "undoes",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="undone_by",
                        to="stores.cataloguebatch",
                        verbose_name="undoes",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="catalogue_batches",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "catalogue batch",
                "verbose_name_plural": "catalogue batches",
                "ordering": ["-pk"],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="CityPrice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("city_id", stores.models.fields.ArticleField(max_length=9, verbose_name="city")),
                (
                    "price",
                    models.PositiveIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(100),
                            django.core.validators.MaxValueValidator(100000000),
                        ],
                        verbose_name="price, ₸",
                    ),
                ),
                (
                    "floor",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(100),
                            django.core.validators.MaxValueValidator(100000000),
                        ],
                        verbose_name="floor, ₸",
                    ),
                ),
                (
                    "ceiling",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(100),
                            django.core.validators.MaxValueValidator(100000000),
                        ],
                        verbose_name="ceiling, ₸",
                    ),
                ),
                (
                    "confirmed_price",
                    models.PositiveIntegerField(
                        editable=False,
                        validators=[
                            django.core.validators.MinValueValidator(100),
                            django.core.validators.MaxValueValidator(100000000),
                        ],
                        verbose_name="confirmed price, ₸",
                    ),
                ),
                (
                    "strategy",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("undercut", "Undercut the cheapest rival"),
                            ("nine_ending", "Undercut, with a price that ends in nines"),
                            ("match", "Ask what the cheapest rival asks"),
                            ("hold_place", "Hold a place"),
                            ("follow_second", "Follow the second place"),
                            ("stay_above", "Stay above the cheapest rival"),
                            ("margin_target", "Ask what earns the wanted margin"),
                            ("fixed", "A fixed price"),
                            ("manual", "By hand only"),
                            ("by_rule", "As the rule of its category says"),
                        ],
                        db_default="",
                        default="",
                        max_length=20,
                        verbose_name="strategy",
                    ),
                ),
                ("plan", models.JSONField(blank=True, null=True, verbose_name="plan")),
                (
                    "step",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="step, ₸",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "lowest_rival",
                    models.PositiveIntegerField(editable=False, null=True, verbose_name="lowest rival, ₸"),
                ),
                ("place", models.PositiveSmallIntegerField(editable=False, null=True, verbose_name="place")),
                (
                    "hold_rule",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        editable=False,
                        max_length=40,
                        verbose_name="held because",
                    ),
                ),
                (
                    "market",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="city_prices",
                        to="stores.cardmarket",
                        verbose_name="card market",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="city_prices",
                        to="stores.product",
                        verbose_name="product",
                    ),
                ),
            ],
            options={
                "verbose_name": "city price",
                "verbose_name_plural": "city prices",
                "ordering": ["product", "city_id"],
                "constraints": [
                    models.UniqueConstraint(fields=("product", "city_id"), name="city_price_once_per_city"),
                    models.CheckConstraint(condition=models.Q(("price__gte", 100)), name="city_price_at_least_100"),
                    models.CheckConstraint(
                        condition=models.Q(("step__isnull", True), ("step__gte", 1), _connector="OR"),
                        name="city_price_step_at_least_1",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("floor__isnull", True), ("floor__gte", 100), _connector="OR"),
                        name="city_price_floor_at_least_100",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("floor__isnull", True),
                            ("ceiling__isnull", True),
                            ("floor__lte", models.F("ceiling")),
                            _connector="OR",
                        ),
                        name="city_price_floor_under_ceiling",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("floor__isnull", True), ("price__gte", models.F("floor")), _connector="OR"),
                        name="city_price_not_under_floor",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ceiling__isnull", True), ("price__lte", models.F("ceiling")), _connector="OR"
                        ),
                        name="city_price_not_over_ceiling",
                    ),
                ],
                "indexes": [models.Index(fields=["hold_rule", "product"], name="city_price_by_hold")],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("owner", "Owner"),
                            ("manager", "Manager"),
                            ("packer", "Packer"),
                            ("accountant", "Accountant"),
                            ("viewer", "Viewer"),
                        ],
                        max_length=10,
                        verbose_name="role",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "membership",
                "verbose_name_plural": "memberships",
                "constraints": [models.UniqueConstraint(fields=("store", "user"), name="membership_once_per_store")],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddField(
            model_name="store",
            name="members",
            field=models.ManyToManyField(
                related_name="stores",
                through="stores.Membership",
                to=settings.AUTH_USER_MODEL,
                verbose_name="members",
            ),
        ),
        migrations.CreateModel(
            name="Order",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", stores.models.fields.ArticleField(max_length=32, verbose_name="number")),
                ("marketplace_id", stores.models.fields.ArticleField(max_length=64, verbose_name="marketplace id")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("NEW", "New"),
                            ("SIGN_REQUIRED", "Papers to be signed"),
                            ("PICKUP", "Pickup"),
                            ("DELIVERY", "Own delivery"),
                            ("KASPI_DELIVERY", "Kaspi Delivery"),
                            ("ARCHIVE", "Archive"),
                        ],
                        max_length=40,
                        verbose_name="state",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("APPROVED_BY_BANK", "Paid, waits for acceptance"),
                            ("ACCEPTED_BY_MERCHANT", "Accepted"),
                            ("COMPLETED", "Handed to the buyer"),
                            ("CANCELLING", "Being cancelled"),
                            ("CANCELLED", "Cancelled"),
                            ("KASPI_DELIVERY_RETURN_REQUESTED", "Return expected"),
                            ("RETURN_ACCEPTED_BY_MERCHANT", "Return accepted"),
                            ("RETURNED", "Returned"),
                        ],
                        max_length=40,
                        verbose_name="status",
                    ),
                ),
                ("delivery_mode", models.CharField(blank=True, max_length=40, verbose_name="delivery")),
                ("is_kaspi_delivery", models.BooleanField(default=False, verbose_name="Kaspi Delivery")),
                ("is_express", models.BooleanField(default=False, verbose_name="Express")),
                ("is_preorder", models.BooleanField(default=False, verbose_name="pre-order")),
                ("is_assembled", models.BooleanField(default=False, verbose_name="assembled")),
                ("is_back_at_warehouse", models.BooleanField(default=False, verbose_name="back at the drop-off place")),
                ("payment_mode", models.CharField(blank=True, max_length=40, verbose_name="payment")),
                ("credit_months", models.PositiveSmallIntegerField(default=0, verbose_name="credit, months")),
                ("signature_required", models.BooleanField(default=False, verbose_name="papers to be signed")),
                (
                    "cancellation_reason",
                    models.CharField(blank=True, max_length=60, verbose_name="reason of cancelling"),
                ),
                ("waybill_url", models.CharField(blank=True, editable=False, max_length=500)),
                (
                    "waybill_number",
                    stores.models.fields.ArticleField(blank=True, max_length=64, verbose_name="waybill"),
                ),
                (
                    "total_price",
                    models.PositiveIntegerField(
                        validators=[django.core.validators.MaxValueValidator(2000000000)], verbose_name="total, ₸"
                    ),
                ),
                (
                    "delivery_cost",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(2000000000)],
                        verbose_name="delivery paid by the buyer, ₸",
                    ),
                ),
                (
                    "delivery_cost_for_seller",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="VAT included, as charged.",
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(2000000000)],
                        verbose_name="delivery charged to the seller, ₸",
                    ),
                ),
                ("placed_at", models.DateTimeField(verbose_name="placed")),
                ("approved_at", models.DateTimeField(blank=True, null=True, verbose_name="approved")),
                ("planned_delivery_at", models.DateTimeField(blank=True, null=True, verbose_name="promised")),
                ("reserved_until", models.DateTimeField(blank=True, null=True, verbose_name="reserved until")),
                ("handover_planned_at", models.DateTimeField(blank=True, null=True, verbose_name="hand-over planned")),
                ("handed_over_at", models.DateTimeField(blank=True, null=True, verbose_name="handed over")),
                ("completed_at", models.DateTimeField(blank=True, null=True, verbose_name="completed")),
                ("raw", models.JSONField(blank=True, default=dict, verbose_name="as received")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="first read")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="last changed")),
                ("read_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="last read")),
                ("check_at", models.DateTimeField(editable=False, null=True)),
                ("checks", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("doubted_stage", models.CharField(blank=True, editable=False, max_length=20)),
                (
                    "client",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="orders",
                        to="stores.client",
                        verbose_name="client",
                    ),
                ),
                (
                    "sales_point",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="orders",
                        to="stores.salespoint",
                        verbose_name="sales point",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="orders",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
                ("reckoned_at", models.DateTimeField(editable=False, null=True)),
                (
                    "tax_regime",
                    stores.models.fields.ArticleField(
                        blank=True, db_default="", default="", max_length=64, verbose_name="tax regime"
                    ),
                ),
                ("alarm_at", models.DateTimeField(editable=False, null=True)),
                ("buyer_forgotten_at", models.DateTimeField(editable=False, null=True)),
                (
                    "duty",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("accept", "Accept"),
                            ("arrive", "Wait for the goods"),
                            ("assemble", "Assemble"),
                            ("hand_over", "Hand over to Kaspi"),
                            ("hand_out", "Give to the buyer"),
                            ("deliver", "Deliver"),
                            ("decide", "Answer the return"),
                            ("take_back", "Take the goods back"),
                        ],
                        db_default="",
                        default="",
                        max_length=12,
                        verbose_name="to do",
                    ),
                ),
                ("duty_since", models.DateTimeField(blank=True, null=True, verbose_name="to do since")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended")),
                (
                    "next_deadline_at",
                    models.DateTimeField(
                        db_default=datetime(9999, 1, 1, 0, 0, tzinfo=UTC),
                        default=datetime(9999, 1, 1, 0, 0, tzinfo=UTC),
                        verbose_name="until",
                    ),
                ),
                ("has_left", models.BooleanField(db_default=False, default=False, editable=False)),
                ("stock_due_at", models.DateTimeField(editable=False, null=True)),
                ("accepted_at", models.DateTimeField(editable=False, null=True)),
            ],
            options={
                "verbose_name": "order",
                "verbose_name_plural": "orders",
                "ordering": ["-placed_at", "-pk"],
                "indexes": [
                    models.Index(fields=["check_at"], name="order_to_check"),
                    models.Index(fields=["store", "state", "placed_at"], name="order_tray"),
                    models.Index(fields=["store", "-placed_at"], name="order_newest"),
                    models.Index(fields=["reckoned_at"], name="order_to_reckon"),
                    models.Index(fields=["store", "duty", "next_deadline_at"], name="order_duty"),
                    models.Index(fields=["alarm_at"], name="order_to_alarm"),
                    models.Index(fields=["buyer_forgotten_at", "ended_at"], name="order_to_forget"),
                    models.Index(fields=["stock_due_at"], name="order_stock_due"),
                    models.Index(fields=["store", "accepted_at"], name="order_accepted"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("store", "code"), name="order_code_once_per_store"),
                    models.UniqueConstraint(fields=("store", "marketplace_id"), name="order_id_once_per_store"),
                ],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="OrderItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("entry_number", models.PositiveSmallIntegerField(verbose_name="line")),
                (
                    "entry_id",
                    stores.models.fields.ArticleField(blank=True, max_length=64, verbose_name="marketplace id"),
                ),
                ("sku", stores.models.fields.ArticleField(max_length=64, verbose_name="SKU")),
                ("card_id", stores.models.fields.ArticleField(blank=True, max_length=20, verbose_name="card")),
                ("name", models.CharField(max_length=1024, verbose_name="name")),
                ("category_code", models.CharField(blank=True, max_length=512, verbose_name="category")),
                (
                    "quantity",
                    models.PositiveIntegerField(help_text="0 for a line that was cancelled.", verbose_name="quantity"),
                ),
                ("unit_type", models.CharField(default="PIECES", editable=False, max_length=40)),
                (
                    "weight_g",
                    models.FloatField(default=0.0, help_text="Of goods sold by weight.", verbose_name="weight, g"),
                ),
                ("needs_imei", models.BooleanField(default=False, verbose_name="IMEI to be told")),
                (
                    "base_price",
                    models.PositiveIntegerField(
                        validators=[django.core.validators.MaxValueValidator(2000000000)], verbose_name="price each, ₸"
                    ),
                ),
                (
                    "total_price",
                    models.PositiveIntegerField(
                        validators=[django.core.validators.MaxValueValidator(2000000000)], verbose_name="total, ₸"
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="stores.order",
                        verbose_name="order",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="order_items",
                        to="stores.product",
                        verbose_name="product",
                    ),
                ),
                (
                    "unit_cost",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(2000000000)],
                        verbose_name="purchase cost, ₸",
                    ),
                ),
                (
                    "unit_packaging",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(2000000000)],
                        verbose_name="packaging cost, ₸",
                    ),
                ),
                (
                    "unit_weight_g",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="weight of a piece, g"),
                ),
            ],
            options={
                "verbose_name": "order item",
                "verbose_name_plural": "order items",
                "ordering": ["order", "entry_number"],
                "constraints": [
                    models.UniqueConstraint(fields=("order", "entry_number"), name="order_item_once_per_order")
                ],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="Availability",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("is_available", models.BooleanField(verbose_name="on sale")),
                (
                    "stock_count",
                    models.PositiveIntegerField(
                        blank=True, help_text="Empty: in stock, not counted.", null=True, verbose_name="stock"
                    ),
                ),
                (
                    "preorder_days",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(30),
                        ],
                        verbose_name="pre-order, days",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="availabilities",
                        to="stores.product",
                        verbose_name="product",
                    ),
                ),
                (
                    "sales_point",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="availabilities",
                        to="stores.salespoint",
                        verbose_name="sales point",
                    ),
                ),
                ("counted_at", models.DateTimeField(editable=False, null=True, verbose_name="counted at")),
                ("counted_stock", models.PositiveIntegerField(editable=False, null=True, verbose_name="counted")),
                (
                    "doubt",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("exceeded", "More was ordered than there was"),
                            ("no_goods", "An order was cancelled for want of goods"),
                            ("old", "It was counted long ago"),
                        ],
                        db_default="",
                        default="",
                        editable=False,
                        max_length=10,
                        verbose_name="doubtful because",
                    ),
                ),
            ],
            options={
                "verbose_name": "availability",
                "verbose_name_plural": "availabilities",
                "constraints": [
                    models.UniqueConstraint(fields=("product", "sales_point"), name="availability_once_per_point"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("preorder_days__isnull", True), ("preorder_days__range", (1, 30)), _connector="OR"
                        ),
                        name="availability_preorder_1_to_30",
                    ),
                ],
                "indexes": [models.Index(fields=["doubt", "counted_at"], name="availability_doubt")],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="Replay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("begins_at", models.DateTimeField(verbose_name="from")),
                ("ends_at", models.DateTimeField(verbose_name="to")),
                (
                    "strategy",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("undercut", "Undercut the cheapest rival"),
                            ("nine_ending", "Undercut, with a price that ends in nines"),
                            ("match", "Ask what the cheapest rival asks"),
                            ("hold_place", "Hold a place"),
                            ("follow_second", "Follow the second place"),
                            ("stay_above", "Stay above the cheapest rival"),
                            ("margin_target", "Ask what earns the wanted margin"),
                            ("fixed", "A fixed price"),
                            ("manual", "By hand only"),
                        ],
                        help_text="Empty: each product follows its own strategy and plan.",
                        max_length=20,
                        verbose_name="strategy",
                    ),
                ),
                ("plan", models.JSONField(blank=True, default=dict, verbose_name="plan")),
                (
                    "step",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="step, ₸",
                    ),
                ),
                (
                    "product_ids",
                    models.JSONField(
                        blank=True, default=list, help_text="Empty: all of them.", verbose_name="products"
                    ),
                ),
                ("category_code", models.CharField(blank=True, max_length=512, verbose_name="category")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("done", models.PositiveIntegerField(default=0, verbose_name="portions done")),
                ("total", models.PositiveIntegerField(default=0, verbose_name="portions in all")),
                ("result", models.JSONField(blank=True, null=True, verbose_name="result")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("claim", stores.models.fields.ArticleField(blank=True, editable=False, max_length=32)),
                ("leased_until", models.DateTimeField(editable=False, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="asked")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="finished")),
                (
                    "asked_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="asked by",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="replays",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "replay",
                "verbose_name_plural": "replays",
                "ordering": ["-pk"],
                "indexes": [
                    models.Index(fields=["state", "leased_until"], name="replay_open"),
                    models.Index(fields=["store", "-id"], name="replay_newest"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("begins_at__lt", models.F("ends_at"))), name="replay_has_a_period"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "done"), _negated=True), ("result__isnull", False), _connector="OR"
                        ),
                        name="replay_done_has_result",
                    ),
                ],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="ProductUpload",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "token",
                    stores.models.fields.ArticleField(
                        default=stores.models.uploads.new_token, editable=False, max_length=64, unique=True
                    ),
                ),
                ("file_name", models.CharField(max_length=255, verbose_name="file name")),
                ("size", models.PositiveIntegerField(verbose_name="bytes")),
                (
                    "kind",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("xml", "XML price list"),
                            ("xlsx", "Excel"),
                            ("xls", "Excel 97–2003"),
                            ("csv", "CSV"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("received", "Being read"),
                            ("unsure", "Needs your columns"),
                            ("parsed", "Being checked"),
                            ("previewed", "Ready to apply"),
                            ("applying", "Being applied"),
                            ("applied", "Applied"),
                            ("undoing", "Being undone"),
                            ("undone", "Undone"),
                            ("refused", "Refused"),
                            ("discarded", "Discarded"),
                        ],
                        default="received",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("header", models.JSONField(blank=True, default=dict, verbose_name="header")),
                ("columns", models.JSONField(blank=True, default=list, verbose_name="columns")),
                (
                    "is_whole_range",
                    models.BooleanField(
                        default=False,
                        help_text="Products that the file does not name go off sale.",
                        verbose_name="the whole range",
                    ),
                ),
                (
                    "move_prices",
                    models.BooleanField(
                        default=False,
                        help_text="A price that new limits leave outside goes to the nearest.",
                        verbose_name="move prices",
                    ),
                ),
                (
                    "is_confirmed",
                    models.BooleanField(
                        default=False,
                        help_text="Numbers that look like a slip are meant.",
                        verbose_name="numbers confirmed",
                    ),
                ),
                ("rows_read", models.PositiveIntegerField(default=0, verbose_name="rows read")),
                ("rows_checked", models.PositiveIntegerField(default=0, verbose_name="rows checked")),
                ("rows_added", models.PositiveIntegerField(default=0, verbose_name="added")),
                ("rows_changed", models.PositiveIntegerField(default=0, verbose_name="changed")),
                ("rows_unchanged", models.PositiveIntegerField(default=0, verbose_name="as they are")),
                ("rows_refused", models.PositiveIntegerField(default=0, verbose_name="refused")),
                ("rows_leaving", models.PositiveIntegerField(default=0, verbose_name="going off sale")),
                ("rows_held", models.PositiveIntegerField(default=0, verbose_name="prices held")),
                ("refusal", models.JSONField(blank=True, default=dict, verbose_name="refusal")),
                ("doubts", models.JSONField(blank=True, default=list, verbose_name="doubts")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("claim", stores.models.fields.ArticleField(blank=True, editable=False, max_length=32)),
                ("leased_until", models.DateTimeField(editable=False, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="received")),
                ("applied_at", models.DateTimeField(blank=True, null=True, verbose_name="applied")),
                ("cleared_at", models.DateTimeField(blank=True, null=True, verbose_name="cleared")),
                (
                    "batch",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="upload",
                        to="stores.cataloguebatch",
                        verbose_name="changes",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="decided by",
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="uploaded by",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="product_uploads",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
                (
                    "counts_confirmed",
                    models.PositiveIntegerField(db_default=0, default=0, verbose_name="counts confirmed"),
                ),
                ("repriced_more", models.IntegerField(db_default=0, default=0, editable=False)),
                ("preview_number", models.PositiveIntegerField(default=0, verbose_name="preview")),
                (
                    "rows_waiting",
                    models.PositiveIntegerField(db_default=0, default=0, verbose_name="prices that leave later"),
                ),
            ],
            options={
                "verbose_name": "product upload",
                "verbose_name_plural": "product uploads",
                "ordering": ["-pk"],
                "indexes": [
                    models.Index(fields=["state", "leased_until"], name="product_upload_open"),
                    models.Index(fields=["store", "-id"], name="product_upload_newest"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "applied"), _negated=True),
                            ("applied_at__isnull", False),
                            _connector="OR",
                        ),
                        name="product_upload_applied_has_time",
                    )
                ],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="ProductPriceUpdate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("city_id", stores.models.fields.ArticleField(max_length=9, verbose_name="city")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "Waits for a person"),
                            ("approved", "Approved"),
                            ("published", "In the price list"),
                            ("pulled", "Fetched by the marketplace"),
                            ("seen", "Seen on the storefront"),
                            ("held", "Held"),
                            ("refused", "Refused by a person"),
                            ("superseded", "Overtaken by a newer one"),
                            ("undone", "Undone"),
                            ("expired", "Not answered in time"),
                        ],
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "origin",
                    models.CharField(
                        choices=[("rule", "Rule"), ("person", "Person")], max_length=10, verbose_name="origin"
                    ),
                ),
                (
                    "old_price",
                    models.PositiveIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(100),
                            django.core.validators.MaxValueValidator(100000000),
                        ],
                        verbose_name="from, ₸",
                    ),
                ),
                ("new_price", models.PositiveIntegerField(verbose_name="to, ₸")),
                (
                    "floor",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(100),
                            django.core.validators.MaxValueValidator(100000000),
                        ],
                        verbose_name="floor then, ₸",
                    ),
                ),
                (
                    "ceiling",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(100),
                            django.core.validators.MaxValueValidator(100000000),
                        ],
                        verbose_name="ceiling then, ₸",
                    ),
                ),
                ("hold_code", models.CharField(blank=True, max_length=40, verbose_name="held because")),
                ("why", models.JSONField(default=dict, verbose_name="why")),
                ("look_number", models.PositiveBigIntegerField(blank=True, editable=False, null=True)),
                ("price_list_number", models.PositiveIntegerField(blank=True, null=True, verbose_name="price list")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="decided")),
                ("approved_at", models.DateTimeField(blank=True, null=True, verbose_name="approved")),
                ("published_at", models.DateTimeField(blank=True, null=True, verbose_name="published")),
                ("pulled_at", models.DateTimeField(blank=True, null=True, verbose_name="pulled")),
                ("seen_at", models.DateTimeField(blank=True, null=True, verbose_name="seen")),
                (
                    "actor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="decided by",
                    ),
                ),
                (
                    "city_price",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="updates",
                        to="stores.cityprice",
                        verbose_name="city price",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="price_updates",
                        to="stores.product",
                        verbose_name="product",
                    ),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="price_updates",
                        to="stores.pricingrule",
                        verbose_name="rule",
                    ),
                ),
                (
                    "undoes",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="undone_by",
                        to="stores.productpriceupdate",
                        verbose_name="undoes",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="price_updates",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "price update",
                "verbose_name_plural": "price updates",
                "ordering": ["-pk"],
                "indexes": [
                    models.Index(fields=["store", "state"], name="price_update_store_state"),
                    models.Index(fields=["state", "created_at"], name="price_update_state_time"),
                    models.Index(fields=["city_price", "state"], name="price_update_city_state"),
                    models.Index(fields=["store", "approved_at"], name="price_update_budget"),
                    models.Index(fields=["approved_at"], name="price_update_left"),
                    models.Index(fields=["store", "-id"], name="price_update_newest"),
                    models.Index(fields=["store", "price_list_number"], name="price_update_list"),
                    models.Index(fields=["state", "published_at"], name="price_update_unpulled"),
                    models.Index(fields=["state", "pulled_at"], name="price_update_unseen"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("city_price", "look_number"), name="price_update_once_per_look"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["held", "refused", "superseded", "undone"]),
                            models.Q(
                                ("ceiling__isnull", False),
                                ("floor__isnull", False),
                                ("new_price__gte", models.F("floor")),
                                ("new_price__lte", models.F("ceiling")),
                            ),
                            models.Q(
                                ("new_price__gte", 100),
                                ("origin", "person"),
                                models.Q(
                                    ("floor__isnull", True), ("new_price__gte", models.F("floor")), _connector="OR"
                                ),
                                models.Q(
                                    ("ceiling__isnull", True), ("new_price__lte", models.F("ceiling")), _connector="OR"
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="price_update_within_limits",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "held"), _negated=True),
                            models.Q(("hold_code", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="price_update_held_has_reason",
                    ),
                ],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="PriceTurn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("worth", models.FloatField(verbose_name="expected, ₸ in half an hour")),
                ("is_correction", models.BooleanField(verbose_name="under its floor")),
                ("waits_since", models.DateTimeField(verbose_name="waits since")),
                ("place_at", models.DateTimeField(verbose_name="place in the line")),
                ("look_number", models.PositiveBigIntegerField(default=0, editable=False)),
                (
                    "city_price",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="turn",
                        to="stores.cityprice",
                        verbose_name="city price",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="price_turns",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "price that waits for its turn",
                "verbose_name_plural": "prices that wait for their turn",
                "ordering": ["-is_correction", "place_at", "pk"],
                "indexes": [models.Index(fields=["store", "place_at"], name="price_turn_line")],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="PriceListVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                ("sha256", stores.models.fields.ArticleField(max_length=64, verbose_name="checksum")),
                ("size", models.PositiveBigIntegerField(verbose_name="bytes")),
                ("offer_count", models.PositiveIntegerField(verbose_name="offers")),
                ("refusal", models.JSONField(blank=True, null=True, verbose_name="refused because")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="built")),
                (
                    "accepted_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="accepted by",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="price_list_versions",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
                (
                    "keeps_prices",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="Built while prices were stopped: the stock is of its time, the prices are of the list before it.",
                        verbose_name="prices of before",
                    ),
                ),
            ],
            options={
                "verbose_name": "price list version",
                "verbose_name_plural": "price list versions",
                "ordering": ["-pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("store", "number"), name="price_list_number_once_per_store")
                ],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="PriceListPull",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version_number", models.PositiveIntegerField(verbose_name="version")),
                ("status", models.PositiveSmallIntegerField(verbose_name="HTTP status")),
                ("user_agent", models.CharField(blank=True, max_length=300, verbose_name="user agent")),
                (
                    "address",
                    models.CharField(blank=True, db_default="", default="", max_length=45, verbose_name="address"),
                ),
                ("size", models.PositiveBigIntegerField(db_default=0, default=0, verbose_name="bytes")),
                ("pulled_at", models.DateTimeField(verbose_name="pulled")),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="price_list_pulls",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "price list pull",
                "verbose_name_plural": "price list pulls",
                "ordering": ["-pk"],
                "indexes": [models.Index(fields=["store", "pulled_at"], name="pull_store_time")],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="OrderReading",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "tray",
                    models.CharField(
                        choices=[
                            ("NEW", "New"),
                            ("SIGN_REQUIRED", "Papers to be signed"),
                            ("PICKUP", "Pickup"),
                            ("DELIVERY", "Own delivery"),
                            ("KASPI_DELIVERY", "Kaspi Delivery"),
                            ("ARCHIVE", "Archive"),
                        ],
                        max_length=20,
                        verbose_name="tray",
                    ),
                ),
                ("reads_from", models.DateTimeField(verbose_name="read from")),
                ("read_until", models.DateTimeField(verbose_name="read until")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="last read whole")),
                ("swept_at", models.DateTimeField(blank=True, null=True, verbose_name="last read far back")),
                ("resume_at", models.DateTimeField(editable=False, null=True)),
                ("next_read_at", models.DateTimeField(verbose_name="next reading")),
                ("failures", models.PositiveSmallIntegerField(default=0, verbose_name="failures in a row")),
                ("unread", models.PositiveIntegerField(default=0, verbose_name="not understood")),
                ("claim", stores.models.fields.ArticleField(blank=True, editable=False, max_length=32)),
                ("leased_until", models.DateTimeField(editable=False, null=True)),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="order_readings",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "reading of orders",
                "verbose_name_plural": "readings of orders",
                "indexes": [models.Index(fields=["next_read_at"], name="order_reading_due")],
                "constraints": [models.UniqueConstraint(fields=("store", "tray"), name="order_reading_once_per_tray")],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="OrderAction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("accept", "Accept"),
                            ("cancel", "Cancel"),
                            ("reduce", "Cancel a part"),
                            ("weigh", "Tell the weight"),
                            ("assemble", "Assemble"),
                            ("send_code", "Send the code to the buyer"),
                            ("issue", "Hand over by code"),
                            ("imei", "Tell the IMEI"),
                            ("arrive", "Goods of the pre-order came"),
                            ("take_back", "Goods are back"),
                        ],
                        max_length=20,
                        verbose_name="what",
                    ),
                ),
                ("arguments", models.JSONField(blank=True, default=dict, verbose_name="how")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("planned", "To be sent"),
                            ("sending", "Being sent"),
                            ("sent", "Taken by the marketplace"),
                            ("lost", "No answer, being looked up"),
                            ("done", "Done"),
                            ("refused", "Refused by the marketplace"),
                            ("not_done", "Without effect"),
                            ("unclear", "Unknown, look in the cabinet"),
                        ],
                        default="planned",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "why",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("refused", "The marketplace said no."),
                            (
                                "no_answer",
                                "No answer came, and the order does not show what came of it. Look in the cabinet.",
                            ),
                            ("no_effect", "The order does not show it. It may be tried again."),
                            ("moved_on", "The order had moved on before it was sent."),
                            ("token", "The marketplace refuses the store's API token."),
                            ("late", "It could not be sent in time."),
                            ("stopped", "The store was stopped, or its rules were changed, before it was sent."),
                            ("closed", "The store was closed before it could be sent."),
                        ],
                        max_length=10,
                        verbose_name="why not",
                    ),
                ),
                ("refusal", models.CharField(blank=True, max_length=300, verbose_name="the marketplace's words")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("next_try_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="sent")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="finished")),
                ("leased_until", models.DateTimeField(editable=False, null=True)),
                (
                    "actor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by whom",
                    ),
                ),
                (
                    "holds",
                    models.OneToOneField(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="open_action",
                        to="stores.order",
                        verbose_name="order that waits for it",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="actions",
                        to="stores.order",
                        verbose_name="order",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="order_actions",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "action on an order",
                "verbose_name_plural": "actions on orders",
                "ordering": ["-pk"],
                "indexes": [models.Index(fields=["state", "next_try_at"], name="order_action_due")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state", "planned"), ("sent_at__isnull", False), _connector="OR"),
                        name="order_action_sent_has_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("holds__isnull", False), ("state__in", ["planned", "sending", "sent", "lost"])),
                            models.Q(
                                ("holds__isnull", True), ("state__in", ["done", "refused", "not_done", "unclear"])
                            ),
                            _connector="OR",
                        ),
                        name="order_action_holds_while_open",
                    ),
                ],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="Notification",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("price_changed", "Price changed"),
                            ("price_proposed", "A price waits for you"),
                            ("price_held", "Price held"),
                            ("price_list_refused", "Price list refused"),
                            ("not_published", "Prices not in a price list in time"),
                            ("not_pulled", "Price list not fetched in time"),
                            ("not_seen", "Price not seen in time"),
                            ("prices_restored", "Prices put back"),
                            ("prices_forgotten", "Prices that waited are not set"),
                            ("blind", "Storefront unreachable"),
                            ("changed_by_hand", "Price changed in the marketplace's cabinet"),
                            ("product_paused", "Product paused by a breaker"),
                            ("store_paused", "Store paused by a breaker"),
                            ("everything_stopped", "All prices stopped"),
                            ("new_rival", "New seller on a card"),
                            ("stuck_on", "Somebody joined your card"),
                            ("card_unknown", "Card unknown to the marketplace"),
                            ("token_refused", "API token refused"),
                            ("cards_judged", "New cards judged"),
                            ("cards_refused", "New cards refused"),
                            ("cards_unsure", "New cards without an answer"),
                            ("orders_silent", "New orders cannot be read"),
                            ("order_unread", "An order cannot be understood"),
                            ("order_not_moved", "An action on an order failed"),
                            ("returns_overdue", "Goods have not come back"),
                            ("quality_near", "A quality indicator is near its limit"),
                            ("quality_over", "A quality indicator is over its limit"),
                            ("order_half_time", "Half of an order's time is over"),
                            ("order_ending", "An order's time ends"),
                            ("stock_doubted", "Stock to be counted"),
                            ("stocks_old", "Stocks counted long ago"),
                            ("subscription_ended", "Plan ended"),
                        ],
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                (
                    "severity",
                    models.CharField(
                        choices=[("info", "For information"), ("warning", "Look at it"), ("urgent", "Urgent")],
                        max_length=10,
                        verbose_name="severity",
                    ),
                ),
                ("facts", models.JSONField(default=dict, verbose_name="facts")),
                ("event", stores.models.fields.ArticleField(max_length=100, verbose_name="event")),
                (
                    "delivery",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("sending", "Being sent"), ("told", "Told")],
                        default="waiting",
                        max_length=10,
                        verbose_name="delivery",
                    ),
                ),
                ("claim", stores.models.fields.ArticleField(blank=True, editable=False, max_length=32)),
                ("leased_until", models.DateTimeField(editable=False, null=True)),
                ("told_at", models.DateTimeField(blank=True, null=True, verbose_name="told")),
                ("read_at", models.DateTimeField(blank=True, null=True, verbose_name="read")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                (
                    "product",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notifications",
                        to="stores.product",
                        verbose_name="product",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notifications",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "notification",
                "verbose_name_plural": "notifications",
                "ordering": ["-pk"],
                "indexes": [
                    models.Index(fields=["delivery"], name="notification_delivery"),
                    models.Index(fields=["store", "-id"], name="notification_newest"),
                    models.Index(fields=["store", "kind", "read_at"], name="notification_unread"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("store", "event"), name="notification_once_per_event"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("delivery", "told"), _negated=True), ("told_at__isnull", False), _connector="OR"
                        ),
                        name="notification_told_has_time",
                    ),
                ],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
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
                ("searched_at", models.DateTimeField(editable=False, null=True)),
            ],
            options={
                "verbose_name": "new card",
                "verbose_name_plural": "new cards",
                "ordering": ["pk"],
                "indexes": [models.Index(fields=["state"], name="new_card_state")],
                "constraints": [
                    models.UniqueConstraint(fields=("batch", "sku"), name="new_card_sku_once_per_batch"),
                    models.UniqueConstraint(fields=("store", "sent_sku"), name="new_card_sent_once_per_store"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "linked"), _negated=True),
                            models.Q(("card_id", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="new_card_linked_has_card",
                    ),
                ],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
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
                ("asked_at", models.DateTimeField(editable=False, null=True)),
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
        migrations.CreateModel(
            name="Listing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("city_id", stores.models.fields.ArticleField(max_length=9, verbose_name="city")),
                ("next_page", models.PositiveSmallIntegerField(default=0, verbose_name="next page")),
                ("next_read_at", models.DateTimeField(db_index=True, verbose_name="next reading")),
                ("claim", stores.models.fields.ArticleField(blank=True, max_length=32)),
                ("leased_until", models.DateTimeField(null=True)),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="listings",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "listing",
                "verbose_name_plural": "listings",
                "ordering": ["store", "city_id"],
                "indexes": [models.Index(fields=["claim"], name="listing_claim")],
                "constraints": [models.UniqueConstraint(fields=("store", "city_id"), name="listing_once_per_city")],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", users.fields.LowerCaseEmailField(max_length=254, verbose_name="e-mail")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("owner", "Owner"),
                            ("manager", "Manager"),
                            ("packer", "Packer"),
                            ("accountant", "Accountant"),
                            ("viewer", "Viewer"),
                        ],
                        max_length=10,
                        verbose_name="role",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("expires_at", models.DateTimeField(verbose_name="valid until")),
                (
                    "invited_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="invited by",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="invitations",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
                ("sent_at", models.DateTimeField(editable=False, null=True, verbose_name="letter sent")),
            ],
            options={
                "verbose_name": "invitation",
                "verbose_name_plural": "invitations",
                "ordering": ["email"],
                "indexes": [models.Index(fields=["email"], name="invitation_by_email")],
                "constraints": [models.UniqueConstraint(fields=("store", "email"), name="invitation_once_per_store")],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="Competitor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "stance",
                    models.CharField(
                        choices=[
                            ("rival", "Rival"),
                            ("own", "Own shop"),
                            ("partner", "Partner"),
                            ("ignored", "Ignored"),
                        ],
                        default="rival",
                        max_length=10,
                        verbose_name="stance",
                    ),
                ),
                ("notes", models.TextField(blank=True, verbose_name="notes")),
                ("contact", models.CharField(blank=True, max_length=300, verbose_name="contact")),
                ("behaviour", models.JSONField(blank=True, default=dict, verbose_name="behaviour learnt")),
                (
                    "is_bot",
                    models.BooleanField(
                        blank=True, help_text="Empty: not known yet.", null=True, verbose_name="a robot"
                    ),
                ),
                (
                    "competitor_store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stances",
                        to="stores.competitorstore",
                        verbose_name="competitor store",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="competitors",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "competitor",
                "verbose_name_plural": "competitors",
                "ordering": ["store", "competitor_store"],
                "constraints": [
                    models.UniqueConstraint(fields=("store", "competitor_store"), name="competitor_once_per_store")
                ],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="CatalogueChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sku", stores.models.fields.ArticleField(max_length=64, verbose_name="SKU")),
                ("field", models.CharField(max_length=20, verbose_name="field")),
                ("city_id", stores.models.fields.ArticleField(blank=True, max_length=9, verbose_name="city")),
                (
                    "point_code",
                    stores.models.fields.ArticleField(blank=True, max_length=64, verbose_name="sales point"),
                ),
                ("old", models.JSONField(null=True, verbose_name="from")),
                ("new", models.JSONField(null=True, verbose_name="to")),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="changes",
                        to="stores.cataloguebatch",
                        verbose_name="batch",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="catalogue_changes",
                        to="stores.product",
                        verbose_name="product",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="catalogue_changes",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "catalogue change",
                "verbose_name_plural": "catalogue changes",
                "ordering": ["-pk"],
                "indexes": [
                    models.Index(fields=["store", "-id"], name="catalogue_change_newest"),
                    models.Index(fields=["product", "-id"], name="catalogue_change_product"),
                ],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="BreakerTrip",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "code",
                    models.CharField(
                        choices=[
                            ("blocked", "too many prices that rules wanted were blocked"),
                            ("moved_together", "too many prices moved far in one direction at once"),
                            ("falls_without_sale", "the price fell again and again without a sale"),
                            ("stores_paused", "several stores paused within half an hour"),
                            ("other_units", "the marketplace seems to answer in other units"),
                            ("tripwire", "a forbidden price would have left in a drill"),
                            ("from_backup", "the data came back from a backup, and what was changed since is lost"),
                        ],
                        max_length=20,
                        verbose_name="reason",
                    ),
                ),
                ("facts", models.JSONField(default=dict, verbose_name="facts")),
                ("tripped_at", models.DateTimeField(auto_now_add=True, verbose_name="tripped")),
                (
                    "product",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="breaker_trips",
                        to="stores.product",
                        verbose_name="product",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="breaker_trips",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "breaker trip",
                "verbose_name_plural": "breaker trips",
                "ordering": ["-pk"],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="UploadColumns",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("fingerprint", stores.models.fields.ArticleField(max_length=32, verbose_name="header")),
                ("columns", models.JSONField(verbose_name="columns")),
                ("changed_at", models.DateTimeField(auto_now=True, verbose_name="changed")),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="upload_columns",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "upload columns",
                "verbose_name_plural": "upload columns",
                "constraints": [
                    models.UniqueConstraint(fields=("store", "fingerprint"), name="upload_columns_once_per_header")
                ],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="UploadPage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("added", "Added"),
                            ("changed", "Changed"),
                            ("refused", "Refused"),
                            ("leaving", "Going off sale"),
                            ("held", "Held prices"),
                            ("waiting", "Prices that leave later"),
                            ("left", "Not undone"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="page")),
                ("entries", models.JSONField(verbose_name="entries")),
                (
                    "upload",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pages",
                        to="stores.productupload",
                        verbose_name="upload",
                    ),
                ),
            ],
            options={
                "verbose_name": "upload page",
                "verbose_name_plural": "upload pages",
                "constraints": [models.UniqueConstraint(fields=("upload", "kind", "number"), name="upload_page_once")],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="WaitingPrice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "price",
                    models.PositiveIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(100),
                            django.core.validators.MaxValueValidator(100000000),
                        ],
                        verbose_name="price, ₸",
                    ),
                ),
                (
                    "floor",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(100),
                            django.core.validators.MaxValueValidator(100000000),
                        ],
                        verbose_name="floor, ₸",
                    ),
                ),
                (
                    "ceiling",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(100),
                            django.core.validators.MaxValueValidator(100000000),
                        ],
                        verbose_name="ceiling, ₸",
                    ),
                ),
                ("seen_version", models.PositiveIntegerField(db_default=0, editable=False)),
                ("seen_product_version", models.PositiveIntegerField(db_default=0, editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="waits since")),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="waiting_prices",
                        to="stores.cataloguebatch",
                        verbose_name="batch",
                    ),
                ),
                (
                    "city_price",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="waiting_price",
                        to="stores.cityprice",
                        verbose_name="city price",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="waiting_prices",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "waiting price",
                "verbose_name_plural": "waiting prices",
                "ordering": ["pk"],
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
                "constraints": [
                    models.UniqueConstraint(fields=("category", "code"), name="card_attribute_once_per_category")
                ],
            },
        ),
        migrations.CreateModel(
            name="CompetitorProductMonitoring",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("came", "Came"), ("moved", "Moved"), ("left", "Left"), ("returned", "Returned")],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("price_before", models.PositiveIntegerField(null=True, verbose_name="before, ₸")),
                ("price_after", models.PositiveIntegerField(null=True, verbose_name="after, ₸")),
                ("seen_at", models.DateTimeField(verbose_name="seen")),
                (
                    "market",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="history",
                        to="stores.cardmarket",
                        verbose_name="card market",
                    ),
                ),
                (
                    "competitor_store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="history",
                        to="stores.competitorstore",
                        verbose_name="competitor store",
                    ),
                ),
            ],
            options={
                "verbose_name": "observed change",
                "verbose_name_plural": "observed changes",
                "ordering": ["-pk"],
                "indexes": [models.Index(fields=["market", "seen_at"], name="monitoring_market_time")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "came"), ("price_after__isnull", False), ("price_before__isnull", True)),
                            models.Q(
                                ("kind", "moved"), ("price_after__isnull", False), ("price_before__isnull", False)
                            ),
                            models.Q(("kind", "left"), ("price_after__isnull", True), ("price_before__isnull", False)),
                            models.Q(("kind", "returned"), ("price_after__isnull", False)),
                            _connector="OR",
                        ),
                        name="monitoring_prices_fit_kind",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CompetitorProductDay",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "market_id",
                        "competitor_store_id",
                        "day",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("day", models.DateField(verbose_name="day")),
                ("open", models.PositiveIntegerField(verbose_name="open, ₸")),
                ("low", models.PositiveIntegerField(verbose_name="low, ₸")),
                ("high", models.PositiveIntegerField(verbose_name="high, ₸")),
                ("close", models.PositiveIntegerField(null=True, verbose_name="close, ₸")),
                ("changes", models.PositiveIntegerField(verbose_name="changes")),
                (
                    "market",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="days",
                        to="stores.cardmarket",
                        verbose_name="card market",
                    ),
                ),
                (
                    "competitor_store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="days",
                        to="stores.competitorstore",
                        verbose_name="competitor store",
                    ),
                ),
            ],
            options={
                "verbose_name": "day of an offer",
                "verbose_name_plural": "days of offers",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("high__gte", models.F("open")), ("low__gte", 1), ("low__lte", models.F("open"))
                        ),
                        name="offer_day_low_open_high",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CompetitorProduct",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("price", models.PositiveIntegerField(verbose_name="price, ₸")),
                ("place", models.PositiveSmallIntegerField(verbose_name="place")),
                ("preorder_days", models.PositiveSmallIntegerField(default=0, verbose_name="pre-order, days")),
                ("delivers_at", models.DateTimeField(blank=True, null=True, verbose_name="delivers")),
                ("delivery_duration", models.CharField(blank=True, max_length=20, verbose_name="delivery")),
                ("changed_at", models.DateTimeField(verbose_name="changed")),
                (
                    "market",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="offers",
                        to="stores.cardmarket",
                        verbose_name="card market",
                    ),
                ),
                (
                    "competitor_store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="offers",
                        to="stores.competitorstore",
                        verbose_name="competitor store",
                    ),
                ),
            ],
            options={
                "verbose_name": "competitor product",
                "verbose_name_plural": "competitor products",
                "ordering": ["market", "place"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("market", "competitor_store"), name="competitor_product_once_per_market"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("price__gte", 1)), name="competitor_product_price_at_least_1"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OrderAccount",
            fields=[
                (
                    "order",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="account",
                        serialize=False,
                        to="stores.order",
                        verbose_name="order",
                    ),
                ),
                ("placed_at", models.DateTimeField(verbose_name="placed")),
                ("day", models.DateField(help_text="Of placing, in Almaty.", verbose_name="day")),
                ("city_id", stores.models.fields.ArticleField(blank=True, max_length=9, verbose_name="city")),
                (
                    "fate",
                    models.CharField(
                        choices=[
                            ("open", "On its way"),
                            ("sold", "Sold"),
                            ("cancelled", "Cancelled before it left"),
                            ("refused", "Not taken by the buyer"),
                            ("returned", "Returned by the buyer"),
                        ],
                        max_length=10,
                        verbose_name="what became of it",
                    ),
                ),
                ("units", models.PositiveIntegerField(verbose_name="pieces")),
                (
                    "amount",
                    models.PositiveIntegerField(
                        validators=[django.core.validators.MaxValueValidator(2000000000)], verbose_name="total, ₸"
                    ),
                ),
                (
                    "delivery_expected",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(2000000000)],
                        verbose_name="delivery by the tables, ₸",
                    ),
                ),
                (
                    "delivery_charged",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(2000000000)],
                        verbose_name="delivery as charged, ₸",
                    ),
                ),
                (
                    "expected_missing",
                    models.CharField(blank=True, max_length=20, verbose_name="not known for the delivery"),
                ),
                (
                    "overcharge",
                    models.IntegerField(blank=True, null=True, verbose_name="charged more than expected, ₸"),
                ),
                ("profit", models.IntegerField(blank=True, null=True, verbose_name="profit, ₸")),
                ("missing", models.CharField(blank=True, max_length=20, verbose_name="not known")),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="order_accounts",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "order's account",
                "verbose_name_plural": "orders' accounts",
                "ordering": ["-placed_at", "-pk"],
                "indexes": [
                    models.Index(fields=["store", "day"], name="order_account_day"),
                    models.Index(fields=["store", "placed_at"], name="order_account_newest"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("missing__gt", ""), ("profit__isnull", True)),
                            models.Q(("missing", ""), ("profit__isnull", False)),
                            _connector="OR",
                        ),
                        name="order_account_profit_or_reason",
                    )
                ],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="OrderAccountLine",
            fields=[
                (
                    "item",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="account",
                        serialize=False,
                        to="stores.orderitem",
                        verbose_name="order item",
                    ),
                ),
                ("sku", stores.models.fields.ArticleField(max_length=64, verbose_name="SKU")),
                ("day", models.DateField(verbose_name="day")),
                (
                    "fate",
                    models.CharField(
                        choices=[
                            ("open", "On its way"),
                            ("sold", "Sold"),
                            ("cancelled", "Cancelled before it left"),
                            ("refused", "Not taken by the buyer"),
                            ("returned", "Returned by the buyer"),
                        ],
                        max_length=10,
                        verbose_name="what became of it",
                    ),
                ),
                ("quantity", models.PositiveIntegerField(verbose_name="quantity")),
                (
                    "amount",
                    models.PositiveIntegerField(
                        validators=[django.core.validators.MaxValueValidator(2000000000)], verbose_name="total, ₸"
                    ),
                ),
                (
                    "purchase",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(2000000000)],
                        verbose_name="purchase, ₸",
                    ),
                ),
                (
                    "packaging",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(2000000000)],
                        verbose_name="packaging, ₸",
                    ),
                ),
                (
                    "commission",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(2000000000)],
                        verbose_name="commission, ₸",
                    ),
                ),
                (
                    "tax",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(2000000000)],
                        verbose_name="tax, ₸",
                    ),
                ),
                (
                    "bonus",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(2000000000)],
                        verbose_name="bonus, ₸",
                    ),
                ),
                (
                    "delivery",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(2000000000)],
                        verbose_name="delivery, ₸",
                    ),
                ),
                (
                    "returns_reserve",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(2000000000)],
                        verbose_name="reserve for returns, ₸",
                    ),
                ),
                ("profit", models.IntegerField(blank=True, null=True, verbose_name="profit, ₸")),
                ("missing", models.CharField(blank=True, max_length=20, verbose_name="not known")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="stores.orderaccount",
                        verbose_name="account",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="account_lines",
                        to="stores.product",
                        verbose_name="product",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "line of an order's account",
                "verbose_name_plural": "lines of orders' accounts",
                "ordering": ["pk"],
                "indexes": [models.Index(fields=["store", "day"], name="order_account_line_day")],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="OrderReturn",
            fields=[
                (
                    "order",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="goods_return",
                        serialize=False,
                        to="stores.order",
                        verbose_name="order",
                    ),
                ),
                (
                    "fate",
                    models.CharField(
                        choices=[
                            ("open", "On its way"),
                            ("sold", "Sold"),
                            ("cancelled", "Cancelled before it left"),
                            ("refused", "Not taken by the buyer"),
                            ("returned", "Returned by the buyer"),
                        ],
                        max_length=10,
                        verbose_name="what became of it",
                    ),
                ),
                ("since", models.DateTimeField(verbose_name="awaited since")),
                (
                    "amount",
                    models.PositiveIntegerField(
                        validators=[django.core.validators.MaxValueValidator(2000000000)], verbose_name="sold for, ₸"
                    ),
                ),
                (
                    "at_stake",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(2000000000)],
                        verbose_name="at stake, ₸",
                    ),
                ),
                ("told_at", models.DateTimeField(editable=False, null=True)),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="order_returns",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "awaited return",
                "verbose_name_plural": "awaited returns",
                "ordering": ["since", "pk"],
                "indexes": [
                    models.Index(fields=["store", "since"], name="order_return_oldest"),
                    models.Index(fields=["told_at", "since"], name="order_return_untold"),
                ],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="QualityLimit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "code",
                    stores.models.fields.ArticleField(
                        help_text="Names the row in explanations.", max_length=64, verbose_name="code"
                    ),
                ),
                ("source", models.TextField(help_text="The document and its date.", verbose_name="source")),
                ("valid_from", models.DateField(verbose_name="valid from")),
                (
                    "valid_to",
                    models.DateField(
                        blank=True, help_text="Empty: until further notice.", null=True, verbose_name="valid to"
                    ),
                ),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="changed")),
                (
                    "indicator",
                    models.CharField(
                        choices=[
                            ("cancels", "Cancelled by the seller's fault"),
                            ("late_handovers", "Handed over late"),
                            ("returns", "Returned"),
                            ("rating", "Rating of the shop"),
                        ],
                        max_length=20,
                        verbose_name="indicator",
                    ),
                ),
                (
                    "limit",
                    models.DecimalField(
                        decimal_places=4,
                        help_text="A part of one: 0.03 for 3 %. The rating: 0 to 5.",
                        max_digits=5,
                        verbose_name="limit",
                    ),
                ),
                ("days", models.PositiveSmallIntegerField(verbose_name="over so many days")),
            ],
            options={
                "verbose_name": "quality limit",
                "verbose_name_plural": "quality limits",
                "ordering": ["indicator", "-valid_from"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("days__gte", 1), ("limit__gt", 0), ("limit__lte", 5)),
                        name="quality_limit_is_possible",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to__isnull", True), ("valid_to__gte", models.F("valid_from")), _connector="OR"
                        ),
                        name="quality_limit_days_in_order",
                        violation_error_message="The end lies before the beginning.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="QualityState",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "indicator",
                    models.CharField(
                        choices=[
                            ("cancels", "Cancelled by the seller's fault"),
                            ("late_handovers", "Handed over late"),
                            ("returns", "Returned"),
                            ("rating", "Rating of the shop"),
                        ],
                        max_length=20,
                        verbose_name="indicator",
                    ),
                ),
                (
                    "level",
                    models.CharField(
                        choices=[("fine", "Fine"), ("near", "Near the limit"), ("over", "Over the limit")],
                        default="fine",
                        max_length=10,
                        verbose_name="level",
                    ),
                ),
                ("crossings", models.PositiveIntegerField(default=0, verbose_name="became worse so often")),
                ("changed_at", models.DateTimeField(auto_now_add=True, verbose_name="changed")),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="quality_states",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "quality state",
                "verbose_name_plural": "quality states",
                "ordering": ["store", "indicator"],
                "constraints": [
                    models.UniqueConstraint(fields=("store", "indicator"), name="quality_state_once_per_store")
                ],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="ReturnOutcome",
            fields=[
                (
                    "order",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="return_outcome",
                        serialize=False,
                        to="stores.order",
                        verbose_name="order",
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("sellable", "Came back, can be sold"),
                            ("damaged", "Came back damaged"),
                            ("missing", "Never came back"),
                        ],
                        max_length=10,
                        verbose_name="outcome",
                    ),
                ),
                ("said_at", models.DateTimeField(auto_now_add=True, verbose_name="said")),
                (
                    "said_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="said by",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="return_outcomes",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "outcome of a return",
                "verbose_name_plural": "outcomes of returns",
                "ordering": ["-said_at", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("outcome__in", ["sellable", "damaged", "missing"])),
                        name="return_outcome_is_known",
                    )
                ],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="AcceptanceDecision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("is_accepted", models.BooleanField(verbose_name="accepted by itself")),
                ("reasons", models.JSONField(blank=True, default=list, verbose_name="why not")),
                ("rules_version", models.PositiveIntegerField(verbose_name="version of the rules")),
                ("decided_at", models.DateTimeField(verbose_name="decided")),
                (
                    "action",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="stores.orderaction",
                        verbose_name="accepted by",
                    ),
                ),
                (
                    "order",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="acceptance",
                        to="stores.order",
                        verbose_name="order",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="acceptance_decisions",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
                ("ask_at", models.DateTimeField(editable=False, null=True)),
                ("same_answers", models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                ("standing", models.CharField(db_default="", default="", editable=False, max_length=100)),
            ],
            options={
                "verbose_name": "decision on acceptance",
                "verbose_name_plural": "decisions on acceptance",
                "ordering": ["-pk"],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="AcceptanceRules",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("is_on", models.BooleanField(default=False, verbose_name="accept by itself")),
                (
                    "least_margin",
                    models.DecimalField(
                        blank=True,
                        decimal_places=6,
                        help_text="The share of each line's price that must be left: 0.08 is 8 %. Empty: whatever it earns.",
                        max_digits=7,
                        null=True,
                        verbose_name="least margin",
                    ),
                ),
                (
                    "most_total",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Empty: whatever it costs.",
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(2000000000)],
                        verbose_name="up to a total of, ₸",
                    ),
                ),
                ("hours", models.JSONField(blank=True, null=True, verbose_name="hours")),
                ("takes_express", models.BooleanField(default=False, verbose_name="Express too")),
                ("takes_preorders", models.BooleanField(default=False, verbose_name="pre-orders too")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("changed_at", models.DateTimeField(auto_now=True, verbose_name="changed")),
                (
                    "changed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="changed by",
                    ),
                ),
                (
                    "store",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="acceptance_rules",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "rules of acceptance",
                "verbose_name_plural": "rules of acceptance",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("least_margin__isnull", True),
                            models.Q(("least_margin__gte", 0), ("least_margin__lt", 1)),
                            _connector="OR",
                        ),
                        name="acceptance_least_margin_under_1",
                        violation_error_message="A share lies between 0 and 1.",
                    )
                ],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="StockMovement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("reserved", "Ordered"),
                            ("reduced", "Cancelled in part"),
                            ("released", "Cancelled"),
                            ("revived", "Ordered after all"),
                            ("returned", "Back, fit for sale"),
                        ],
                        max_length=10,
                        verbose_name="what",
                    ),
                ),
                ("remaining", models.PositiveIntegerField(default=0, verbose_name="pieces left of the line")),
                ("change", models.IntegerField(help_text="Less than 0: taken from the stock.", verbose_name="pieces")),
                ("lost", models.PositiveIntegerField(default=0, verbose_name="pieces lacking")),
                ("stock_after", models.PositiveIntegerField(verbose_name="stock after it")),
                ("counted_at", models.DateTimeField(editable=False, null=True, verbose_name="of the count")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                (
                    "actor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by whom",
                    ),
                ),
                (
                    "availability",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="movements",
                        to="stores.availability",
                        verbose_name="availability",
                    ),
                ),
                (
                    "order_item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stock_movements",
                        to="stores.orderitem",
                        verbose_name="order item",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stock_movements",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "stock movement",
                "verbose_name_plural": "stock movements",
                "ordering": ["-pk"],
                "indexes": [models.Index(fields=["store", "created_at"], name="stock_movement_since")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("order_item", "kind", "remaining", "counted_at"),
                        name="stock_movement_once_per_line_and_count",
                    )
                ],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="StockRules",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("follows_orders", models.BooleanField(default=True, verbose_name="orders move the stock")),
                (
                    "hides_gone",
                    models.BooleanField(
                        default=False,
                        help_text="The price list says “not available” of what is counted, gone, and not for pre-order.",
                        verbose_name="off sale when nothing is left",
                    ),
                ),
                (
                    "doubted_after_days",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        default=30,
                        help_text="Empty: however long ago.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(365),
                        ],
                        verbose_name="a count is doubtful after, days",
                    ),
                ),
                (
                    "store",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stock_rules",
                        to="stores.store",
                        verbose_name="store",
                    ),
                ),
                ("version", models.PositiveIntegerField(db_default=1, default=1, editable=False)),
            ],
            options={
                "verbose_name": "stock rules",
                "verbose_name_plural": "stock rules",
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="TaskFailure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("task", models.CharField(max_length=200, verbose_name="task")),
                ("error", models.CharField(help_text="The class of the error.", max_length=200, verbose_name="error")),
                ("failed_at", models.DateTimeField(auto_now_add=True, db_index=True, verbose_name="failed")),
            ],
            options={
                "verbose_name": "failed task",
                "verbose_name_plural": "failed tasks",
                "ordering": ["-pk"],
            },
        ),
        # Columns that nothing reads: releases before the first wrote them, and each database has them.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveField("waitingprice", "seen_version"),
                migrations.RemoveField("waitingprice", "seen_product_version"),
            ]
        ),
    ]
