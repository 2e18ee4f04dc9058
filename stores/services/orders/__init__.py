"""A store's orders: read from the marketplace, and moved along there."""
