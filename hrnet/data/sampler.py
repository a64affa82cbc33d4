"""Which examples make up step i of a training: a pure function of the step, so a run can resume anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import count

import numpy as np

_TINY = 1e-9  # examples; so that rounding does not move a whole number
TOGETHER = 64  # photos whose persons are mixed, where they come by photo: a batch of 64 is of some 40 of COCO's


class Mixture:
    """Draws batches from several sources, each with a fixed share, and walks every source in shuffled rounds.

    `mixture.batch(i)` depends on nothing but i: nothing has to be saved to go on after an interruption.

    Args:
        sources: the example numbers of each source.
        shares: how much of every batch each source gives; they are normalized to 1.
        photos: the photo of every example number, `[person.photo for person in poses.samples]`. Then photos are
            shuffled, and the persons of TOGETHER photos at a time: who decodes photos as they come can do so once.
    Raises:
        ValueError: the lists differ in length, or a source with a share is empty.
    """

    def __init__(
        self,
        sources: Sequence[Sequence[int]],
        shares: Sequence[float],
        batch: int,
        seed: int,
        photos: Sequence[int] | None = None,
    ) -> None:
        if len(sources) != len(shares) or not sources:
            raise ValueError(f"a mixture needs one share per source, got {len(sources)} sources, {len(shares)} shares")
        empty = [
            i for i, (source, share) in enumerate(zip(sources, shares, strict=True)) if share > 0 and not len(source)
        ]
        if empty or min(shares) < 0 or sum(shares) <= 0 or batch < 1:
            raise ValueError(
                f"a mixture needs examples in every source, shares above 0 and a batch, got {list(shares)}"
            )
        self._sources = [np.asarray(source, np.int64) for source in sources]
        self._photos = None if photos is None else [np.asarray(photos, np.int64)[source] for source in self._sources]
        self._edges = np.concatenate([[0.0], np.cumsum(np.asarray(shares, float) / sum(shares))])
        self._edges[-1] = 1.0
        self._size, self._seed = batch, seed
        self._together = next(steps for steps in count(1) if self._every_source_moves_on(steps * batch))
        self._round = lru_cache(maxsize=2 * len(sources))(self._shuffled)

    def batch(self, step: int) -> np.ndarray:
        """The example numbers of this step, `batch` of them."""
        # Examples are counted out for a few steps together (one, if the shares allow it) and dealt to these in turn.
        turn, place = divmod(step, self._together)
        given, due = self._given(turn), self._given(turn + 1)
        numbers = [(s, position) for s in range(len(due)) for position in range(given[s], due[s])]
        return np.array([self._take(*number) for number in numbers[place :: self._together]], np.int64)

    def _given(self, turns: int) -> np.ndarray:
        """How many examples each source has given up to there: between its edges of all that were given."""
        return np.diff(np.floor(self._edges * (turns * self._together * self._size) + _TINY).astype(np.int64))

    def _every_source_moves_on(self, examples: int) -> bool:
        """Whether no source ever gives less than nothing in that many examples, wherever they begin. Both of its edges
        are rounded, so a share of less than one example can step back."""
        low, high = self._edges[:-1] * examples, self._edges[1:] * examples
        return bool(((low == high) | (np.floor(high + _TINY) >= np.ceil(low - _TINY))).all())

    def _take(self, source: int, position: int) -> int:
        examples = self._sources[source]
        turn, place = divmod(position, len(examples))
        return int(examples[self._round(source, turn)[place]])

    def _shuffled(self, source: int, turn: int) -> np.ndarray:
        rng = np.random.default_rng([self._seed, source, turn])
        return rng.permutation(len(self._sources[source])) if self._photos is None else dealt(self._photos[source], rng)


def dealt(photos: np.ndarray, rng: np.random.Generator, together: int = TOGETHER) -> np.ndarray:
    """The places of all examples, given the photo of each: photos in a random order, and the examples of `together`
    photos at a time in a random order."""
    _, photo = np.unique(photos, return_inverse=True)
    group = rng.permutation(photo.max() + 1)[photo] // together
    return np.lexsort((rng.random(len(photos)), group))
