"""What the doctor says of the division: one video or subject on both sides makes a figure look better than it is."""

from __future__ import annotations

from collections import Counter, defaultdict

from hrnet.data.pose_set import PoseSet
from hrnet.sets.doctor.finding import Finding, Spot


def shared_sources(poses: PoseSet) -> list[Finding]:
    """Videos and subjects that are in two splits; or that there is only one of them at all."""
    splits: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for place, photo in enumerate(poses.photos):
        if photo.source:
            splits[photo.source][photo.split].append(place)
    if len(splits) == 1 and all(photo.source for photo in poses.photos) and len(poses.photos) > 1:
        return [Finding("one_source", (), (), {"source": next(iter(splits))})]
    found = []
    for source, divided in splits.items():
        sides = Counter({split: len(places) for split, places in divided.items() if split})
        if len(sides) < 2:
            continue
        (most, rest), (split, count) = sides.most_common()[0], sides.most_common()[-1]
        values = {"source": source, "count": count, "split": split, "rest": rest, "others": most}
        found.append(Finding("source_across", tuple(map(Spot, divided[split])), (), values, count))
    return found
