"""The ledger of access, what payment providers said, and what a purchase needs to follow both."""

from typing import Any

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


def date_refunds(apps: Any, schema_editor: Any) -> None:
    """A refund was not dated before; it was not earlier than its payment."""
    refunded = apps.get_model("users", "UserPurchase").objects.filter(state="refunded", refunded_at=None)
    refunded.update(refunded_at=models.F("paid_at"))


def write_down_subscriptions(apps: Any, schema_editor: Any) -> None:
    """A subscription that an operator entered by hand is given by the ledger from now on; a paused one goes on."""
    entries = apps.get_model("users", "AccessEntry").objects
    current = apps.get_model("users", "UserTariff").objects.filter(is_current=True)
    current.filter(state="paused").update(state="active")
    for there in current:
        entries.create(
            user_id=there.user_id,
            tariff_id=there.tariff_id,
            source="trial" if there.state == "trial" else "gift",
            why="trial" if there.state == "trial" else "extension",
            starts_at=there.starts_at,
            ends_at=there.ends_at,
            note="Entered before there was a ledger.",
        )


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0003_accounts_emails"),
        ("landing", "0003_landing_defaults"),
    ]

    operations = [
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
            ],
            options={
                "verbose_name": "row of the ledger",
                "verbose_name_plural": "ledger of access",
                "ordering": ["pk"],
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
            ],
            options={
                "verbose_name": "payment event",
                "verbose_name_plural": "payment events",
                "ordering": ["-pk"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="userpurchase",
            name="users_userpurchase_paid_is_dated",
        ),
        migrations.RemoveConstraint(
            model_name="usertariff",
            name="users_usertariff_ends_after_start",
        ),
        migrations.AddField(
            model_name="userpurchase",
            name="attention",
            field=models.CharField(
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
        migrations.AddField(
            model_name="userpurchase",
            name="credit",
            field=models.PositiveIntegerField(
                blank=True,
                default=0,
                help_text="What was left of the plan before, taken off the price; whole tenge.",
                verbose_name="credit",
            ),
        ),
        migrations.AddField(
            model_name="userpurchase",
            name="decided_by",
            field=models.ForeignKey(
                blank=True,
                help_text="Who confirmed, refused or refunded it; nobody where the provider said so.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="decided by",
            ),
        ),
        migrations.AddField(
            model_name="userpurchase",
            name="note",
            field=models.CharField(blank=True, max_length=500, verbose_name="note"),
        ),
        migrations.AddField(
            model_name="userpurchase",
            name="payment_url",
            field=models.CharField(blank=True, editable=False, help_text="Where it is paid online.", max_length=300),
        ),
        migrations.AddField(
            model_name="userpurchase",
            name="quoted_at_entry",
            field=models.PositiveBigIntegerField(
                default=0, editable=False, help_text="The last row of the ledger when the price was named; 0: none."
            ),
        ),
        migrations.AddField(
            model_name="userpurchase",
            name="refunded_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="refunded at"),
        ),
        migrations.AlterField(
            model_name="userpurchase",
            name="state",
            field=models.CharField(
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
        migrations.AlterField(
            model_name="usertariff",
            name="ends_at",
            field=models.DateTimeField(
                blank=True, help_text="The free plan has no end.", null=True, verbose_name="ends at"
            ),
        ),
        migrations.RunPython(date_refunds, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="userpurchase",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="usertariff",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__isnull", True), ("ends_at__gte", models.F("starts_at")), _connector="OR"),
                name="users_usertariff_ends_in_order",
                violation_error_message="The end must not come before the start.",
            ),
        ),
        migrations.AddField(
            model_name="accessentry",
            name="actor",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="written by",
            ),
        ),
        migrations.AddField(
            model_name="accessentry",
            name="caused_by",
            field=models.ForeignKey(
                blank=True,
                help_text="The purchase that was confirmed or refunded when this was written.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="caused_entries",
                to="users.userpurchase",
                verbose_name="caused by",
            ),
        ),
        migrations.AddField(
            model_name="accessentry",
            name="purchase",
            field=models.ForeignKey(
                blank=True,
                help_text="The payment that this access comes from.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="access_entries",
                to="users.userpurchase",
                verbose_name="purchase",
            ),
        ),
        migrations.AddField(
            model_name="accessentry",
            name="taken_from",
            field=models.OneToOneField(
                blank=True,
                help_text="Empty where access is given.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="take_back",
                to="users.accessentry",
                verbose_name="taken back from",
            ),
        ),
        migrations.AddField(
            model_name="accessentry",
            name="tariff",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="landing.tariff",
                verbose_name="tariff",
            ),
        ),
        migrations.AddField(
            model_name="accessentry",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="access_entries",
                to=settings.AUTH_USER_MODEL,
                verbose_name="user",
            ),
        ),
        migrations.AddField(
            model_name="paymentevent",
            name="purchase",
            field=models.ForeignKey(
                blank=True,
                help_text="Empty for a payment that is none of ours.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="events",
                to="users.userpurchase",
                verbose_name="purchase",
            ),
        ),
        migrations.AddConstraint(
            model_name="accessentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__isnull", True), ("ends_at__gt", models.F("starts_at")), _connector="OR"),
                name="users_accessentry_ends_after_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="accessentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amount__gte", 0), ("taken_from__isnull", True)),
                    models.Q(("amount__lte", 0), ("taken_from__isnull", False)),
                    _connector="OR",
                ),
                name="users_accessentry_sign_of_amount",
            ),
        ),
        migrations.AddConstraint(
            model_name="accessentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("source__in", ["trial", "paid", "gift", "free"])),
                name="users_accessentry_source_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentevent",
            constraint=models.UniqueConstraint(fields=("provider", "event_id"), name="users_paymentevent_once"),
        ),
        migrations.RunPython(write_down_subscriptions, migrations.RunPython.noop),
    ]
