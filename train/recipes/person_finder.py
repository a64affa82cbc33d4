"""The person finder that travels with the repository: a narrow HRNet that says where the centers of people are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from hrnet.augment import Light
from hrnet.data.cache import PhotoCache
from hrnet.data.coco import read_coco
from hrnet.data.pose_set import PoseSet
from hrnet.data.sampler import Mixture
from hrnet.finder.center import CHANNELS
from hrnet.finder.judge import TALL
from hrnet.geometry import Size
from hrnet.network import HRNet, initialize
from hrnet.skeleton import COCO_17
from hrnet.spec import W16_SMALL, ModelSpec
from hrnet.training.finder import ZOOM, FinderTask
from hrnet.weights.checkpoint import Figure, Metadata
from train.recipes.people_pose import held_out, in_words, problems_of, trained_on
from train.recipes.recipe import Job, Progress, Recipe

# The pose network's trunk, so that it can start from trained pose weights, less one unit of stage 4: 4.2 MB.
FINDER = ModelSpec("W16-finder", width=16, stage1_blocks=2, modules=(1, 3, 1), blocks=2)

# How much of every batch each source gives, in two ways as for the pose network. `sport` and `fashion` show one large
# person each and list nobody else.
SHARES: Mapping[str, Mapping[str, float]] = {
    "wide": {"everyday": 0.7, "coco-train": 0.15, "nobody": 0.08, "gym": 0.07},
    "near": {"everyday": 0.56, "coco-train": 0.32, "nobody": 0.08, "gym": 0.04},
}

PRIOR = 0.01  # how often a cell is a center, before anything is learned


@dataclass(frozen=True, kw_only=True)
class PersonFinder(Recipe):
    """What `python -m train person_finder` can be told. See hrnet/weights/MODELS.md for what it gave."""

    spec: ModelSpec = FINDER
    input_size: Size = (192, 192)
    batch_size: int = 12
    shares: str = "wide"  # of the sources, see SHARES
    farthest: float = ZOOM[0]  # of the whole photo fitted into the input
    nearest: float = ZOOM[1]
    lit: float = Light.p  # how often the light is another
    seed: int = 2

    def settled(self, device: str = "cpu", cores: int = 1) -> PersonFinder:
        """Raises ValueError where there are no such shares, or the farthest is nearer than the nearest."""
        if self.shares not in SHARES:
            raise ValueError(f"there are no shares {self.shares!r}; choose one of {', '.join(SHARES)}")
        if not 0 < self.farthest <= self.nearest:
            raise ValueError(f"farthest is above 0 and not above nearest, got {self.farthest} and {self.nearest}")
        return self

    def begin(self, tensors: Mapping[str, np.ndarray], metadata: Metadata, job: Job) -> dict[str, np.ndarray]:
        """A finder's own as they are; a pose network's without its head, and of its stage 4
        only the last unit, which is the one that answers at high resolution."""
        if len(tensors.get("final_layer.weight", ())) == CHANNELS:
            return dict(tensors)
        units = W16_SMALL.modules[2]
        kept = {}
        for name, value in tensors.items():
            stage, _, rest = name.partition(".")
            if stage == "stage4":
                unit, _, rest = rest.partition(".")
                if int(unit) == units - 1:
                    kept[f"stage4.0.{rest}"] = value
            elif stage != "final_layer":
                kept[name] = value
        return kept

    def network(self, job: Job) -> HRNet:
        """Every cell says that it is hardly ever a center (arXiv 1708.02002, section 4.1)."""
        network = initialize(HRNet(self.spec, CHANNELS))
        network.final_layer.bias.data[0] = -math.log((1 - PRIOR) / PRIOR)
        return network

    @property
    def metadata(self) -> Metadata:
        """What the shipped weights say of themselves, their figures and threshold aside."""
        return Metadata(
            role="finder",
            spec=self.spec,
            input_size=self.input_size,
            decoder="center",
            license="Apache-2.0",
            data="Stanford 40 Actions, COCO and others; see hrnet/weights/MODELS.md",
            provenance=f"python -m train {self.name}",
        )

    def measured(self, figures: Mapping[str, float], job: Job) -> Metadata:
        """Figures of the validation set and of the photos held out for precision."""
        kept = figures_of(figures, job.judged, f"python -m train {self.name}")
        return replace(self.metadata, figures=kept, threshold=figures["threshold"])

    def job(self, progress: Progress = lambda done, total: None) -> Job:
        """Read the set, decode its photos once, and set the task."""
        poses = read_coco(self.data / "people.json.gz", skeleton=COCO_17)
        training, judged, precise = poses.only(trained_on), poses.split("val"), poses.only(held_out)
        photos, judge, exact = (PhotoCache.of(p.photos, self.cache, progress) for p in (training, judged, precise))
        shares = SHARES[self.shares]
        sources = [
            [i for i, photo in enumerate(training.photos) if photo.source == source and photos.shapes[i]]
            for source in shares
        ]
        mixture = Mixture(sources, list(shares.values()), self.batch_size, self.seed)
        task = FinderTask(
            training,
            photos,
            mixture,
            self.batch_size,
            self.metadata,
            judge=(judged, judge),
            precise=(precise, exact),
            zoom=(self.farthest, self.nearest),
            light=Light(p=self.lit),
            seed=self.seed,
        )
        return Job(task, sum(map(len, sources)), judged, problems_of(training, photos))


def figures_of(figures: Mapping[str, float], judged: PoseSet, source: str) -> tuple[Figure, ...]:
    """Recall and precision as a weights file says them."""
    data = {
        "recall": f"{in_words(judged)}, persons taller than {TALL:.0f} px, IoU .5",
        "precision": "everyday and nobody, every tenth photo, IoU .5",
    }
    facts = {"boxes": "found", "flip": False, "measured": True, "source": source}
    return tuple(Figure(name, round(100 * figures[name], 1), data=where, **facts) for name, where in data.items())
