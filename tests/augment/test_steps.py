from dataclasses import fields, replace

import numpy as np
import pytest

from hrnet import augment, geometry
from hrnet.augment import (
    CoarseDropout,
    Color,
    Compose,
    HalfBody,
    HorizontalFlip,
    Jpeg,
    LabelWeights,
    Light,
    LimbOcclusion,
    LowResolution,
    MotionBlur,
    Noise,
    Normalize,
    Rotation,
    Scale,
    Shift,
    Target,
    ToTensor,
    Under,
    UniformScale,
    WalkthroughHalfBody,
    Warp,
    WholeDegrees,
)
from hrnet.geometry import GRAY, UDP, Affine

VIEW = (HalfBody(), Scale(), Rotation(), Shift(), HorizontalFlip())
OTHER_VIEW = (Under(replace(UDP, fill=GRAY)), WalkthroughHalfBody(p=1), UniformScale(), WholeDegrees())
PIXELS = (Light(), Color(p=1), LowResolution(p=1), MotionBlur(p=1), Noise(p=1), Jpeg(p=1))
HIDING = (CoarseDropout(p=1), LimbOcclusion(p=1))
END = (LabelWeights(), Target(), ToTensor(), Normalize())
ALL = Compose((*VIEW, Warp(), *PIXELS, *HIDING, *END))
EVERY = Compose((*VIEW, *OTHER_VIEW, Warp(), *PIXELS, *HIDING, *END))


def same(one, other):
    for name in ("affine", "box", "scale", "rotation", "shift", "mirrored"):
        assert getattr(one, name) == getattr(other, name), name
    for name in ("crop", "target", "weights", "tensor", "order", "keypoints", "confidence"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), name)


@pytest.mark.parametrize("seed", [0, 1, [7, 3, 2]])
def test_a_trace_ends_where_the_composed_call_ends(sample, seed):
    states = ALL.trace(sample, seed)
    same(states[-1].sample, ALL(sample, np.random.default_rng(seed)))
    assert [state.step for state in states] == list(ALL.steps)


def test_choices_of_a_trace_can_be_replayed_and_one_of_them_replaced(sample):
    states = ALL.trace(sample, 5)
    replayed, turned = sample, sample
    for state in states:
        replayed = state.step.apply(replayed, state.choice)
        turned = state.step.apply(turned, 30.0 if isinstance(state.step, Rotation) else state.choice)
    same(replayed, states[-1].sample)
    assert turned.rotation == 30.0 and (turned.crop != replayed.crop).any()
    assert (turned.scale, turned.mirrored) == (replayed.scale, replayed.mirrored)


def test_every_step_that_there_is_has_been_composed_here():
    exported = {name for name in augment.__all__ if hasattr(getattr(augment, name), "draw")} - {"Step", "Fixed"}
    assert exported == {type(step).__name__ for step in EVERY.steps}


@pytest.mark.parametrize("seed", range(6))
def test_a_drawn_configuration_is_python_that_reproduces_it(sample, seed):
    states = EVERY.trace(sample, seed)
    written = repr(Compose.fixed(states))
    names = {name: getattr(augment, name) for name in augment.__all__} | {"CropRule": geometry.CropRule}
    read = eval(written, {"__builtins__": {}}, names)
    assert read == Compose.fixed(states)
    same(read(sample, np.random.default_rng(99)), states[-1].sample)
    assert repr(eval(repr(EVERY), {"__builtins__": {}}, names)) == repr(EVERY)


def test_a_drawn_configuration_can_be_applied_to_another_person(sample):
    states = EVERY.trace(sample, 3)
    other = replace(sample, photo=sample.photo[::-1].copy())
    again = Compose.fixed(states).trace(other, 8)
    assert [state.choice for state in again] == [state.choice for state in states]
    assert again[-1].sample.affine == states[-1].sample.affine
    assert (again[-1].sample.crop != states[-1].sample.crop).any()


