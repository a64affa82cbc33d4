"""What a large set costs: the processor's time, which other work on the machine does not change."""

import json
import time

import numpy as np
import pytest

from hrnet.sets import Sets, Thing
from hrnet.skeleton import COCO_17

PICTURES, STROKES = 2000, 10  # for each picture


@pytest.fixture
def large(sets):
    """A set whose pictures have been worked on; their files are not there, and nothing here looks at them."""
    one = sets.create("large", COCO_17)
    thing = Thing(np.c_[np.random.default_rng(0).uniform(0, 400, (17, 2)), np.full(17, 2)]).values()
    about = {"width": 640, "height": 480, "split": "", "source": "", "complete": False, "crowding": None, "things": []}
    ids = range(1, PICTURES + 1)
    records = [about | {"id": id, "file": f"{id}.jpg", "name": f"{id}.jpg", "digest": str(id)} for id in ids]
    lines = [{"do": "bring", "skeleton": None, "pictures": records, "labels": []}]
    for revision in range(1, STROKES + 1):
        lines += [{"do": "stroke", "picture": id, "revision": revision, "by": "p", "things": [thing]} for id in ids]
    with (one.folder / "journal.jsonl").open("a") as file:
        file.writelines(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
    return Sets(sets.folder).open(one.token), thing


def seconds(work):
    began = time.process_time()
    work()
    return time.process_time() - began


@pytest.mark.slow
def test_a_set_of_two_thousand_pictures_opens_and_takes_strokes_quickly(large):
    one, thing = large
    assert seconds(lambda: Sets(one.folder.parent).open(one.token)) < 1  # .2 s of a core of 2020
    assert len(one.pictures) == PICTURES and one.picture(7).revision == STROKES
    strokes = [seconds(lambda id=id: one.stroke(id, STROKES, [Thing.of(thing)])) for id in range(1, 51)]
    assert np.median(strokes) < 0.02  # .001 s
    assert seconds(one.poses) < 2  # .4 s the first time
