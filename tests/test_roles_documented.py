"""docs/roles.md shows the table of the code, and no other."""

from collections.abc import Iterator

from django.utils.translation import override

from kaspi_backend.environment import CHECKOUT
from stores.models.roles import MAY, SCOPES, Action, Role


def rows() -> dict[str, list[str]]:
    """Action → the cells of its row."""
    lines = (CHECKOUT / "docs" / "roles.md").read_text().splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return {row[0].strip("`"): row[1:] for row in cells}


def test_the_table_of_the_docs_is_the_table_of_the_code() -> None:
    documented = rows()
    assert documented["action"] == [*Role, "API token", "what it is"]
    told = {action: documented[action][: len(Role) + 1] for action in documented if action in Action.values}
    granted = {action: [["", "yes"][action in MAY[role]] for role in Role] for action in Action}
    assert told == {action: [*cells, ["", "yes"][action in SCOPES]] for action, cells in granted.items()}


def test_the_words_are_those_of_the_code() -> None:
    with override("en"):
        assert {action: rows()[action][-1] for action in Action.values} == dict(told())


def told() -> Iterator[tuple[str, str]]:
    """Action → what it is called."""
    yield from ((action.value, str(action.label)) for action in Action)
