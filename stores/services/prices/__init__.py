"""Our prices: decided, sent through the one gateway, published, pulled, seen."""
