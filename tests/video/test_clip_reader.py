"""Reading clips: upright frames at their own times, limits, and what is refused in one line."""

import itertools
import os
import socket
from fractions import Fraction

import numpy as np
import pytest
from made_clips import four_colors, gray, number, write_clip
from PIL import Image

from hrnet.video import Clip, Limits, VideoError


def frames(path, **options):
    with Clip(path, **options) as clip:
        return list(clip)


def test_every_frame_has_the_time_at_which_it_is_shown_however_uneven(tmp_path):
    times = [0, 0.04, 0.05, 0.3, 0.31, 0.5, 1.75, 1.8]
    path = write_clip(tmp_path / "uneven.mp4", [gray(i) for i in range(8)], times)
    read = frames(path)
    assert [frame.index for frame in read] == list(range(8))
    np.testing.assert_allclose([frame.time for frame in read], times, atol=1e-5)
    assert [number(frame.photo) for frame in read] == list(range(8))


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv", "webm", "avi", "ts"])
def test_containers_give_the_same_frames(tmp_path, suffix):
    codec = {"webm": "libvpx-vp9", "avi": "mpeg4"}.get(suffix, "libx264")
    path = write_clip(tmp_path / f"clip.{suffix}", [gray(i) for i in range(12)], codec=codec)
    with Clip(path) as clip:
        read = list(clip)
        assert clip.damaged == 0
    assert [number(frame.photo) for frame in read] == list(range(12))
    np.testing.assert_allclose(np.diff([frame.time for frame in read]), 1 / 30, atol=1e-3)


