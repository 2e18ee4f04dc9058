"""A pricing rule: which products, which strategy, which plan; and its switch."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cabinet.fields import CategoryField
from cabinet.forms.plan import EditForm
from money.fields import WholeNumberField
from stores.models import PricingRule
from stores.services.prices import plans


class RuleForm(EditForm):
    """What a rule says. `categories`: those that may be chosen. A rule that is not saved yet is a new one."""

    name = forms.CharField(label=_("Name"), max_length=200)
    category_code = CategoryField(label=_("Category"))

    def __init__(self, rule: PricingRule, categories: Sequence[str], data: Mapping[str, Any] | None = None) -> None:
        present = {"version": rule.version, "name": rule.name, "category_code": rule.category_code}
        super().__init__(plans.Policy(rule.strategy, rule.plan, rule.step), present, data)
        self.fields["category_code"].offer(categories)  # type: ignore[attr-defined] # as declared

    def values(self) -> dict[str, Any]:
        """What was filled in, as the service takes it."""
        told = {name: self.cleaned_data[name] for name in ("name", "category_code", "strategy", "step")}
        return told | {"plan": self.stored_plan()}


class SwitchForm(forms.Form):
    """Switch a rule, as it was read (`version`), on or off."""

    version = WholeNumberField()
    is_on = forms.BooleanField(required=False)
