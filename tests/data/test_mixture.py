import numpy as np
import pytest

from hrnet.data.sampler import Mixture

PEOPLE = (0.45, 0.3, 0.15, 0.05, 0.05)
FINDER = (0.7, 0.15, 0.08, 0.07)


def mixture(shares, batch, seed=1, lengths=None):
    """Source s holds the numbers from 1000 s on."""
    lengths = lengths or [40 + 7 * s for s in range(len(shares))]
    return Mixture([range(1000 * s, 1000 * s + n) for s, n in enumerate(lengths)], shares, batch, seed)


def test_a_batch_depends_on_its_step_alone():
    steps = [0, 5, 1, 700, 5, 0]
    one, other = mixture(PEOPLE, 24), mixture(PEOPLE, 24)
    batches = {step: other.batch(step).tolist() for step in reversed(steps)}
    assert all(one.batch(step).tolist() == batches[step] for step in steps)
    assert mixture(PEOPLE, 24, seed=2).batch(0).tolist() != batches[0]


@pytest.mark.parametrize("shares", [PEOPLE, FINDER, (1.0,), (0.5, 0.1, 0.4), (3, 0, 1), (0.98, 0.01, 0.01)])
@pytest.mark.parametrize("batch", [1, 4, 6, 7, 24])
def test_every_batch_is_full_and_after_many_steps_no_share_is_off_by_more_than_one_round_of_dealing(shares, batch):
    mixed = mixture(shares, batch)
    steps = 400
    drawn = [mixed.batch(step) for step in range(steps)]
    assert {len(numbers) for numbers in drawn} == {batch}
    counts = np.bincount(np.concatenate(drawn) // 1000, minlength=len(shares))
    expected = np.array(shares) / sum(shares) * steps * batch
    assert np.abs(counts - expected).max() <= 2
    assert (counts[np.array(shares) == 0] == 0).all()


@pytest.mark.parametrize(("shares", "batch"), [(PEOPLE, 24), (FINDER, 12), (FINDER, 4)])
def test_every_example_of_a_source_comes_once_in_each_round(shares, batch):
    lengths = [29, 13, 8, 5, 11][: len(shares)]
    mixed = mixture(shares, batch, lengths=lengths)
    drawn = np.concatenate([mixed.batch(step) for step in range(300)])
    for source, length in enumerate(lengths):
        own = drawn[drawn // 1000 == source] - 1000 * source
        if batch >= 12:  # smaller batches are dealt a few steps at a time, so that rounds meet in the order of dealing
            rounds = [own[i : i + length] for i in range(0, len(own) - length + 1, length)]
            assert all(sorted(one) == list(range(length)) for one in rounds)
            assert rounds[0].tolist() != rounds[1].tolist()  # shuffled anew
        counts = np.bincount(own, minlength=length)
        assert counts.max() - counts.min() <= 1 + (batch < 12)


def test_batches_of_the_shipped_recipes_stay_as_they_are():
    """The embedded weights were trained in this order, and interrupted runs go on in it."""
    mixed = mixture(PEOPLE, 24, lengths=[50, 40, 30, 20, 10])
    assert mixed.batch(999).tolist() == [
        *(3, 14, 29, 7, 47, 31, 2, 12, 28, 15, 5),
        *(1004, 1010, 1011, 1038, 1035, 1027, 1037, 2011, 2021, 2006, 2024, 3008, 4007),
    ]


@pytest.mark.parametrize(
    ("sources", "shares", "batch"),
    [([], [], 4), ([[1]], [1, 2], 4), ([[1], []], [1, 1], 4), ([[1]], [1], 0), ([[1]], [-1], 4), ([[1]], [0], 4)],
)
def test_a_mixture_of_nothing_is_refused(sources, shares, batch):
    with pytest.raises(ValueError, match="a mixture needs"):
        Mixture(sources, shares, batch, seed=0)


def test_a_source_without_a_share_may_be_empty():
    assert Mixture([[5], []], [1, 0], 3, seed=0).batch(9).tolist() == [5, 5, 5]
