"""`python -m hrnet video`, in this process with a stand-in for the networks, and as a process of its own."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from disc_people import estimator, scene
from made_clips import write_clip

from hrnet.__main__ import main
from hrnet.video import Clip

PATIENCE = 300  # seconds: what takes two on a machine to itself


@pytest.fixture
def clip(tmp_path, monkeypatch):
    monkeypatch.setattr("hrnet.video.command.load", lambda *args, **options: estimator())
    return write_clip(tmp_path / "clip.mp4", [scene(60 + 3 * i) for i in range(20)])


def test_a_clip_gives_a_clip_json_and_csv_in_new_folders(clip, tmp_path, capsys):
    out, report, table = (tmp_path / "new" / name for name in ("a.mp4", "a.json", "a.csv"))
    assert main(["video", str(clip), "--out", str(out), "--json", str(report), "--csv", str(table)]) == 0
    assert "1 person in 20 frames, 0.7 s" in capsys.readouterr().out
    with Clip(out) as drawn:
        assert len(list(drawn)) == 20
    assert len(json.loads(report.read_text())["frames"]) == 20
    assert len(table.read_text().splitlines()) == 1 + 20 * 17


def test_options_reach_the_work(clip, tmp_path, capsys, monkeypatch):
    report = tmp_path / "a.json"
    given = {}

    def load(weights, **options):
        given.update(options, weights=weights)
        return estimator()

    monkeypatch.setattr("hrnet.video.command.load", load)
    options = [
        "--start",
        "0.2",
        "--end",
        "0.4",
        "--every",
        "2",
        "--no-smoothing",
        "--weights",
        "mine",
        "--device",
        "cpu",
    ]
    assert main(["video", str(clip), "--json", str(report), *options]) == 0
    assert [record["time"] for record in json.loads(report.read_text())["frames"]] == pytest.approx(
        [i / 30 for i in range(6, 12)], abs=1e-4
    )
    assert (given["weights"], given["device"]) == ("mine", "cpu")
    assert "6 frames, 0.2 s" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--out", "a.avi"], "choose .mp4 or .webm"),
        (["--out", "a.mp4", "--every", "0"], "every 0"),
        (["--out", "a.mp4", "--start", "9"], "nothing is left"),
        (["--out", "a.mp4", "--start", "2", "--end", "1"], "ends after it starts"),
        (["--out", "a.mp4", "--max-minutes", "0.001"], "above the limit"),
        ([], "nothing would be written"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2_and_leaves_nothing(clip, tmp_path, capsys, monkeypatch, options, says):
    monkeypatch.chdir(tmp_path)
    assert main(["video", str(clip), *options]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("hrnet: ") and says in lines[0]
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]


def test_what_is_no_clip_is_said_before_the_networks_are_loaded(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("hrnet.video.command.load", lambda *args, **options: pytest.fail("loaded"))
    (tmp_path / "a.mp4").write_text("text")
    for name in (str(tmp_path / "a.mp4"), str(tmp_path / "none.mp4"), "https://example.com/clip.mp4"):
        assert main(["video", name, "--out", str(tmp_path / "b.mp4")]) == 2
    assert "https://example.com/clip.mp4: this is an address" in capsys.readouterr().err


def test_a_damaged_clip_is_done_said_and_gives_exit_code_2(clip, tmp_path, capsys):
    path = write_clip(
        tmp_path / "cut.mp4", [scene(60 + 3 * i) for i in range(60)], container={"movflags": "+faststart"}
    )
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    assert main(["video", str(path), "--out", str(tmp_path / "b.mp4")]) == 2
    captured = capsys.readouterr()
    assert "cut off or damaged; what could be read of it was done" in captured.err
    assert "1 person in" in captured.out and (tmp_path / "b.mp4").stat().st_size > 1000


@pytest.mark.slow
def test_ctrl_c_leaves_nothing_and_torch_is_never_imported(tmp_path):
    path = write_clip(tmp_path / "clip.mp4", [scene(60 + i % 200) for i in range(900)])
    code = (
        "import sys; from hrnet.__main__ import main\n"
        "end = main(['video', sys.argv[1], '--out', sys.argv[2], '--json', sys.argv[3]])\n"
        "assert 'torch' not in sys.modules, 'torch was imported'; sys.exit(end)"
    )
    work = tmp_path / "work"
    work.mkdir()
    command = [sys.executable, "-c", code, path, work / "a.mp4", work / "a.json"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + PATIENCE
        while process.poll() is None and not any(file.stat().st_size for file in work.iterdir()):
            assert time.monotonic() < deadline, "nothing was written"
            time.sleep(0.1)
        assert len(list(work.iterdir())) == 2, process.poll()  # two hidden parts, under way
        os.kill(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    assert process.returncode == 130 and "stopped" in err and "Traceback" not in err
    assert list(work.iterdir()) == []
