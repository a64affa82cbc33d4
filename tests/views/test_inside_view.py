import base64
import io
import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from apps.views import inside
from apps.views.inside import runs as runs_file
from apps.views.inside.layers import layers
from apps.views.inside.props import props
from apps.views.inside.wiring import places_drawn
from hrnet import colors, heatmap
from hrnet.engine.torch_engine import filled
from hrnet.spec import W16_SMALL, W32, W48
from hrnet.weights import load

UNIT = "stage4.unit0"


def gray(desk, url):
    pixels = desk.pictures[int(url.rpartition("/")[2])]
    assert (pixels[..., 0] == pixels[..., 1]).all() and (pixels[..., 0] == pixels[..., 2]).all()
    return pixels[..., 0]


def values_of(desk, sheet):
    """The maps of a sheet as a browser reads them, and the largest error that the steps allow."""
    (w, h), columns, n = sheet["cell"], sheet["columns"], len(sheet["limits"])
    steps = gray(desk, sheet["picture"]).reshape(-1, h, columns, w).swapaxes(1, 2).reshape(-1, h, w)[:n]
    low, high = np.array(sheet["limits"]).T[:, :, None, None]
    return low + steps / 255 * (high - low), ((high - low) / 255 / 2).max() * 1.001


def test_importing_the_bench_imports_no_torch():
    code = "import sys; from apps.views import inside; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("kind", sorted(set(inside.ASKS) - {"people"}))
def test_every_answer_is_plain_json(ask, kind):
    more = {"place": "stage3.unit1.branch1", "unit": UNIT, "target": 1, "cut": [f"{UNIT}.edge.1-0"]}
    reply = ask(kind, **more)
    assert reply["ask"] == kind
    assert json.loads(json.dumps(reply, allow_nan=False)).keys() == reply.keys()


def test_the_folded_network_answers_as_the_published_layers_do(run_of, runs, pose_file):
    tensors, metadata = load(pose_file)
    run = run_of()
    with torch.no_grad():
        expected = filled(metadata.spec, 17, tensors)(runs.input_of(run.crop[None]))[0].numpy()
    np.testing.assert_allclose(run.heatmaps, expected, atol=1e-4 * np.abs(expected).max())


def test_the_map_draws_every_place_with_its_shape_and_thumbnail(ask, desk, run_of, runs):
    reply, run = ask("map"), run_of()
    picture = gray(desk, reply["picture"])
    assert [one["place"] for one in reply["places"]] == [name for name, _, _ in places_drawn(runs.metadata.spec)]
    for one in reply["places"]:
        maps = run.seen[one["place"]]
        assert one["shape"] == list(maps.shape)
        assert one["min"] == maps.min() and one["max"] == maps.max()
        (x, y, w, h), (low, high) = one["thumbnail"], one["limits"]
        read = low + picture[y : y + h, x : x + w] / 255 * (high - low)
        np.testing.assert_allclose(read, maps.mean(axis=0), atol=(high - low) / 255)


def test_thumbnails_do_not_overlap(ask):
    covered = set()
    for one in ask("map")["places"]:
        x, y, w, h = one["thumbnail"]
        pixels = {(i, j) for i in range(x, x + w) for j in range(y, y + h)}
        assert not pixels & covered
        covered |= pixels


def test_wires_join_places_and_every_edge_is_one_of_them(ask, run_of):
    reply = ask("map", cut=[f"{UNIT}.edge.2-1"])
    names = {one["place"] for one in reply["places"]}
    assert all({wire["from"], wire["to"]} <= names for wire in reply["wires"])
    edges = [wire["edge"] for wire in reply["wires"] if wire["edge"]]
    assert sorted(edges) == sorted(name for name in run_of().seen if ".edge." in name)
    assert [wire["edge"] for wire in reply["wires"] if wire["cut"]] == [f"{UNIT}.edge.2-1"]


