"""
Overtaken    another worker holds this upload now
MovedOn      the store has changed since the preview: what was promised cannot be done exactly so
"""

# ruff: noqa: N818 -- an error is named for what happened


class Overtaken(Exception):
    """Leave it: whoever holds the upload does the rest."""


class MovedOn(Exception):
    """Take back the transaction, and make the preview anew."""
