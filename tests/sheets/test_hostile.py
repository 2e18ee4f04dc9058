"""No file harms who reads it: the reading process refuses it, says where the fault is, and is gone."""

from pathlib import Path

import pytest

from sheets import FileRefused
from tests.sheets.hostile import Hostile, hostile_files
from tests.sheets.makers import read

FILES = list(hostile_files())


def test_there_are_enough_of_them() -> None:
    assert len({hostile.name for hostile in FILES}) == len(FILES) >= 30


@pytest.mark.parametrize("hostile", FILES, ids=[hostile.name for hostile in FILES])
def test_it_is_refused_with_its_place(tmp_path: Path, hostile: Hostile) -> None:
    with pytest.raises(FileRefused) as refused:
        read(tmp_path, hostile.make())
    error = refused.value
    assert (error.code, error.row, error.column) == (hostile.code, hostile.row, hostile.column)
