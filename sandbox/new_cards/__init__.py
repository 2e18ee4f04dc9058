"""How new cards are made: what a category asks for, batches that are judged, moderators who take their time."""