@pytest.mark.parametrize("place", ["stem", "stage3.unit0.branch2", "head"])
def test_an_atlas_gives_every_value_back_to_half_a_step(ask, desk, run_of, place):
    reply, run = ask("atlas", place=place), run_of()
    read, error = values_of(desk, reply)
    maps = run.seen[place]
    np.testing.assert_allclose(read, maps, atol=error)
    np.testing.assert_array_equal(reply["min"], maps.min(axis=(1, 2)))
    np.testing.assert_array_equal(reply["max"], maps.max(axis=(1, 2)))
    np.testing.assert_array_equal(reply["activation"], np.abs(maps).mean(axis=(1, 2)))


def test_the_global_scale_holds_every_branch_and_the_place_itself(ask, run_of):
    for place in ("stem", "stage3.unit0.branch2"):
        low, high = ask("atlas", place=place)["everywhere"]
        shown = [values for name, values in run_of().seen.items() if ".branch" in name or name == place]
        assert (low, high) == (min(values.min() for values in shown), max(values.max() for values in shown))


def test_the_atlas_of_a_cut_branch_is_zero(ask, desk):
    reply = ask("atlas", place=f"{UNIT}.branch1", cut=[f"{UNIT}.branch1"])
    assert reply["cut"]
    assert set(reply["min"]) == set(reply["max"]) == {0.0}
    assert not values_of(desk, reply)[0].any()


@pytest.mark.parametrize("cut", [[], [f"{UNIT}.edge.3-1"], ["stage3.unit0.branch0"]])
def test_the_terms_of_every_fusion_add_up_to_the_last_bit(run_of, cut):
    from apps.views.inside.fusion import terms_of

    run = run_of(*cut)
    outs = [name for name in run.seen if ".out." in name]
    assert len(outs) == 2 + 2 * 3 + 4 + 1
    for name in outs:
        unit, _, target = name.partition(".out.")
        edges, terms, total = terms_of(run, unit, int(target))
        assert len(edges) == int(unit[5])
        np.testing.assert_array_equal(np.maximum(total, 0), run.seen[name])
        np.testing.assert_allclose(terms.sum(axis=0, dtype=np.float64), total, atol=1e-5)


def test_a_fusion_gives_its_edges_then_the_sum_then_what_leaves_with_all_digits(ask, run_of):
    reply = ask("fusion", unit=UNIT, target=1, channel=5, cut=[f"{UNIT}.branch2"])
    maps = np.frombuffer(base64.b64decode(reply["values"]), "<f4").reshape(reply["shape"])
    run = run_of(f"{UNIT}.branch2")
    for edge, values in zip(reply["edges"], maps, strict=False):
        np.testing.assert_array_equal(values, run.seen[edge["edge"]][5])
    np.testing.assert_array_equal(maps[-1], run.seen[f"{UNIT}.out.1"][5])
    np.testing.assert_array_equal(np.maximum(maps[-2], 0), maps[-1])
    np.testing.assert_allclose(maps[:-2].sum(axis=0, dtype=np.float64), maps[-2], atol=1e-5)
    assert [edge["cut"] for edge in reply["edges"]] == [False, False, True, False]
    assert [edge["kind"] for edge in reply["edges"]] == ["down", "identity", "up", "up"]
    assert (reply["channels"], reply["targets"]) == (16, 4)


def test_a_fusion_shows_the_mean_of_all_channels_or_the_one_with_the_highest(ask, run_of):
    out = run_of().seen[f"{UNIT}.out.0"]
    reply = ask("fusion", unit=UNIT, target=0, channel="mean")
    maps = np.frombuffer(base64.b64decode(reply["values"]), "<f4").reshape(reply["shape"])
    assert reply["channel"] is None
    np.testing.assert_array_equal(maps[-1], out.mean(axis=0))
    assert ask("fusion", unit=UNIT, target=0)["channel"] == out.mean(axis=(1, 2)).argmax()


def test_a_cut_unit_is_bypassed(ask, run_of):
    assert ask("fusion", unit=UNIT, target=0, cut=[UNIT])["bypassed"]
    run = run_of(UNIT)
    np.testing.assert_array_equal(run.seen[f"{UNIT}.out.1"], run.seen["stage3.unit1.out.1"])


