import numpy as np
import pytest

from lessons.catalogue import entry
from lessons.frame import Verdict

GRADE = entry(7).exercise


def test_the_solution_is_what_the_networks_own_exchange_unit_does():
    """With blocks and batch norms that change nothing, an ExchangeUnit is the fusion alone."""
    torch = pytest.importorskip("torch")
    from hrnet.network.exchange import ExchangeUnit

    for case in GRADE.cases:
        branches, weights, target = case.arguments
        if len(branches) == 1:
            continue
        unit = ExchangeUnit([len(x) for x in branches], blocks=0).double().eval()
        row = unit.fuse_layers[target]
        with torch.no_grad():
            for source, given in enumerate(weights):
                if source > target:
                    row[source][0].weight.copy_(torch.from_numpy(given)[:, :, None, None])
                elif source < target:
                    for step, kernel in zip(row[source], given, strict=True):
                        step[0].weight.copy_(torch.from_numpy(kernel))
            for module in unit.modules():
                if isinstance(module, torch.nn.BatchNorm2d):
                    module.eps = 1e-12
            theirs = unit([torch.from_numpy(x)[None] for x in branches])[target][0].numpy()
        np.testing.assert_allclose(GRADE.solution(*case.arguments), theirs, atol=1e-9)


class Network:
    """A scene in which every cut moves the joints by a known way."""

    def __init__(self, cut, ways):
        self.state = {"cut": cut}
        self.ways = ways

    def moved(self, cut):
        (name,) = cut
        return np.full(17, self.ways[int(name[-3])])


EDGE = "stage4.last.edge.{}-0".format


@pytest.mark.parametrize(
    ("ways", "right"),
    [((9, 1, 1, 4), "finest"), ((1, 1, 1, 4), "coarsest"), ((4, 0, 0, 4.5), "equal"), ((0, 0, 0, 0), "equal")],
)
def test_what_is_missed_more_is_measured(ways, right):
    question = entry(7).lesson.step("needed").question
    for option in question.options:
        verdict = question.judge(option, Network([], ways))
        assert verdict.right == (option == right) and verdict.truth == right
        assert verdict.values == {"finest": ways[0], "coarsest": ways[3]}


@pytest.mark.parametrize(
    ("cut", "outcome"),
    [
        ([], "none"),
        ([EDGE(0), EDGE(1)], "several"),
        (["stage4.last.branch0"], "several"),
        ([EDGE(0)], "other"),
        ([EDGE(2)], "done"),
    ],
)
def test_the_task_asks_for_the_arrow_that_is_missed_most(cut, outcome):
    verdict: Verdict = entry(7).lesson.step("task").task.grade(Network(cut, (3, 1, 8, 2)))
    assert verdict.key == f"outcome.{outcome}" and verdict.right == (outcome == "done")
