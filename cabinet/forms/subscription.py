"""What a person orders."""

from collections.abc import Mapping
from typing import Any

from django import forms

from cabinet.fields import MoneyField
from landing.models import Tariff
from users.models import UserPurchase
from users.payments.registry import ready_providers


class OrderForm(forms.Form):
    """A plan, for how long, at the price that was shown (tenge), and how it will be paid."""

    tariff = forms.ModelChoiceField(Tariff.objects.all(), to_field_name="code")
    period = forms.ChoiceField(choices=UserPurchase.Period.choices)
    expected_amount = MoneyField(min_value=0)
    provider = forms.ChoiceField()

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__(data)
        field = self.fields["provider"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 -- tells the types
        field.choices = [(provider.code, provider.name) for provider in ready_providers()]
