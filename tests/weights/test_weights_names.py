import hashlib
import math

import pytest
import torch

from hrnet.network import HRNet
from hrnet.spec import SPECS, W8, W16_SMALL, W18_SMALL_V2, W24_SMALL, W32, W48, ModelSpec
from hrnet.weights import WeightsError, infer_spec, published_shapes
from hrnet.weights.names import first_difference

COUNTED = (".running_mean", ".running_var", ".num_batches_tracked")  # buffers, not parameters


@pytest.mark.parametrize(("net", "spec"), [("w32", W32), ("w48", W48)])
def test_names_shapes_and_order_are_those_of_the_published_code(golden_shapes, net, spec):
    assert list(published_shapes(spec, 17).items()) == list(golden_shapes(net).items())


def test_the_1754_names_have_the_known_digest():
    names = "\n".join(published_shapes(W32, 17))
    assert names.count("\n") == 1753
    digest = "5445a22bf2c4142a870ee597d02c6eddd36b4299a2d32574c0c7805395e84f21"
    assert hashlib.sha256(names.encode()).hexdigest() == digest


@pytest.mark.parametrize(
    ("spec", "joints", "parameters"),
    [
        (W32, 17, 28_536_113),
        (W32, 14, 28_536_014),
        (W48, 16, 63_595_696),
        (W8, 17, 896_025),
        (W16_SMALL, 17, 2_909_793),
        (W18_SMALL_V2, 17, 3_616_675),
        (W24_SMALL, 17, 6_225_577),
    ],
)
def test_the_shapes_add_up_to_the_known_parameter_counts(spec, joints, parameters):
    shapes = published_shapes(spec, joints)
    assert sum(math.prod(shape) for name, shape in shapes.items() if not name.endswith(COUNTED)) == parameters


@pytest.mark.parametrize("spec", [*SPECS.values(), ModelSpec("odd", 20, stem=32, bottleneck=16, modules=(2, 1, 1))])
def test_the_torch_network_has_exactly_these_tensors_and_they_tell_its_layout(spec):
    with torch.device("meta"):
        state = HRNet(spec, 5).state_dict()
    shapes = {name: tuple(tensor.shape) for name, tensor in state.items()}
    assert published_shapes(spec, 5) == shapes
    found = infer_spec(shapes)
    assert published_shapes(found, 5) == shapes
    assert found.name == (spec.name if spec.name in SPECS else "W20-custom")


def test_tensors_without_a_layout_are_refused():
    with pytest.raises(WeightsError, match="not an HRNet: 'stage2.0.branches.0.0.conv1.weight' is missing"):
        infer_spec({"conv1.weight": (64, 3, 3, 3)})
    shapes = published_shapes(W8, 17)
    stages = {name: shape for name, shape in shapes.items() if not name.startswith("stage4")}
    with pytest.raises(WeightsError, match="not a whole HRNet"):
        infer_spec(stages)


def test_the_first_difference_is_named():
    expected = {"a": (1, 2), "b": ()}
    assert first_difference({"a": (1, 2), "b": ()}, expected) is None
    assert first_difference({"b": ()}, expected) == "a is missing"
    assert first_difference({"a": (1, 3), "b": ()}, expected) == "a is (1, 3) instead of (1, 2)"
    assert first_difference({"a": (1, 2), "b": (), "c": (4,)}, expected) == "c has no place in it"
