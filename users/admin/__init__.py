"""People and what they pay, as the service desk sees them. One module per topic."""

from users.admin import money, people, sign_in

__all__ = ["money", "people", "sign_in"]