@pytest.mark.parametrize("clockwise", [0, 90, 180, 270])
def test_a_phones_rotation_is_applied(tmp_path, clockwise):
    path = write_clip(tmp_path / "phone.mp4", [four_colors()] * 2, clockwise=clockwise)
    expected = np.rot90(four_colors(), -clockwise // 90)
    with Clip(path) as clip:
        assert clip.size == expected.shape[:2]
        photo = next(iter(clip)).photo
    assert photo.shape == expected.shape and photo.flags.c_contiguous
    for y, x in itertools.product((0.25, 0.75), repeat=2):
        place = int(y * photo.shape[0]), int(x * photo.shape[1])
        np.testing.assert_allclose(photo[place].astype(int), expected[place], atol=6)


def test_pixels_that_are_not_square_become_square(tmp_path):
    path = write_clip(tmp_path / "wide.mp4", [four_colors()], aspect=Fraction(3, 2))
    assert frames(path)[0].photo.shape == (48, 96, 3)


def test_colors_without_a_tag_are_read_as_players_read_them(tmp_path):
    large, small = four_colors(720, 64), four_colors()
    tagged = write_clip(tmp_path / "tagged.mp4", [large], colors=1)
    np.testing.assert_allclose(frames(tagged)[0].photo[100, 10], large[100, 10], atol=4)
    untagged = write_clip(tmp_path / "untagged.mp4", [small])  # BT.601, which small clips are in
    np.testing.assert_allclose(frames(untagged)[0].photo[10, 10], small[10, 10], atol=4)


def test_ten_bits_become_eight(tmp_path):
    path = write_clip(tmp_path / "deep.mkv", [four_colors()], codec="ffv1", pix_fmt="yuv422p10le")
    np.testing.assert_allclose(frames(path)[0].photo.astype(int)[::12, ::12], four_colors()[::12, ::12], atol=6)


def test_a_gif_is_a_clip(tmp_path):
    photos = [Image.fromarray(gray(i)) for i in range(6)]
    photos[0].save(tmp_path / "a.gif", save_all=True, append_images=photos[1:], duration=[100, 50] * 3, loop=0)
    read = frames(tmp_path / "a.gif")
    assert [number(frame.photo) for frame in read] == list(range(6))
    np.testing.assert_allclose([frame.time for frame in read], [0, 0.1, 0.15, 0.25, 0.3, 0.4], atol=1e-6)
    assert [number(frame.photo) for frame in frames(tmp_path / "a.gif", start=0.25)] == [3, 4, 5]


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_a_part_has_the_frames_from_its_start_to_before_its_end_undamaged(tmp_path, suffix):
    photos = [gray(i % 40) for i in range(120)]
    path = write_clip(tmp_path / f"long.{suffix}", photos, [i / 20 for i in range(120)], key=48)
    with Clip(path, start=3.5, end=4.25) as clip:
        read = list(clip)
        assert clip.damaged == 0
    assert [number(frame.photo) for frame in read] == [i % 40 for i in range(70, 85)]
    np.testing.assert_allclose([frame.time for frame in read], [i / 20 for i in range(70, 85)], atol=2e-3)
    assert [frame.index for frame in read] == list(range(15))


def test_a_clip_says_what_it_is(tmp_path):
    path = write_clip(tmp_path / "clip.mp4", [gray(i) for i in range(30)], sound="aac")
    with Clip(path) as clip:
        assert clip.size == (48, 64) and clip.sound == "aac" and clip.rate == pytest.approx(30)
        assert clip.duration == pytest.approx(1, abs=0.01) and clip.end == clip.duration


def test_of_a_clip_that_is_cut_off_the_beginning_is_read_and_the_damage_said(tmp_path):
    rng = np.random.default_rng(0)
    photos = [rng.integers(0, 255, (96, 128, 3), np.uint8) for _ in range(60)]
    path = write_clip(tmp_path / "cut.mp4", photos, container={"movflags": "+faststart"})
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with Clip(path) as clip:
        read = list(clip)
        assert clip.damaged > 0
    assert 15 < len(read) < 45
    assert np.all(np.diff([frame.time for frame in read]) > 0)


def test_damage_in_the_middle_is_passed_over(tmp_path):
    rng = np.random.default_rng(0)
    photos = [rng.integers(0, 255, (96, 128, 3), np.uint8) for _ in range(60)]
    path = write_clip(tmp_path / "hurt.mp4", photos, container={"movflags": "+faststart"})
    data = bytearray(path.read_bytes())
    place = len(data) // 2
    data[place : place + 3000] = bytes(3000)
    path.write_bytes(data)
    with Clip(path) as clip:
        read = list(clip)
        assert clip.damaged > 0
    assert len(read) > 40 and read[-1].time > 1.9


def refused(path, **options):
    with pytest.raises(VideoError) as caught:
        frames(path, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_is_no_clip_is_refused_in_one_line(tmp_path):
    (tmp_path / "text.mp4").write_text("this is no clip")
    (tmp_path / "empty.mp4").touch()
    Image.new("RGB", (9, 9)).save(tmp_path / "photo.jpg")
    Image.new("RGB", (9, 9)).save(
        tmp_path / "moving.webp", save_all=True, append_images=[Image.new("RGB", (9, 9), "red")]
    )
    assert "no clip" in refused(tmp_path / "text.mp4")
    assert "empty" in refused(tmp_path / "empty.mp4")
    assert "no clip" in refused(tmp_path / "photo.jpg")
    assert "WebP" in refused(tmp_path / "moving.webp")
    assert "no such file" in refused(tmp_path / "nowhere.mp4")
    assert "folder" in refused(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    assert "pipe" in refused(tmp_path / "pipe")
    assert "?" in refused(tmp_path / "two\nlines.mp4")


def test_a_clip_without_its_index_is_called_cut_off(tmp_path):
    path = write_clip(tmp_path / "cut.mp4", [gray(i) for i in range(20)])
    path.write_bytes(path.read_bytes()[:-600])
    assert "cut off" in refused(path)


def test_sound_alone_is_no_clip(tmp_path):
    path = write_clip(tmp_path / "both.mp4", [gray(i) for i in range(20)], sound="aac")
    import av

    with av.open(str(path)) as source, av.open(str(tmp_path / "sound.m4a"), "w", format="mp4") as target:
        stream = target.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(source.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    assert "no video" in refused(tmp_path / "sound.m4a")


def test_nothing_is_ever_fetched(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/clip.ts"
        assert "nothing is fetched" in refused(address)
        playlist = tmp_path / "list.mp4"
        playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{address}\n#EXT-X-ENDLIST\n")
        assert "no clip" in refused(playlist)
        other = tmp_path / "other.mp4"
        other.write_text(f"ffconcat version 1.0\nfile '{address}'\n")
        assert "no clip" in refused(other)
        with pytest.raises(TimeoutError):
            server.accept()
    for name in ("rtsp://camera/stream", "concat:a.mp4|b.mp4", "subfile:,,start,0,end,9,,:a.mp4"):
        assert "nothing is fetched" in refused(name)


def test_a_list_of_other_files_is_not_followed(tmp_path):
    write_clip(tmp_path / "secret.ts", [gray(i) for i in range(20)])
    lists = {
        "a.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nsecret.ts\n#EXT-X-ENDLIST\n",
        "b.mp4": "ffconcat version 1.0\nfile 'secret.ts'\n",
    }
    for name, text in lists.items():
        (tmp_path / name).write_text(text)
        assert "no clip" in refused(tmp_path / name)


def test_limits_are_kept(tmp_path):
    path = write_clip(tmp_path / "clip.mp4", [gray(i) for i in range(40)])
    assert "64 x 48 are above the limit" in refused(path, limits=Limits(pixels=3000))
    assert "limit of 1 s" in refused(path, limits=Limits(seconds=1))
    assert "30 frames" in refused(path, limits=Limits(frames=30))
    assert len(frames(path, limits=Limits(seconds=1, frames=30), end=1.0)) == 30
    assert len(frames(path, limits=Limits(frames=40))) == 40


def test_a_clip_that_does_not_say_how_long_it_is_is_still_limited(tmp_path):
    path = write_clip(tmp_path / "clip.h264.mkv", [gray(i) for i in range(40)], container={"live": "1"})
    with Clip(path) as clip:
        assert clip.duration is None and clip.end is None
        assert len(list(clip)) == 40
    assert "limit of 1 s" in refused(path, limits=Limits(seconds=1))


@pytest.mark.parametrize(("start", "end"), [(-1, None), (2, 2), (2, 1), (float("nan"), None)])
def test_impossible_parts_are_refused(tmp_path, start, end):
    path = write_clip(tmp_path / "clip.mp4", [gray(0)])
    assert "starts at 0 s or later" in refused(path, start=start, end=end)


def test_a_part_behind_the_end_is_refused(tmp_path):
    path = write_clip(tmp_path / "clip.mp4", [gray(i) for i in range(30)])
    assert "nothing is left" in refused(path, start=5)
