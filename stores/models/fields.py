"""Columns that mean the same on SQLite and on MariaDB."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from money.fields import TengeField

MIN_PRICE = 100
MAX_PRICE = 100_000_000
MAX_SUM = 2_000_000_000


class ArticleField(models.CharField):
    """
    Text that is compared byte by byte: articles, ids, keys.

    MariaDB's default collation takes `a`, `A`, `a ` and `á` for one article; SQLite is exact by itself.
    """

    def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, Any]:
        parameters = super().db_parameters(connection)
        if connection.vendor == "mysql":
            parameters["collation"] = "utf8mb4_nopad_bin"
        return parameters


def price_field(**kwargs: Any) -> "models.PositiveIntegerField[Any, Any]":
    """A price in whole tenge."""
    return TengeField(validators=[MinValueValidator(MIN_PRICE), MaxValueValidator(MAX_PRICE)], **kwargs)


def money_field(**kwargs: Any) -> "models.PositiveIntegerField[Any, Any]":
    """An amount in whole tenge that may be zero: a cost, a fee, a sum."""
    return TengeField(validators=[MaxValueValidator(MAX_SUM)], **kwargs)
