"""What can be trained by name: `python -m train NAME`; `python -m train --list` shows all of them."""

from collections.abc import Mapping

from hrnet.spec import W8
from train.recipes import published
from train.recipes.finetune import Finetune, Plain
from train.recipes.keypoints import Keypoints
from train.recipes.people_pose import PeoplePose
from train.recipes.person_finder import PersonFinder
from train.recipes.recipe import Named

HOURS = "one GPU for minutes, or processor cores for hours"
CARD = "measured: hrnet/weights/MODELS.md"

RECIPES: Mapping[str, Named] = {
    "people_pose": Named(PeoplePose, "the embedded pose network: W16-small on photos and drawn people", HOURS, CARD),
    "person_finder": Named(PersonFinder, "the embedded person finder: a W16 trunk on the same photos", HOURS, CARD),
    **published.recipes(),
    "finetune_small": Named(
        Finetune,
        "any joints from tens of pictures, beginning with the embedded network",
        "two processor cores for a quarter of an hour, or a GPU for minutes",
        "differs with the subject; held-out photos of your own are judged and the figures printed",
        {"preset": "strong", "loss": "places", "kernel": 7},
    ),
    "plain_small": Named(
        Plain,
        "the baseline of finetune_small: the same layout, all weights from nothing, settings as published",
        "comparisons: `python -m train.bench custom`",
        "less than finetune_small in the same time",
        {name: value for name, value in published.OFFICIAL_SETTINGS.items() if name not in ("steps", "epochs", "keep")}
        | {"start": "none", "preset": "official", "trunk_factor": 1.0, "batch_size": None},
    ),
    "distill": Named(
        Keypoints,
        "a W8 student of a published W48 on COCO, half of the loss from the teacher's heatmaps",
        "one GPU for a day",
        "nothing is published for this student and it was not trained here; arXiv 1811.05419 describes the method",
        published.OFFICIAL_SETTINGS
        | {"spec": W8, "teacher": "coco-w48-256x192", "training": "train2017", "judging": "val2017"},
    ),
}
