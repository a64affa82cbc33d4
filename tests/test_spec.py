import json
import subprocess
import sys

import pytest

from hrnet.spec import SPECS, W8, W16_SMALL, W18_SMALL_V2, W24_SMALL, W32, W48, ModelSpec


def test_w32_and_w48_are_the_networks_of_the_paper():
    for spec, width in ((W32, 32), (W48, 48)):
        assert spec.channels(4) == [width, 2 * width, 4 * width, 8 * width]
        assert (spec.stem, spec.bottleneck, spec.stage1_blocks, spec.modules, spec.blocks) == (64, 64, 4, (1, 4, 3), 4)
        assert sum(spec.modules) == 8  # exchange units


def test_the_small_ones_differ_only_in_width():
    layouts = [{**spec.to_dict(), "name": "", "width": 0} for spec in (W8, W16_SMALL, W18_SMALL_V2, W24_SMALL)]
    assert layouts == [layouts[0]] * 4
    assert (W18_SMALL_V2.stage1_blocks, W18_SMALL_V2.modules, W18_SMALL_V2.blocks) == (2, (1, 3, 2), 2)


def test_a_stage_has_the_first_branches_finest_first():
    assert W32.channels(1) == [32]
    assert W18_SMALL_V2.channels(3) == [18, 36, 72]


def test_every_spec_is_listed_under_its_own_name():
    assert list(SPECS) == ["W48", "W32", "W24-small", "W18-small-v2", "W16-small", "W8"]
    assert all(spec.name == name for name, spec in SPECS.items())


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_a_spec_survives_json(spec):
    again = ModelSpec.from_dict(json.loads(json.dumps(spec.to_dict())))
    assert again == spec
    assert hash(again) == hash(spec)


@pytest.mark.parametrize(
    "change",
    [{"width": 0}, {"blocks": -1}, {"modules": (1, 4)}, {"modules": (1, 0, 3)}, {"stage1_blocks": 0}],
)
def test_sizes_below_one_and_missing_stages_are_refused(change):
    with pytest.raises(ValueError, match="three module counts and sizes of at least 1"):
        ModelSpec(**{**W8.to_dict(), "modules": W8.modules, **change})


@pytest.mark.parametrize("change", [{"depth": 3}, {"modules": 4}, {"width": "8"}])
def test_values_of_something_else_are_no_layout(change):
    with pytest.raises(ValueError, match="not a network layout"):
        ModelSpec.from_dict({**W8.to_dict(), **change})


@pytest.mark.parametrize("key", ["name", "width", "modules"])
def test_a_layout_needs_its_name_width_and_modules(key):
    values = W8.to_dict()
    del values[key]
    with pytest.raises(ValueError, match=f"not a network layout.*{key}"):
        ModelSpec.from_dict(values)


def test_the_ground_floor_needs_no_torch():
    code = "import sys; import hrnet.spec, hrnet.skeleton, hrnet.geometry, hrnet.person; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"
