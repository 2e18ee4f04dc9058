import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import users.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("landing", "0001_landing"),
    ]

    operations = [
        migrations.CreateModel(
            name="User",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
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
                        default=True,
                        help_text="Switch this off instead of deleting the user.",
                        verbose_name="active",
                    ),
                ),
                (
                    "is_staff",
                    models.BooleanField(
                        default=False, help_text="Whether the user may open the admin.", verbose_name="staff"
                    ),
                ),
                (
                    "date_joined",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="date joined"),
                ),
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
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
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
                ("ends_at", models.DateTimeField(verbose_name="ends at")),
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
                        condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                        name="users_usertariff_ends_after_start",
                        violation_error_message="The end must come after the start.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["trial", "active", "grace", "expired", "paused"])),
                        name="users_usertariff_state_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="UserPurchase",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                (
                    "period",
                    models.CharField(
                        choices=[("month", "month"), ("year", "year")], max_length=5, verbose_name="period"
                    ),
                ),
                (
                    "amount",
                    models.PositiveIntegerField(help_text="Whole tenge, as charged.", verbose_name="amount"),
                ),
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
                            ("paid", "paid"),
                            ("refused", "refused"),
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
                (
                    "receipt_number",
                    models.CharField(blank=True, max_length=100, verbose_name="receipt number"),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_index=True,
                        default=django.utils.timezone.now,
                        editable=False,
                        verbose_name="created at",
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
                        condition=models.Q(
                            models.Q(("paid_at__isnull", True), ("state__in", ["created", "refused"])),
                            models.Q(
                                ("access_from__isnull", False),
                                ("paid_at__isnull", False),
                                ("state__in", ["paid", "refunded"]),
                            ),
                            _connector="OR",
                        ),
                        name="users_userpurchase_paid_is_dated",
                        violation_error_message="A paid or refunded purchase has the time of payment and the access it bought; another one has no time of payment.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("period__in", ["month", "year"])),
                        name="users_userpurchase_period_known",
                    ),
                ],
            },
        ),
    ]
