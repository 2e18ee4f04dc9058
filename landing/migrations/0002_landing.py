import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import landing.validators


class Migration(migrations.Migration):
    dependencies = [
        ("landing", "0001_landing"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
        migrations.AddField(
            model_name="footer",
            name="logo",
            field=models.FileField(blank=True, upload_to="", verbose_name="logo"),
        ),
        migrations.AddField(
            model_name="review",
            name="author",
            field=models.ForeignKey(
                blank=True,
                help_text="Who sent it in; his words are published or rejected, never edited.",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="reviews",
                to=settings.AUTH_USER_MODEL,
                verbose_name="customer",
            ),
        ),
        migrations.AddField(
            model_name="review",
            name="photo",
            field=models.FileField(blank=True, upload_to="", verbose_name="photo"),
        ),
        migrations.AddField(
            model_name="tariff",
            name="features_en",
            field=models.TextField(blank=True, help_text="One a line.", verbose_name="features in English"),
        ),
        migrations.AddField(
            model_name="tariff",
            name="features_kk",
            field=models.TextField(blank=True, help_text="One a line.", verbose_name="features in Kazakh"),
        ),
        migrations.AddField(
            model_name="tariff",
            name="features_ru",
            field=models.TextField(blank=True, help_text="One a line.", verbose_name="features in Russian"),
        ),
        migrations.AddField(
            model_name="tariff",
            name="is_recommended",
            field=models.BooleanField(
                default=False, help_text="Stands out on the landing page.", verbose_name="recommended"
            ),
        ),
        migrations.AlterField(
            model_name="review",
            name="author_name",
            field=models.CharField(
                max_length=150, validators=[landing.validators.check_plain_text], verbose_name="author"
            ),
        ),
        migrations.AlterField(
            model_name="review",
            name="company",
            field=models.CharField(
                blank=True, max_length=150, validators=[landing.validators.check_plain_text], verbose_name="company"
            ),
        ),
        migrations.AlterField(
            model_name="review",
            name="text",
            field=models.TextField(
                max_length=1500, validators=[landing.validators.check_plain_text], verbose_name="text"
            ),
        ),
    ]
