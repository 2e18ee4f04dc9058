"""New cards: filled in by what their category asks, checked here, sent once, followed until each is judged."""
