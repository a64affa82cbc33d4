import subprocess
import sys

import pytest

from hrnet.places import cuts, places
from hrnet.spec import W32, ModelSpec

SMALLEST = ModelSpec("smallest", width=1, modules=(1, 1, 1))


def test_the_places_of_a_unit_come_in_the_order_of_the_forward_pass():
    assert places(SMALLEST, ["st?m", "stage1", "stage2.*"]) == [
        *("stem", "stage1", "stage2.unit0.branch0", "stage2.unit0.branch1"),
        *("stage2.unit0.edge.0-0", "stage2.unit0.edge.1-0", "stage2.unit0.edge.0-1", "stage2.unit0.edge.1-1"),
        *("stage2.unit0.out.0", "stage2.unit0.out.1"),
    ]


def test_the_last_unit_feeds_the_head_alone():
    assert (
        places(SMALLEST)[-9:]
        == [
            *(f"stage4.unit0.branch{i}" for i in range(4)),
            *(f"stage4.unit0.edge.{i}-0" for i in range(4)),
            *("stage4.unit0.out.0", "head"),
        ][-9:]
    )
    assert cuts(SMALLEST, "stage4.unit0.out.*") == ["stage4.unit0.out.0"]


def test_w32_has_an_edge_for_each_pair_of_branches_of_its_eight_units():
    # one unit of 2 branches, four of 3, two of 4, and the last one of 4 branches with one target
    assert len(places(W32, "*.edge.*")) == 4 + 4 * 9 + 2 * 16 + 4
    assert len(places(W32, "*.branch?")) == 2 + 4 * 3 + 3 * 4
    assert len(places(W32, "*.out.?")) == 2 + 4 * 3 + 2 * 4 + 1
    assert len(cuts(W32, "stage?.unit[0-9]")) == 8


def test_cuts_are_the_places_between_stage_1_and_the_head_and_the_whole_units():
    units = {"stage2.unit0", "stage3.unit0", "stage4.unit0"}
    assert set(cuts(SMALLEST)) == set(places(SMALLEST)) - {"stem", "stage1", "head"} | units
    assert len(set(places(SMALLEST))) == len(places(SMALLEST))


def test_names_asked_for_twice_come_once_and_in_order():
    assert places(W32, ["head", "stem", "stem", "h*"]) == ["stem", "head"]


@pytest.mark.parametrize(
    ("pattern", "answer"),
    [
        ("stage3.2.branch1", "no place 'stage3.2.branch1'; near it: stage3.unit2.branch1"),
        ("Stage3.Unit2.Branch1", "no place 'Stage3.Unit2.Branch1'; near it: stage3.unit2.branch1"),
        ("stage3.unit2", "'stage3.unit2' cannot be seen; near it: stage3.unit"),
        ("quantum", "no place 'quantum'; what can be seen goes from stem to head"),
    ],
)
def test_a_name_that_cannot_be_seen_is_answered_with_the_nearest(pattern, answer):
    with pytest.raises(ValueError) as error:
        places(W32, [pattern])
    assert answer in str(error.value)


@pytest.mark.parametrize("name", ["stem", "stage1", "head"])
def test_the_way_in_and_the_way_out_cannot_be_cut(name):
    with pytest.raises(ValueError, match=f"'{name}' cannot be cut; "):
        cuts(W32, name)


def test_the_names_need_no_torch():
    code = "import sys; import hrnet.places, hrnet.spec as s; hrnet.places.places(s.W8); print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"