def test_a_cut_says_how_far_every_joint_moved(ask, run_of, runs):
    reply = ask("cut", cut=["stage4.unit1.edge.0-0"])
    before, after = np.array(reply["before"]), np.array(reply["after"])
    np.testing.assert_allclose(reply["moved"], np.linalg.norm((after - before)[:, :2], axis=1), rtol=1e-5, atol=1e-4)
    assert max(reply["moved"]) > 1
    whole = run_of()
    np.testing.assert_array_equal(before, runs.topdown.decode(whole.heatmaps[None], [whole.affine])[0])


def test_nothing_cut_moves_nothing(ask):
    assert set(ask("cut")["moved"]) == {0.0}


def test_decoders_give_their_positions_on_the_map_and_on_the_photo(ask, run_of, runs):
    reply, run = ask("decode"), run_of()
    for kind, places in reply["positions"].items():
        np.testing.assert_array_equal(places["heatmap"], heatmap.decode(run.heatmaps[None], kind)[0, :, :2])
    expected = runs.topdown.decode(run.heatmaps[None], [run.affine])[0, :, :2]
    np.testing.assert_allclose(reply["positions"][reply["own"]]["photo"], expected, atol=1e-3)


def test_a_patch_is_the_map_around_its_peak(ask, run_of):
    reply, run = ask("decode"), run_of()
    for joint, (x, y) in enumerate(reply["highest"]):
        padded = np.pad(run.heatmaps[joint].astype(float), 2, constant_values=np.nan)
        patch = np.array(reply["patches"][joint], float)
        np.testing.assert_array_equal(patch, padded[y : y + 5, x : x + 5])
        assert patch[2, 2] == reply["peaks"][joint] == run.heatmaps[joint].max()


def test_the_shift_is_what_the_flip_averages_differ_by(ask, desk, run_of, runs):
    reply, run = ask("flip"), run_of()
    skeleton = runs.metadata.skeleton
    moved, still = (heatmap.flip_back(run.mirrored[None], skeleton, shift)[0] for shift in (True, False))
    read, error = values_of(desk, reply["difference"])
    np.testing.assert_allclose(read, (moved - still) / 2, atol=error)
    np.testing.assert_array_equal(moved[:, :, 1:], still[:, :, :-1])
    assert reply["own"] and max(reply["apart"]) > 0


