"""What people type to find something, as words."""

# Each word is looked for in each row of a store. Who pastes a whole name finds it by ten of its words.
MOST_WORDS = 10


def search_words(text: str) -> list[str]:
    """The words of a search, each once; of more than MOST_WORDS the longest, which tell most."""
    return sorted(dict.fromkeys(text.split()), key=len, reverse=True)[:MOST_WORDS]
