import re
from collections import Counter

import pytest

from hrnet.geometry import OFFICIAL, UDP
from hrnet.skeleton import AP10K_17, COCO_17, CROWDPOSE_14, MPII_16
from hrnet.spec import W8, W18_SMALL_V2, W32, W48
from hrnet.weights import catalogue, published
from hrnet.weights.catalogue import guess

ZOO = "https://download.openmmlab.com/mmpose/"


@pytest.mark.parametrize(
    ("name", "url", "sha256"),
    [
        (
            "coco-w32-256x192",
            ZOO + "v1/body_2d_keypoint/topdown_heatmap/coco/"
            "td-hm_hrnet-w32_8xb64-210e_coco-256x192-81c58e40_20220909.pth",
            "81c58e40",
        ),
        (
            "coco-w48-384x288-udp",
            ZOO + "v1/body_2d_keypoint/topdown_heatmap/coco/"
            "td-hm_hrnet-w48_udp-8xb32-210e_coco-384x288-70d7ab01_20220913.pth",
            "70d7ab01",
        ),
        (
            "mpii-w48-256x256-dark",
            ZOO + "top_down/hrnet/hrnet_w48_mpii_256x256_dark-0decd39f_20200927.pth",
            "0decd39f",
        ),
        ("crowdpose-w32-256x192", ZOO + "top_down/hrnet/hrnet_w32_crowdpose_256x192-960be101_20201227.pth", "960be101"),
        ("ap10k-w48-256x256", ZOO + "animal/hrnet/hrnet_w48_ap10k_256x256-d95ab412_20211029.pth", "d95ab412"),
        (
            "mmpose0-coco-w32-384x288-udp",
            ZOO + "top_down/udp/hrnet_w32_coco_384x288_udp-e97c1a0f_20210223.pth",
            "e97c1a0f",
        ),
        ("imagenet-w48", ZOO + "pretrain_models/hrnet_w48-8ef0771d.pth", "8ef0771d"),
        (
            "fasterrcnn_resnet50_fpn_v2",
            "https://download.pytorch.org/models/fasterrcnn_resnet50_fpn_v2_coco-dd69338a.pth",
            "dd69338a",
        ),
    ],
)
def test_addresses_and_hashes_are_the_published_ones(name, url, sha256):
    entry = published()[name]
    assert (entry.url, entry.sha256, entry.file) == (url, sha256, url.rsplit("/", 1)[1])


@pytest.mark.slow  # importing torchvision takes seconds
def test_torchvision_agrees_on_its_own_addresses():
    from torchvision.models import detection

    for builder, weights in (
        ("fasterrcnn_resnet50_fpn_v2", detection.FasterRCNN_ResNet50_FPN_V2_Weights.COCO_V1),
        ("fasterrcnn_mobilenet_v3_large_320_fpn", detection.FasterRCNN_MobileNet_V3_Large_320_FPN_Weights.COCO_V1),
        ("ssdlite320_mobilenet_v3_large", detection.SSDLite320_MobileNet_V3_Large_Weights.COCO_V1),
    ):
        entry = published()[builder]
        assert hasattr(detection, builder) and entry.url == weights.url
        assert entry.metadata.figures[0].value == weights.meta["_metrics"]["COCO-val2017"]["box_map"]


def test_the_catalogue_has_the_published_families():
    families = Counter(re.sub(r"-?w\d+.*", "", name) for name in published() if "-" in name)
    assert families == {
        "coco": 12,
        "mmpose0-coco": 12,
        "mpii": 4,
        "crowdpose": 1,
        "ap10k": 2,
        "official-coco": 4,
        "official-mpii": 2,
        "imagenet": 3,
    }


def test_every_file_that_can_be_fetched_has_a_hash_in_its_name_and_no_two_share_a_name():
    entries = published().values()
    fetched = [entry for entry in entries if entry.url]
    assert all(re.fullmatch("[0-9a-f]{8}", entry.sha256) and entry.sha256 in entry.file for entry in fetched)
    assert all(entry.url.startswith("https://") for entry in fetched)
    assert len({entry.file for entry in entries}) == len(entries)
    assert all(entry.by_hand and not entry.sha256 for entry in entries if not entry.url)


def test_plain_and_dark_take_the_official_crop_with_the_shift_and_udp_takes_its_own_without():
    for name, entry in published().items():
        if entry.metadata.role != "pose":
            continue
        variant = next((variant for variant in ("dark", "udp") if name.endswith(variant)), "quarter")
        assert entry.metadata.decoder == variant
        assert entry.metadata.rule is (UDP if variant == "udp" else OFFICIAL)
        assert entry.metadata.rule.flip_shift is (variant != "udp")


