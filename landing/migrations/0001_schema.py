from django.db import migrations, models

import landing.languages


class Migration(migrations.Migration):
    replaces = [("landing", "0001_landing"), ("landing", "0002_landing")]

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Faq",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("question_ru", models.CharField(max_length=255, verbose_name="question in Russian")),
                ("question_kk", models.CharField(blank=True, max_length=255, verbose_name="question in Kazakh")),
                ("question_en", models.CharField(blank=True, max_length=255, verbose_name="question in English")),
                ("answer_ru", models.TextField(verbose_name="answer in Russian")),
                ("answer_kk", models.TextField(blank=True, verbose_name="answer in Kazakh")),
                ("answer_en", models.TextField(blank=True, verbose_name="answer in English")),
                (
                    "position",
                    models.PositiveIntegerField(default=0, help_text="Smaller comes first.", verbose_name="position"),
                ),
                ("is_visible", models.BooleanField(default=True, verbose_name="visible")),
            ],
            options={
                "verbose_name": "question and answer",
                "verbose_name_plural": "questions and answers",
                "ordering": ["position", "pk"],
            },
            bases=(landing.languages.LocalizedTexts, models.Model),
        ),
        migrations.CreateModel(
            name="Footer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("company_name", models.CharField(max_length=150, verbose_name="company name")),
                ("address_ru", models.CharField(blank=True, max_length=255, verbose_name="address in Russian")),
                ("address_kk", models.CharField(blank=True, max_length=255, verbose_name="address in Kazakh")),
                ("address_en", models.CharField(blank=True, max_length=255, verbose_name="address in English")),
                ("phone", models.CharField(blank=True, max_length=32, verbose_name="phone")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail")),
                ("telegram_url", models.URLField(blank=True, verbose_name="Telegram link")),
                ("whatsapp_url", models.URLField(blank=True, verbose_name="WhatsApp link")),
                ("instagram_url", models.URLField(blank=True, verbose_name="Instagram link")),
                ("is_visible", models.BooleanField(default=True, verbose_name="visible")),
                ("logo", models.FileField(blank=True, upload_to="", verbose_name="logo")),
            ],
            options={
                "verbose_name": "footer",
                "verbose_name_plural": "footers",
                "ordering": ["pk"],
            },
            bases=(landing.languages.LocalizedTexts, models.Model),
        ),
        migrations.CreateModel(
            name="Tariff",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "code",
                    models.SlugField(
                        help_text="Stays the same when the name changes.", unique=True, verbose_name="code"
                    ),
                ),
                ("name_ru", models.CharField(max_length=100, verbose_name="name in Russian")),
                ("name_kk", models.CharField(blank=True, max_length=100, verbose_name="name in Kazakh")),
                ("name_en", models.CharField(blank=True, max_length=100, verbose_name="name in English")),
                ("description_ru", models.TextField(blank=True, verbose_name="description in Russian")),
                ("description_kk", models.TextField(blank=True, verbose_name="description in Kazakh")),
                ("description_en", models.TextField(blank=True, verbose_name="description in English")),
                ("price_month", models.PositiveIntegerField(help_text="Whole tenge.", verbose_name="price per month")),
                ("price_year", models.PositiveIntegerField(help_text="Whole tenge.", verbose_name="price per year")),
                (
                    "product_limit",
                    models.PositiveIntegerField(
                        help_text="How many products may be repriced.", verbose_name="product limit"
                    ),
                ),
                ("store_limit", models.PositiveIntegerField(default=1, verbose_name="store limit")),
                (
                    "staff_limit",
                    models.PositiveIntegerField(
                        default=0, help_text="How many people besides the owner.", verbose_name="staff limit"
                    ),
                ),
                ("trial_days", models.PositiveIntegerField(default=0, verbose_name="trial days")),
                (
                    "position",
                    models.PositiveIntegerField(default=0, help_text="Smaller comes first.", verbose_name="position"),
                ),
                (
                    "is_visible",
                    models.BooleanField(
                        default=True, help_text="Hidden tariffs stay with those who have them.", verbose_name="visible"
                    ),
                ),
                (
                    "features_en",
                    models.TextField(blank=True, help_text="One a line.", verbose_name="features in English"),
                ),
                (
                    "features_kk",
                    models.TextField(blank=True, help_text="One a line.", verbose_name="features in Kazakh"),
                ),
                (
                    "features_ru",
                    models.TextField(blank=True, help_text="One a line.", verbose_name="features in Russian"),
                ),
                (
                    "is_recommended",
                    models.BooleanField(
                        default=False, help_text="Stands out on the landing page.", verbose_name="recommended"
                    ),
                ),
            ],
            options={
                "verbose_name": "tariff",
                "verbose_name_plural": "tariffs",
                "ordering": ["position", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("price_month__gte", 0)),
                        name="landing_tariff_price_month_not_negative",
                        violation_error_message="The price cannot be negative.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("price_year__gte", 0)),
                        name="landing_tariff_price_year_not_negative",
                        violation_error_message="The price cannot be negative.",
                    ),
                ],
            },
            bases=(landing.languages.LocalizedTexts, models.Model),
        ),
        migrations.CreateModel(
            name="Edition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.CharField(max_length=32, verbose_name="token")),
            ],
            options={
                "verbose_name": "edition",
                "verbose_name_plural": "editions",
            },
        ),
    ]
