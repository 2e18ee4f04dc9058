from typing import Any

import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.core.management import call_command
from django.db import migrations, models

import users.fields


def create_throttle_table(apps: Any, schema_editor: Any) -> None:
    """The table where tries are counted."""
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    replaces = [
        ("users", "0001_users"),
        ("users", "0002_accounts"),
        ("users", "0003_accounts_emails"),
        ("users", "0004_billing"),
        ("users", "0005_staff"),
        ("users", "0006_no_access_log"),
        ("users", "0007_payers"),
    ]

    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("landing", "0001_schema"),
    ]

    operations = [
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "email",
                    users.fields.LowerCaseEmailField(
                        error_messages={"unique": "A user with this e-mail already exists."},
                        max_length=254,
                        unique=True,
                        verbose_name="e-mail",
                    ),
                ),
                ("full_name", models.CharField(blank=True, max_length=150, verbose_name="full name")),
                (
                    "language",
                    models.CharField(
                        choices=[("ru", "Russian"), ("kk", "Kazakh"), ("en", "English")],
                        default="ru",
                        max_length=2,
                        verbose_name="language",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True, help_text="Switch this off instead of deleting the user.", verbose_name="active"
                    ),
                ),
                (
                    "is_staff",
                    models.BooleanField(
                        default=False, help_text="Whether the user may open the admin.", verbose_name="staff"
                    ),
                ),
                ("date_joined", models.DateTimeField(default=django.utils.timezone.now, verbose_name="date joined")),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
                ("session_epoch", models.PositiveIntegerField(default=0, editable=False)),
                ("deleted_at", models.DateTimeField(editable=False, null=True, verbose_name="deleted")),
            ],
            options={
                "verbose_name": "user",
                "verbose_name_plural": "users",
                "ordering": ["email"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("email", django.db.models.functions.text.Lower("email"))),
                        name="users_user_email_lower_case",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="UserTariff",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("trial", "trial"),
                            ("active", "active"),
                            ("grace", "grace period"),
                            ("expired", "expired"),
                            ("paused", "paused"),
                        ],
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("starts_at", models.DateTimeField(verbose_name="starts at")),
                (
                    "ends_at",
                    models.DateTimeField(
                        blank=True, help_text="The free plan has no end.", null=True, verbose_name="ends at"
                    ),
                ),
                (
                    "is_current",
                    models.BooleanField(
                        blank=True,
                        choices=[(True, "Current")],
                        help_text="The subscription that counts now. A user has one at most.",
                        null=True,
                        verbose_name="current",
                    ),
                ),
                (
                    "tariff",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="user_tariffs",
                        to="landing.tariff",
                        verbose_name="tariff",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tariffs",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "subscription",
                "verbose_name_plural": "subscriptions",
                "ordering": ["-starts_at", "-pk"],
                "indexes": [models.Index(fields=["state", "ends_at"], name="users_usertariff_state_ends")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "is_current"),
                        name="users_usertariff_one_current",
                        violation_error_message="The user already has a current subscription.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("is_current__isnull", True), ("is_current", True), _connector="OR"),
                        name="users_usertariff_current_or_null",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["trial", "active", "grace", "expired", "paused"])),
                        name="users_usertariff_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_at__isnull", True), ("ends_at__gte", models.F("starts_at")), _connector="OR"
                        ),
                        name="users_usertariff_ends_in_order",
                        violation_error_message="The end must not come before the start.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="UserPurchase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "period",
                    models.CharField(
                        choices=[("month", "month"), ("year", "year")], max_length=5, verbose_name="period"
                    ),
                ),
                ("amount", models.PositiveIntegerField(help_text="Whole tenge, as charged.", verbose_name="amount")),
                (
                    "access_from",
                    models.DateTimeField(
                        blank=True, help_text="Known once it is paid.", null=True, verbose_name="access from"
                    ),
                ),
                (
                    "access_until",
                    models.DateTimeField(
                        blank=True, help_text="Known once it is paid.", null=True, verbose_name="access until"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("created", "created"),
                            ("refused", "refused"),
                            ("held", "held"),
                            ("paid", "paid"),
                            ("refunded", "refunded"),
                        ],
                        default="created",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                ("provider", models.CharField(max_length=32, verbose_name="payment provider")),
                (
                    "provider_payment_id",
                    models.CharField(blank=True, max_length=100, null=True, verbose_name="payment id at the provider"),
                ),
                ("receipt_number", models.CharField(blank=True, max_length=100, verbose_name="receipt number")),
                (
                    "created_at",
                    models.DateTimeField(
                        db_index=True, default=django.utils.timezone.now, editable=False, verbose_name="created at"
                    ),
                ),
                ("paid_at", models.DateTimeField(blank=True, null=True, verbose_name="paid at")),
                (
                    "tariff",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="purchases",
                        to="landing.tariff",
                        verbose_name="tariff",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="purchases",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
                (
                    "user_tariff",
                    models.ForeignKey(
                        blank=True,
                        help_text="The subscription this payment opened or prolonged.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="purchases",
                        to="users.usertariff",
                        verbose_name="subscription",
                    ),
                ),
                (
                    "attention",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("amount_differs", "another amount was paid"),
                            ("currency_differs", "it was paid in another currency"),
                            ("paid_twice", "it was paid more than once"),
                            ("plan_changed", "the plan has changed since the price was named"),
                            ("partly_refunded", "another amount was paid back"),
                            ("rest_credited", "it was paid back, but its rest pays for a later purchase"),
                        ],
                        max_length=16,
                        verbose_name="to be looked at",
                    ),
                ),
                (
                    "credit",
                    models.PositiveIntegerField(
                        blank=True,
                        default=0,
                        help_text="What was left of the plan before, taken off the price; whole tenge.",
                        verbose_name="credit",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        help_text="Who confirmed, refused or refunded it; nobody where the provider said so.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="decided by",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="note")),
                (
                    "payment_url",
                    models.CharField(blank=True, editable=False, help_text="Where it is paid online.", max_length=300),
                ),
                (
                    "quoted_at_entry",
                    models.PositiveBigIntegerField(
                        default=0,
                        editable=False,
                        help_text="The last row of the ledger when the price was named; 0: none.",
                    ),
                ),
                ("refunded_at", models.DateTimeField(blank=True, null=True, verbose_name="refunded at")),
            ],
            options={
                "verbose_name": "purchase",
                "verbose_name_plural": "purchases",
                "ordering": ["-created_at", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("provider", "provider_payment_id"),
                        name="users_userpurchase_one_per_payment",
                        violation_error_message="This payment is already recorded.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gte", 0)),
                        name="users_userpurchase_amount_not_negative",
                        violation_error_message="The amount cannot be negative.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("access_from__isnull", True), ("access_until__isnull", True)),
                            models.Q(
                                ("access_from__isnull", False),
                                ("access_until__gt", models.F("access_from")),
                                ("access_until__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="users_userpurchase_access_in_order",
                        violation_error_message="Give both ends of the access, the end after the start, or neither.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("period__in", ["month", "year"])), name="users_userpurchase_period_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("paid_at__isnull", True),
                                ("refunded_at__isnull", True),
                                ("state__in", ["created", "refused", "held"]),
                            ),
                            models.Q(
                                ("access_from__isnull", False),
                                ("paid_at__isnull", False),
                                ("refunded_at__isnull", True),
                                ("state", "paid"),
                            ),
                            models.Q(
                                ("access_from__isnull", False),
                                ("paid_at__isnull", False),
                                ("refunded_at__isnull", False),
                                ("state", "refunded"),
                            ),
                            _connector="OR",
                        ),
                        name="users_userpurchase_paid_is_dated",
                        violation_error_message="A paid or refunded purchase has the time of payment and the access it bought, a refunded one the time of the refund; another one has none of these.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AccessEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("trial", "trial"),
                            ("paid", "paid"),
                            ("gift", "given by the service"),
                            ("free", "free plan"),
                        ],
                        max_length=5,
                        verbose_name="source",
                    ),
                ),
                (
                    "why",
                    models.CharField(
                        choices=[
                            ("trial", "trial"),
                            ("free_plan", "free plan chosen"),
                            ("free_plan_off", "free plan cancelled"),
                            ("purchase", "purchase"),
                            ("upgrade", "credited to a larger plan"),
                            ("refund", "refund"),
                            ("extension", "extended by the service"),
                            ("pause", "paused"),
                            ("resume", "resumed"),
                        ],
                        max_length=13,
                        verbose_name="why",
                    ),
                ),
                ("starts_at", models.DateTimeField(verbose_name="starts at")),
                ("ends_at", models.DateTimeField(blank=True, null=True, verbose_name="ends at")),
                (
                    "amount",
                    models.IntegerField(
                        default=0, help_text="Whole tenge; below zero where it is taken back.", verbose_name="worth"
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="note")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="created at"),
                ),
                (
                    "actor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="written by",
                    ),
                ),
                (
                    "caused_by",
                    models.ForeignKey(
                        blank=True,
                        help_text="The purchase that was confirmed or refunded when this was written.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="caused_entries",
                        to="users.userpurchase",
                        verbose_name="caused by",
                    ),
                ),
                (
                    "purchase",
                    models.ForeignKey(
                        blank=True,
                        help_text="The payment that this access comes from.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="access_entries",
                        to="users.userpurchase",
                        verbose_name="purchase",
                    ),
                ),
                (
                    "taken_from",
                    models.OneToOneField(
                        blank=True,
                        help_text="Empty where access is given.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="take_back",
                        to="users.accessentry",
                        verbose_name="taken back from",
                    ),
                ),
                (
                    "tariff",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="landing.tariff",
                        verbose_name="tariff",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="access_entries",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "row of the ledger",
                "verbose_name_plural": "ledger of access",
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_at__isnull", True), ("ends_at__gt", models.F("starts_at")), _connector="OR"
                        ),
                        name="users_accessentry_ends_after_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("amount__gte", 0), ("taken_from__isnull", True)),
                            models.Q(("amount__lte", 0), ("taken_from__isnull", False)),
                            _connector="OR",
                        ),
                        name="users_accessentry_sign_of_amount",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("source__in", ["trial", "paid", "gift", "free"])),
                        name="users_accessentry_source_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PaymentEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("provider", models.CharField(max_length=32, verbose_name="payment provider")),
                ("event_id", models.CharField(max_length=100, verbose_name="event id")),
                (
                    "kind",
                    models.CharField(
                        choices=[("paid", "paid"), ("failed", "failed"), ("refunded", "refunded")],
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                ("payment_id", models.CharField(max_length=100, verbose_name="payment id at the provider")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="amount")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("happened_at", models.DateTimeField(verbose_name="happened at")),
                (
                    "received_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="received at"),
                ),
                (
                    "purchase",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty for a payment that is none of ours.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="users.userpurchase",
                        verbose_name="purchase",
                    ),
                ),
            ],
            options={
                "verbose_name": "payment event",
                "verbose_name_plural": "payment events",
                "ordering": ["-pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("provider", "event_id"), name="users_paymentevent_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Impersonation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=300, verbose_name="why")),
                ("address", models.CharField(max_length=45, verbose_name="from which address")),
                ("started_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="from")),
                ("ends_at", models.DateTimeField(verbose_name="until at the latest")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="left")),
                (
                    "staff",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by whom",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="impersonations",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="as whom",
                    ),
                ),
            ],
            options={
                "verbose_name": "impersonation",
                "verbose_name_plural": "impersonations",
                "ordering": ["-pk"],
                "permissions": [("impersonate_user", "Can look on as a user")],
                "default_permissions": ["view"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="users_impersonation_has_reason"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("started_at"))), name="users_impersonation_in_order"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Letter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("payment_confirmed", "payment confirmed"),
                            ("payment_refused", "payment refused"),
                            ("payment_refunded", "payment refunded"),
                            ("subscription_ended", "subscription ended"),
                        ],
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                ("event", models.CharField(max_length=100, unique=True, verbose_name="event")),
                (
                    "until",
                    models.DateTimeField(
                        blank=True,
                        help_text="How long the price list is served without a subscription.",
                        null=True,
                        verbose_name="until",
                    ),
                ),
                ("created_at", models.DateTimeField(editable=False, verbose_name="written")),
                ("next_try_at", models.DateTimeField(editable=False, verbose_name="next try")),
                ("sent_at", models.DateTimeField(editable=False, null=True, verbose_name="sent")),
                (
                    "purchase",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="letters",
                        to="users.userpurchase",
                        verbose_name="purchase",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="letters",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "letter",
                "verbose_name_plural": "letters",
                "ordering": ["-pk"],
                "indexes": [models.Index(fields=["sent_at", "next_try_at"], name="users_letter_waiting")],
            },
        ),
        migrations.RunPython(create_throttle_table, migrations.RunPython.noop),
    ]
