"""
FileRefused      the file as a whole is not read: `code`, where, and facts for the message
CellRefused      one value is not read; its row is left out, and the others are read on
"""

# ruff: noqa: N818 -- an error is named for what happened

from collections.abc import Mapping


class FileRefused(Exception):
    """
    Nothing of the file is used.

    `row` and `column` count from 1 and are 0 where the fault has no such place; `facts` are what a message says.
    """

    def __init__(self, code: str, row: int = 0, column: int = 0, **facts: str) -> None:
        super().__init__(code, row, column, facts)
        self.code = code
        self.row = row
        self.column = column
        self.facts = facts


class CellRefused(Exception):
    """One value is not what its column holds: `code`, and facts for the message."""

    def __init__(self, code: str, facts: Mapping[str, str]) -> None:
        super().__init__(code, facts)
        self.code = code
        self.facts = dict(facts)
