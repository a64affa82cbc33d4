"""Written clips, probed by PyAV: what browsers ask for, exact times, true colors, sound as it was, whole or not."""

import av
import numpy as np
import pytest
from made_clips import four_colors, gray, number, write_clip

from hrnet.video import VideoError, Writer, encoder_for, replacing


def write(path, photos, times, sound_of=None, rate=30):
    with Writer(path, encoder_for(path), photos[0].shape[:2], rate, sound_of=sound_of) as writer:
        for photo, time in zip(photos, times, strict=True):
            writer.write(photo, time)
    return path


def test_mp4_is_h264_in_yuv420p_with_its_index_first(tmp_path):
    path = write(tmp_path / "a.mp4", [gray(i) for i in range(10)], [i / 30 for i in range(10)])
    with av.open(str(path)) as file:
        context = file.streams.video[0].codec_context
        assert (context.name, context.pix_fmt, context.width, context.height) == ("h264", "yuv420p", 64, 48)
        assert context.profile in ("High", "Main", "Constrained Baseline")
        assert (context.colorspace, context.color_range, context.color_primaries) == (1, 1, 1)
    data = path.read_bytes()
    assert data[4:8] == b"ftyp" and data.index(b"moov") < data.index(b"mdat")


def test_webm_is_vp9(tmp_path):
    path = write(tmp_path / "a.webm", [gray(i) for i in range(10)], [i / 30 for i in range(10)])
    with av.open(str(path)) as file:
        assert (file.streams.video[0].codec_context.name, file.streams.video[0].pix_fmt) == ("vp9", "yuv420p")
        assert [number(frame.to_ndarray(format="rgb24")) for frame in file.decode(video=0)] == list(range(10))


def test_frames_are_shown_at_the_times_given_the_first_at_0(tmp_path):
    times = np.array([5, 5.02, 5.5, 5.51, 7, 7.25])
    path = write(tmp_path / "a.mp4", [gray(i) for i in range(6)], times, rate=10)
    with av.open(str(path)) as file:
        shown = [(float(frame.time), number(frame.to_ndarray(format="rgb24"))) for frame in file.decode(video=0)]
        seconds = float(file.streams.video[0].duration * file.streams.video[0].time_base)
    np.testing.assert_allclose([time for time, _ in shown], times - 5, atol=1e-5)
    assert [number for _, number in shown] == list(range(6))
    assert seconds == pytest.approx(2.25 + 0.1, abs=0.01)  # the last one as long as a mean one


@pytest.mark.parametrize(("height", "width"), [(47, 63), (48, 63), (47, 64), (1, 1)])
def test_odd_sides_become_even_and_pixels_stay_in_place(tmp_path, height, width):
    photo = four_colors()[:height, :width]
    path = write(tmp_path / "a.mp4", [photo] * 3, [0, 0.1, 0.2])
    with av.open(str(path)) as file:
        frame = next(file.decode(video=0)).to_ndarray(format="rgb24")
    assert frame.shape == (height + height % 2, width + width % 2, 3)
    np.testing.assert_allclose(frame[height // 3, width // 3].astype(int), photo[height // 3, width // 3], atol=8)


@pytest.mark.parametrize("size", [(48, 64), (720, 64)])
def test_colors_stay_what_they_were(tmp_path, size):
    path = write(tmp_path / "a.mp4", [four_colors(*size)] * 2, [0, 0.1])
    with av.open(str(path)) as file:
        frame = next(file.decode(video=0)).to_ndarray(format="rgb24").astype(int)
    np.testing.assert_allclose(frame[5::12, 5::12], four_colors(*size)[5::12, 5::12], atol=6)


def packets(path):
    with av.open(str(path)) as file:
        stream = file.streams.audio[0]
        return [(float(p.pts * p.time_base), bytes(p)) for p in file.demux(stream) if p.pts is not None]


def test_sound_is_copied_bit_for_bit_and_in_time(tmp_path):
    photos = [gray(i % 40) for i in range(60)]
    source = write_clip(tmp_path / "loud.mp4", photos, sound="aac")
    path = write(tmp_path / "a.mp4", photos, [i / 30 for i in range(60)], sound_of=source)
    before = {content: time for time, content in packets(source) if time >= 0}
    after = packets(path)
    assert len(after) >= len(before) - 2 > 50
    for time, content in after[1:]:
        assert time == pytest.approx(before[content], abs=0.03)


def test_sound_of_a_part_begins_with_the_part(tmp_path):
    photos = [gray(i % 40) for i in range(90)]
    source = write_clip(tmp_path / "loud.mp4", photos, sound="aac")
    path = write(tmp_path / "a.mp4", photos[30:60], [i / 30 for i in range(30, 60)], sound_of=source)
    before = {content: time for time, content in packets(source)}
    after = packets(path)
    assert 40 < len(after) < 52
    for time, content in after[1:]:
        assert time == pytest.approx(before[content] - 1, abs=0.03)


def test_sound_of_an_mpeg_stream_fits_into_mp4(tmp_path):
    photos = [gray(i % 40) for i in range(60)]
    source = write_clip(tmp_path / "loud.ts", photos, sound="aac")
    path = write(tmp_path / "a.mp4", photos, [i / 30 for i in range(60)], sound_of=source)
    with av.open(str(path)) as file:
        assert sum(frame.samples for frame in file.decode(audio=0)) == pytest.approx(2 * 48_000, rel=0.06)


def test_photos_out_of_order_or_of_another_size_are_refused(tmp_path):
    with pytest.raises(VideoError, match="order of their times"):
        write(tmp_path / "a.mp4", [gray(0), gray(1)], [1, 1])
    with pytest.raises(VideoError, match=r"photos uint8 \(48, 64, 3\)"):
        write(tmp_path / "a.mp4", [gray(0), gray(1, 50)], [0, 1])
    with (
        pytest.raises(VideoError, match="at least one photo"),
        Writer(tmp_path / "b.mp4", encoder_for("b.mp4"), (48, 64), 30),
    ):
        pass


def test_a_place_that_cannot_be_written_and_an_unknown_suffix_are_named(tmp_path):
    with pytest.raises(VideoError, match="cannot be written"):
        write(tmp_path / "none" / "a.mp4", [gray(0)], [0])
    with pytest.raises(VideoError, match=r"choose \.mp4 or \.webm"):
        encoder_for("clip.avi")


def test_where_nothing_can_be_written_is_said_in_one_line(tmp_path):
    with pytest.raises(VideoError, match="cannot be written"), replacing(tmp_path / "none" / "a.txt"):
        pass
