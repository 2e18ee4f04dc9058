"""What a person says of himself."""

from typing import Any

from users.models import User

OWN = ("full_name", "language")


def change_person(user: Any, values: dict[str, Any]) -> User:
    """Change the name or the language; `values` names those that change."""
    changed = [name for name in OWN if name in values]
    for name in changed:
        setattr(user, name, values[name])
    user.save(update_fields=changed)
    return user