def test_every_state_of_a_trace_shows_what_its_step_drew(sample):
    states = {type(state.step): state for state in EVERY.trace(sample, 1)}
    scale, other = states[Scale], states[UniformScale]
    assert scale.sample.scale == scale.choice
    assert other.sample.scale == pytest.approx(scale.choice * other.choice / 1.25)
    assert states[Rotation].sample.rotation == states[Rotation].choice
    assert states[WholeDegrees].sample.rotation == states[Rotation].choice + states[WholeDegrees].choice
    assert states[Shift].sample.shift == states[Shift].choice
    assert states[HorizontalFlip].sample.mirrored is states[HorizontalFlip].choice
    assert states[Under].sample.rule.name == "udp-gray"
    assert states[WalkthroughHalfBody].choice and states[WalkthroughHalfBody].sample.box != sample.box
    before = states[Warp].sample.crop
    for step in (*PIXELS, *HIDING):
        after = states[type(step)].sample.crop
        assert (after != before).any(), step
        before = after
    assert states[Target].sample.target.max() > 0.9 and states[ToTensor].sample.tensor.max() <= 1


def test_no_step_changes_what_it_was_given(sample):
    before = {field.name: getattr(sample, field.name) for field in fields(sample)}
    copies = {name: value.copy() for name, value in before.items() if isinstance(value, np.ndarray)}
    states = ALL.trace(sample, 4)
    for name, value in before.items():
        assert getattr(sample, name) is value
    for name, value in copies.items():
        np.testing.assert_array_equal(getattr(sample, name), value)
    warped = next(state for state in states if isinstance(state.step, Warp)).sample
    np.testing.assert_array_equal(warped.crop, warped.affine.warp(sample.photo, sample.input_size))


def test_geometry_reads_and_makes_no_pixels_and_the_warp_samples_the_photo_once(sample, monkeypatch):
    warps = []
    warp = Affine.warp
    monkeypatch.setattr(Affine, "warp", lambda self, *args, **more: warps.append(self) or warp(self, *args, **more))
    unseen = replace(sample, photo=None)  # a step that looked at it would fail
    state = Compose(VIEW)(unseen, np.random.default_rng(1))
    assert state.crop is None and warps == []
    done = ALL(sample, np.random.default_rng(1))
    assert warps == [done.affine] and done.affine == state.affine


def test_the_crop_shows_at_every_keypoint_what_the_photo_shows_there(sample):
    """Pixels and keypoints go through one map, whatever the steps have decided, the mirror included."""
    photo = np.zeros_like(sample.photo)
    spot = np.array([75, 60])
    photo[spot[1] - 6 : spot[1] + 7, spot[0] - 6 : spot[0] + 7] = 255
    marked = replace(sample, photo=photo, keypoints=np.array([[*spot, 2]] * 17, np.float32))
    wholly_seen = 0
    for seed in range(12):
        done = Compose((*VIEW[1:], Warp()))(marked, np.random.default_rng(seed))
        light = done.crop[..., 0].astype(float)
        if light.sum() and not (light[[0, -1]].any() or light[:, [0, -1]].any()):
            wholly_seen += 1
            middle = [(light.sum(axis=axis) @ np.arange(n)) / light.sum() for axis, n in ((0, 96), (1, 128))]
            np.testing.assert_allclose(middle, done.crop_keypoints[0, :2], atol=0.1)
    assert wholly_seen >= 8


def test_a_target_stands_where_the_keypoints_are_and_weighs_what_the_labels_are_worth(sample):
    unlabeled = sample.keypoints.copy()
    unlabeled[5, 2] = 0
    state = Target(sigma=1.5, kind="unbiased").apply(replace(sample, keypoints=unlabeled, mirrored=True), None)
    assert state.target.shape == (17, 32, 24)
    np.testing.assert_allclose(state.weights, np.where(np.arange(17) == 6, 0, sample.confidence[state.order]))
    assert state.target[6].max() == 0  # the left shoulder (5) stands in the place of the right one (6)
    for joint in (0, 5, 16):
        y, x = np.unravel_index(state.target[joint].argmax(), (32, 24))
        np.testing.assert_allclose([4 * x, 4 * y], state.crop_keypoints[joint, :2], atol=2)
