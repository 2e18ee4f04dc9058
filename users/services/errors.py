"""What a service refuses, for people and for programs. Doors turn these into answers; nobody parses the text."""

# ruff: noqa: N818 -- an error is named for what happened

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Refusal(Exception):
    """
    The request was understood and is not done; nothing has changed.

    `code` is stable; `message` is a translated sentence that says what was read, what is wrong and what to write
    instead; `fields` names the inputs it is about.
    """

    code: str
    message: Any
    fields: dict[str, list[Any]] = field(default_factory=dict)

    def __str__(self) -> str:
        return str(self.message)
