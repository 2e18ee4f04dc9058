import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import landing.validators


class Migration(migrations.Migration):
    replaces = [("landing", "0001_landing"), ("landing", "0002_landing")]

    dependencies = [
        ("landing", "0001_schema"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Review",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "author_name",
                    models.CharField(
                        max_length=150, validators=[landing.validators.check_plain_text], verbose_name="author"
                    ),
                ),
                (
                    "company",
                    models.CharField(
                        blank=True,
                        max_length=150,
                        validators=[landing.validators.check_plain_text],
                        verbose_name="company",
                    ),
                ),
                (
                    "text",
                    models.TextField(
                        max_length=1500, validators=[landing.validators.check_plain_text], verbose_name="text"
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        choices=[("ru", "Russian"), ("kk", "Kazakh"), ("en", "English")],
                        default="ru",
                        max_length=2,
                        verbose_name="language",
                    ),
                ),
                ("rating", models.PositiveSmallIntegerField(help_text="From 1 to 5.", verbose_name="rating")),
                (
                    "state",
                    models.CharField(
                        choices=[("submitted", "submitted"), ("published", "published"), ("rejected", "rejected")],
                        default="submitted",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="created at"),
                ),
                (
                    "position",
                    models.PositiveIntegerField(default=0, help_text="Smaller comes first.", verbose_name="position"),
                ),
                (
                    "author",
                    models.ForeignKey(
                        blank=True,
                        help_text="Who sent it in; his words are published or rejected, never edited.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reviews",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="customer",
                    ),
                ),
                ("photo", models.FileField(blank=True, upload_to="", verbose_name="photo")),
            ],
            options={
                "verbose_name": "review",
                "verbose_name_plural": "reviews",
                "ordering": ["position", "-created_at"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("rating__gte", 1), ("rating__lte", 5)),
                        name="landing_review_rating_from_1_to_5",
                        violation_error_message="The rating goes from 1 to 5.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["submitted", "published", "rejected"])),
                        name="landing_review_state_known",
                    ),
                ],
            },
        ),
    ]
