from django import template

from money import tenge, thousands

register = template.Library()

register.filter("thousands", thousands)
register.filter("tenge", tenge)
