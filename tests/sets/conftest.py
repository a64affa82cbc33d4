import pytest
from stored import LAMP, photos

from hrnet.sets import Sets
from hrnet.sets.bring import new


@pytest.fixture
def sets(tmp_path):
    return Sets(tmp_path / "sets")


@pytest.fixture
def one(sets, tmp_path):
    """A set of three pictures without labels, with the joints of a lamp."""
    made, _ = new(sets, photos(tmp_path / "src", 3), "lamps")
    made.set_skeleton(LAMP, [None] * len(LAMP))
    return made
