"""Announcements whose loss harms nobody: facts are rows, these only say "look again"."""

from django.dispatch import Signal

# user: User. A subscription may be another one now, or count for other stores; sent after the commit.
subscription_moved = Signal()
