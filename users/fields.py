# Django's fields take type arguments in the stubs only, not when the program runs.
# mypy: allow-any-generics

from typing import Any

from django.db import models


class LowerCaseEmailField(models.EmailField):
    """An e-mail that is stored, compared and looked up in lower case.

    With it `Anna@Example.kz` and `anna@example.kz` are one address on SQLite, which compares with case,
    as on MariaDB, which compares without.
    """

    def to_python(self, value: Any) -> Any:
        return lower_case(super().to_python(value))

    def get_prep_value(self, value: Any) -> Any:
        return lower_case(super().get_prep_value(value))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:  # noqa: FBT001 - Django's signature
        email = lower_case(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, email)
        return email


def lower_case(value: Any) -> Any:
    """`value` in lower case if it is text; anything else (None, an expression) as it is."""
    return value.lower() if isinstance(value, str) else value
