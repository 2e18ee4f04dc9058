"""The store's own side of the marketplace: its token, and what is asked with it."""
