import shutil

import numpy as np
import pytest
from made_beasts import SIZE
from made_faults import COPY, OF, OUTSIDE, SWAPPED, kept

from apps import text
from apps.desk import Cancelled, Kept
from apps.views import teach
from apps.views.teach import check
from hrnet.sets import Sets, Thing
from hrnet.sets.derive import REASONS
from hrnet.sets.doctor import KINDS, SEVERITIES
from hrnet.sets.repair import REPAIRS


class Desk:
    """What the step needs of it; pictures that were made are kept to be looked at."""

    def __init__(self, folder):
        self.sets, self.pictures = Sets(folder / "sets"), []

    def picture(self, pixels, kind):
        self.pictures.append(pixels)
        return f"/pictures/{len(self.pictures)}"


def silent(share):
    pass


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A faulty set that is made once and copied for each test."""
    folder = tmp_path_factory.mktemp("made")
    return kept(Sets(folder / "sets"), folder / "faulty").folder


@pytest.fixture
def faulty(desk, made, monkeypatch):
    monkeypatch.setattr(check, "_seen", Kept(10, 10_000_000))  # it has the same token in each test
    shutil.copytree(made, desk.sets.folder / made.name)
    return desk.sets.open(made.name)


def ask(desk, one, action, **values):
    return teach.answer(desk, {"do": f"check.{action}", "set": one.token, **values}, silent)


def of_kind(answer, kind):
    return [one for one in answer["findings"] if one["kind"] == kind]


def test_the_faults_of_a_set_are_found_worst_first(desk, faulty):
    answer = ask(desk, faulty, "examination")
    assert [one["kind"] for one in answer["findings"][:3]] == ["copy_across", "outside", "swapped"]
    assert answer["counts"] == {"copy_across": 1, "outside": 1, "swapped": 1, "no_box": 22}
    (swapped,) = of_kind(answer, "swapped")
    assert swapped["spots"] == [
        {"picture": SWAPPED + 1, "name": f"beast_{SWAPPED:02d}.jpg", "revision": 0, "thing": 0, "joints": [1, 2]}
    ]
    (copy,) = of_kind(answer, "copy_across")
    assert [spot["picture"] for spot in copy["spots"]] == [OF + 1, COPY + 1]
    assert (answer["pictures"], answer["things"], answer["labels"]) == (24, 24, 24 * 7)


def test_every_repair_takes_its_finding_away_and_undo_brings_it_back(desk, faulty):
    for kind in ("swapped", "outside"):
        (finding,) = of_kind(ask(desk, faulty, "examination"), kind)
        done = ask(desk, faulty, "repair", repair=finding["repair"], spots=finding["spots"])
        assert done["changed"] == 1
        assert of_kind(ask(desk, faulty, "examination"), kind) == []
        assert ask(desk, faulty, "undone", undo=done["undo"]) == {"undone": 1, "kept": 0}
        assert len(of_kind(ask(desk, faulty, "examination"), kind)) == 1


def test_a_picture_on_both_sides_goes_and_can_be_brought_back_at_any_time(desk, faulty):
    (finding,) = of_kind(ask(desk, faulty, "examination"), "copy_across")
    done = ask(desk, faulty, "repair", repair="remove_picture", spots=finding["spots"][:1])
    assert done["changed"] == 1 and OF + 1 not in faulty.pictures and COPY + 1 in faulty.pictures
    answer = ask(desk, faulty, "examination")
    assert of_kind(answer, "copy_across") == [] and [one["picture"] for one in answer["removed"]] == [OF + 1]
    assert ask(desk, faulty, "undone", undo=done["undo"]) == {"undone": 1, "kept": 0}
    assert OF + 1 in faulty.pictures
    ask(desk, faulty, "repair", repair="remove_picture", spots=finding["spots"][:1])
    assert ask(desk, faulty, "restore", pictures=[OF + 1]) == {"restored": 1}
    assert len(of_kind(ask(desk, faulty, "examination"), "copy_across")) == 1
    for pictures in (None, ["1"], [1.5], [True]):
        with pytest.raises(ValueError, match="pictures are a list of their numbers"):
            ask(desk, faulty, "restore", pictures=pictures)


def test_the_ribbon_counts_what_was_found_and_forgets_it_with_the_next_change(desk, faulty):
    fresh = {"text": "", "values": {}, "done": False}
    assert check.state(desk, faulty) == fresh
    ask(desk, faulty, "examination")
    assert check.state(desk, faulty) == {"text": "teach.check.count", "values": {"count": 3}, "done": False}
    ask(desk, faulty, "repair", repair="unlabel", spots=[{"picture": 1, "revision": 0, "thing": 0, "joints": [0]}])
    assert check.state(desk, faulty) == fresh


def test_a_set_without_faults_is_done(desk, tmp_path):
    clean = kept(desk.sets, tmp_path / "clean", faults=False)
    assert {one["severity"] for one in ask(desk, clean, "examination")["findings"]} == {"note"}
    assert check.state(desk, clean) == {"text": "teach.check.none", "values": {"count": 0}, "done": True}


def test_an_empty_set_can_be_checked(desk, faulty):
    empty = desk.sets.create("empty", faulty.skeleton)
    answer = ask(desk, empty, "examination")
    assert (answer["labels"], {"few", "unseen"} & answer["counts"].keys()) == (0, {"few"})


def test_what_a_network_proposed_is_not_judged_and_places_stay_right(desk, faulty):
    picture, things = faulty.seen(SWAPPED + 1)
    proposal = Thing(things[0].keypoints + np.float32([50, 0, 0]), by="network")
    faulty.stroke(picture.id, picture.revision, [proposal, *things])
    (finding,) = of_kind(ask(desk, faulty, "examination"), "swapped")
    assert finding["spots"][0]["thing"] == 1
    ask(desk, faulty, "repair", repair="swap", spots=finding["spots"])
    np.testing.assert_array_equal(faulty.things(picture.id)[0].keypoints, proposal.keypoints)


def test_cancelling_ends_the_examination(desk, faulty):
    def cancelled(share):
        raise Cancelled

    with pytest.raises(Cancelled):
        teach.answer(desk, {"do": "check.examination", "set": faulty.token}, cancelled)


def test_crops_show_the_joint_where_the_label_says_also_outside_of_the_picture(desk, faulty):
    outside = {"picture": OUTSIDE + 1, "revision": 0, "thing": 0, "joints": [6]}
    whole = {"picture": 1, "revision": 0, "thing": None, "joints": []}
    answer = ask(desk, faulty, "crops", spots=[outside, whole, {**whole, "picture": 999}])
    height, width = answer["cell"]
    (sheet,) = desk.pictures
    assert sheet.shape == (height, 4 * width, 3) and answer["crops"][2] is None
    x, y, seen = answer["crops"][0]["people"][0]["points"][6]
    assert 0 < x < width and 0 < y < height and seen == 2
    assert (sheet[round(y), round(x)] == check.EMPTY).all()  # there is no picture
    # the line from neck to tail is drawn in the picture from (300, ...) on: dark at the neck in the crop, too
    x, y, _ = answer["crops"][0]["people"][0]["points"][3]
    assert sheet[round(y), round(x)].max() < 60
    scale = min(width / SIZE[1], height / SIZE[0])
    x, y, _ = faulty.things(1)[0].keypoints[0]
    assert answer["crops"][1]["people"][0]["points"][0] == pytest.approx(
        [(x + 0.5) * scale - 0.5 + (width - scale * SIZE[1]) / 2, (y + 0.5) * scale - 0.5, 2], abs=0.06
    )


def test_what_is_derived_is_taken_over_when_asked_for(desk, faulty):
    bare = type(faulty.skeleton)("bare", faulty.skeleton.joints)
    faulty.set_skeleton(bare, None)
    derived = {one["name"]: one for one in ask(desk, faulty, "examination")["derived"]}
    assert derived["pairs"]["new"] and derived["pairs"]["value"] == [[1, 2], [4, 5]]
    assert derived["flip"]["value"] is True and not derived["flip"]["new"]
    ask(desk, faulty, "adopt", what=["pairs", "limbs"])
    assert faulty.skeleton.flip_pairs == ((1, 2), (4, 5)) and len(faulty.skeleton.limbs) == 6
    assert not any(one["new"] for one in ask(desk, faulty, "examination")["derived"])
    assert faulty.things(1)[0].labeled == 7


@pytest.mark.parametrize(
    "action, values, line",
    [
        ("repair", {"repair": "rm", "spots": [{}]}, "a repair is one of swap"),
        ("repair", {"repair": "swap", "spots": []}, "spots are a list of 1 to"),
        ("repair", {"repair": "swap", "spots": [{"picture": "1"}]}, "a spot is"),
        ("repair", {"repair": "swap", "spots": [{"picture": 1, "thing": -1}]}, "a spot is"),
        ("repair", {"repair": "swap", "spots": [{"picture": 1, "thing": 0, "joints": [True]}]}, "a spot is"),
        ("repair", {"repair": "unlabel", "spots": [{"picture": 1, "thing": 0, "joints": [99]}]}, "no joint 99"),
        ("repair", {"repair": "swap", "spots": [{"picture": 99, "thing": 0}]}, "there is no picture 99"),
        (
            "repair",
            {"repair": "swap", "spots": [{"picture": 1, "revision": 7, "thing": 0}]},
            "changed by somebody else",
        ),
        ("crops", {"spots": [{"picture": 1}] * 99}, "spots are a list of 1 to"),
        ("undone", {"undo": "x"}, "can no longer be taken back"),
        ("adopt", {"what": ["flip"]}, "what is taken over is some of"),
    ],
)
def test_questions_that_make_no_sense_get_one_line(desk, faulty, action, values, line):
    with pytest.raises(ValueError, match=line):
        ask(desk, faulty, action, **values)


def test_undo_belongs_to_the_set_that_it_is_of(desk, faulty):
    done = ask(desk, faulty, "repair", repair="unlabel", spots=[{"picture": 1, "thing": 0, "joints": [0]}])
    other = desk.sets.create("other", faulty.skeleton)
    with pytest.raises(ValueError, match="can no longer be taken back"):
        ask(desk, other, "undone", undo=done["undo"])


def test_page_and_terminal_say_the_same():
    english = text.catalogue("en")
    for kind, told in KINDS.items():
        assert english[f"teach.check.kind.{kind}"] == told.title
        assert english[f"teach.check.line.{kind}"] == told.line
        assert f"teach.check.why.{kind}" in english
        assert told.repair is None or f"teach.check.repair.{told.repair}" in english
    for why, line in REASONS.items():
        assert english[f"teach.check.because.{why}"] == line
    for severity in SEVERITIES:
        assert f"teach.check.severity.{severity}" in english
    for repair in REPAIRS:
        assert {f"teach.check.{what}.{repair}" for what in ("repair", "repair_all", "did")} < english.keys()