def test_the_kernel_is_11_but_17_for_the_larger_size_of_mmpose_0():
    wide = {name for name, entry in published().items() if entry.metadata.kernel == 17}
    assert wide == {f"mmpose0-coco-w{width}-384x288-{variant}" for width in (32, 48) for variant in ("dark", "udp")}
    assert {entry.metadata.kernel for name, entry in published().items() if name not in wide} == {11}


@pytest.mark.parametrize(
    ("name", "spec", "skeleton", "size"),
    [
        ("coco-w48-384x288-dark", W48, COCO_17, (384, 288)),
        ("mpii-w32-256x256", W32, MPII_16, (256, 256)),
        ("crowdpose-w32-256x192", W32, CROWDPOSE_14, (256, 192)),
        ("ap10k-w32-256x256", W32, AP10K_17, (256, 256)),
        ("official-mpii-w48-256x256", W48, MPII_16, (256, 256)),
        ("imagenet-w18-small-v2", W18_SMALL_V2, None, None),
    ],
)
def test_an_entry_says_which_network_and_joints_it_has(name, spec, skeleton, size):
    metadata = published()[name].metadata
    assert (metadata.spec, metadata.skeleton, metadata.input_size) == (spec, skeleton, size)
    assert metadata.license and metadata.data and metadata.provenance


@pytest.mark.parametrize(
    ("name", "figure"),
    [
        ("coco-w32-256x192", "AP 74.9 on COCO val2017, boxes: published detections, person AP 56.4, with flip test"),
        ("official-coco-w48-384x288", "AP 76.3 on COCO val2017, boxes: published detections, person AP 56.4"),
        ("mmpose0-coco-w48-256x192-udp", "AP 76.7 on COCO val2017"),
        ("mpii-w48-256x256-dark", "PCKh@0.5 90.5 on MPII val, boxes: annotated, with flip test"),
        ("ap10k-w48-256x256", "AP 72.8 on AP-10K val, boxes: annotated, with flip test"),
    ],
)
def test_figures_are_the_published_ones_with_their_conditions(name, figure):
    (stated,) = published()[name].metadata.figures
    assert str(stated).startswith(figure)


def test_no_published_figure_is_passed_off_as_measured():
    figures = [figure for entry in published().values() for figure in entry.metadata.figures]
    assert len(figures) == 39
    assert not any(figure.measured for figure in figures)
    assert all(str(figure).endswith("(published)") and figure.source for figure in figures)


def test_a_published_file_is_known_by_its_name():
    entry = published()["ap10k-w32-256x256"]
    assert guess(entry.file, W32, 17) is entry.metadata
    assert guess("pose_hrnet_w48_384x288.pth", W48, 17) is published()["official-coco-w48-384x288"].metadata


@pytest.mark.parametrize(
    ("file", "joints", "skeleton", "size", "rule", "decoder"),
    [
        ("my_model_256x192.pth", 17, COCO_17, (256, 192), OFFICIAL, "quarter"),
        ("my_ap10k_256x256.pth", 17, AP10K_17, (256, 256), OFFICIAL, "quarter"),
        ("run-384x288-udp.pth", 14, CROWDPOSE_14, (384, 288), UDP, "udp"),
        ("MPII_DARK_256x256.pth", 16, MPII_16, (256, 256), OFFICIAL, "dark"),
    ],
)
def test_other_files_are_prepared_as_their_names_suggest_and_say_so(file, joints, skeleton, size, rule, decoder):
    metadata = guess(file, W8, joints)
    assert (metadata.skeleton, metadata.input_size, metadata.rule, metadata.decoder) == (skeleton, size, rule, decoder)
    assert metadata.spec is W8 and metadata.figures == () and "suggests" in metadata.provenance
    assert metadata.data == metadata.license == "not stated"


@pytest.mark.parametrize(("file", "joints"), [("best.pth", 17), ("horse_256x256.pth", 22), ("film_1920x1080.pth", 17)])
def test_a_name_that_says_too_little_gives_no_guess(file, joints):
    assert guess(file, W32, joints) is None


def test_embedded_weights_are_what_lies_in_the_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(catalogue, "EMBEDDED", tmp_path)
    assert catalogue.embedded() == {}
    (tmp_path / "pose.safetensors").touch()
    (tmp_path / "notes.txt").touch()
    assert catalogue.embedded() == {"pose": tmp_path / "pose.safetensors"}
