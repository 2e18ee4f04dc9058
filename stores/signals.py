"""Announcements whose loss harms nobody: facts are rows, these only say "look again"."""

from django.dispatch import Signal

# store_id: int, product_ids: list[int]. Sent after the commit.
prices_moved = Signal()

# store_id: int. Sent after the commit.
notifications_arrived = Signal()

# store_id: int, upload_id: int. Sent after the commit.
uploads_moved = Signal()

# store_id: int. Sent after the commit.
orders_moved = Signal()