def test_the_mirrored_half_of_a_run_is_the_network_on_the_mirrored_crop(run_of, runs):
    run = run_of()
    with torch.no_grad():
        expected = runs.network(runs.input_of(run.crop[None, :, ::-1]))[0].numpy()
    np.testing.assert_allclose(run.mirrored, expected, atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize(
    ("spec", "parameters", "macs"),
    [(W32, 28_536_113, 7.645e9), (W48, 63_595_745, 15.692e9), (W16_SMALL, 2_909_793, None)],
)
def test_layers_add_up_to_the_known_totals(spec, parameters, macs):
    rows = layers(spec, 17, (256, 192))
    assert sum(row.parameters for row in rows) == parameters
    if macs is not None:
        assert sum(row.macs for row in rows) == pytest.approx(macs, rel=1e-4)


def test_every_layer_is_clocked(ask):
    reply = ask("layers")
    assert all(0 < row["milliseconds"] < 1000 for row in reply["layers"])
    assert reply["layers"][0]["name"] == "conv1" and reply["layers"][0]["outputs"] == [16, 64, 48]
    assert reply["layers"][-1]["name"] == "final_layer"


def test_a_run_is_made_once_per_photo_person_and_cuts(ask, desk, runs):
    runs._kept.clear()
    for kind in ("map", "decode", "flip"):
        ask(kind)
    assert desk.reads == 1
    ask("map", cut=[UNIT])
    ask("map", box=[0, 0, 50, 50])
    assert desk.reads == 3


def test_runs_stay_within_their_bytes_and_their_time(ask, desk, runs, run_of, monkeypatch):
    runs._kept.clear()
    monkeypatch.setattr(runs_file, "KEPT_BYTES", int(2.5 * run_of().bytes))
    for i in range(4):
        ask("decode", box=[i, 0, 50, 50])
    assert len(runs._kept) == 2
    monkeypatch.setattr(runs_file, "KEPT_SECONDS", -1)
    reads = desk.reads
    ask("decode", box=[3, 0, 50, 50])
    assert desk.reads == reads + 1


def test_progress_is_said_only_where_the_network_runs(desk, runs):
    runs._kept.clear()
    question = {"ask": "decode", "photo": "one", "box": [40, 20, 80, 110]}
    first, second = [], []
    inside.answer(desk, question, first.append)
    inside.answer(desk, question, second.append)
    assert (first, second) == ([0.0, 1.0], [])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ask": "everything"}, "ask is one of people, map"),
        ({"ask": ["map"]}, "ask is one of"),
        ({"photo": None}, "needs a photo"),
        ({"photo": "two"}, "no longer here"),
        ({"box": [1, 2, 3]}, "box is .x, y, width, height."),
        ({"box": [1, 2, -3, 4]}, "width and height above 0"),
        ({"box": [1, 2, float("nan"), 4]}, "box is"),
        ({"box": [500, 500, 10, 10]}, "outside of the photo of 200x150"),
        ({"cut": "stage4"}, "cut is a list"),
        ({"cut": [["stage4"]]}, "cut is a list"),
        ({"cut": ["stage9.unit1"]}, "no place 'stage9.unit1'"),
        ({"cut": ["stem"]}, "cannot be cut"),
        ({"ask": "atlas", "place": "stage9"}, "no place 'stage9'"),
        ({"ask": "atlas", "place": "stage4.*"}, "place is one place"),
        ({"asks": {"ask": "map"}}, "asks is a list"),
        ({"asks": ["map"]}, "asks is a list"),
        ({"asks": [{"ask": "map"}] * 13}, "asks is a list of up to 12"),
        ({"asks": [{"ask": "map"}, {"ask": "atlas"}]}, "needs a place"),
        ({"ask": "fusion", "unit": "stage4"}, "unit is an exchange unit"),
        ({"ask": "fusion", "unit": "stage4.unit1", "target": 1}, "target is a whole number from 0 to 0"),
        ({"ask": "fusion", "unit": UNIT, "target": 0, "channel": 8}, "channel is a whole number from 0 to 7"),
    ],
)
def test_a_wrong_question_gets_one_line(desk, change, words):
    question = {"ask": "map", "photo": "one", "box": [40, 20, 80, 110], **change}
    with pytest.raises(ValueError, match=words) as error:
        inside.answer(desk, question, lambda share: None)
    assert "\n" not in str(error.value)


def test_many_questions_in_one_are_answered_in_their_order(ask):
    asks = [{"ask": "cut"}, {"ask": "atlas", "place": "stem"}]
    reply = inside.answer(ask.desk, {**ask.common, "asks": asks}, lambda share: None)
    one, other = reply["answers"]
    assert one["joints"] == ask("cut")["joints"] and other["place"] == "stem"


@pytest.mark.parametrize("place", [None, f"{UNIT}.branch1"])
def test_a_figure_for_slides_is_a_picture_with_the_branches_colors(ask, desk, place):
    pytest.importorskip("matplotlib", reason="needs matplotlib: pip install matplotlib")
    reply = ask("figure", place=place, cut=[f"{UNIT}.edge.3-0"])
    pixels = np.array(Image.open(io.BytesIO(desk.files[reply["url"]])).convert("RGB"))
    assert pixels.shape == (1350, 2399, 3) and (pixels[0, 0] == 255).all()
    wanted = [colors.rgb(color) for color in colors.ON_LIGHT.branches] if place is None else [colors.MAGMA[-1]]
    for color in wanted:
        assert (np.abs(pixels.astype(int) - np.array(color, int)).sum(axis=2) < 12).sum() > 100


def test_what_the_browser_draws_with_is_the_houses_own(desk):
    given = json.loads(json.dumps(props(desk)))
    assert [given["magma"], given["signed"]] == [colors.MAGMA.tolist(), colors.SIGNED.tolist()]
    assert given["look"]["colors"]["left"] == colors.ON_DARK.left


def test_a_question_that_is_no_object_gets_one_line(desk):
    with pytest.raises(ValueError, match="ask is one of"):
        inside.answer(desk, [1], lambda share: None)
