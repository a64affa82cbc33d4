import threading

import pytest

from hrnet.training import board
from hrnet.training.events import Skipped, Started, Stepped, Stopped, Validated
from hrnet.training.run import RunFolder

tensorboard = pytest.importorskip("tensorboard", reason="needs the package tensorboard")


def shown(folder):
    """What TensorBoard reads: scalars by title as [(step, value)], and the titles of texts."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    read = EventAccumulator(str(folder), size_guidance={"scalars": 0, "tensors": 0})
    read.Reload()
    scalars = {tag: [(e.step, round(e.value, 4)) for e in read.Scalars(tag)] for tag in read.Tags()["scalars"]}
    texts = {
        tag.removesuffix("/text_summary"): [e.tensor_proto.string_val[0].decode() for e in read.Tensors(tag)]
        for tag in read.Tags()["tensors"]
    }
    times = {tag: [e.wall_time for e in read.Scalars(tag)] for tag in read.Tags()["scalars"]}
    return scalars, texts, times


@pytest.fixture
def run(tmp_path):
    """A run that was interrupted after step 6, went on from step 4, and then stopped."""
    run = RunFolder(tmp_path / "run", {})
    for event in (
        Started(0, 10, "cpu", "float32", 8),
        Skipped(2, 3, "a.jpg (cut short)"),
        *(Stepped(step, 1 / step, 0.1, 20.0 + step, 300.0) for step in (2, 4, 6)),
        Validated(6, {"AP": 0.1, "AR": 0.2}, True),
        Started(4, 10, "cpu", "float32", 8),
        Stepped(6, 0.5, 0.1, 30.0, 301.0),
        Validated(6, {"AP": 0.3, "AR": 0.4}, True),
        Stopped(8, "the loss is nan"),
    ):
        run.record(event)
    return run


def test_a_run_is_shown_afterward_and_what_was_told_again_is_shown_once(run):
    scalars, texts, times = shown(board.write(run.path))
    assert scalars["train/loss"] == [(2, 0.5), (4, 0.25), (6, 0.5)]
    assert scalars["train/samples per second"] == [(2, 22.0), (4, 24.0), (6, 30.0)]
    assert scalars["train/memory in MB"][-1] == (6, 301.0) and scalars["train/learning rate"][0] == (2, 0.1)
    assert (scalars["val/AP"], scalars["val/AR"]) == ([(6, 0.3)], [(6, 0.4)])
    assert texts["run/stopped"] == ["the loss is nan"]
    assert texts["run/skipped"] == ["3 files left out, first a.jpg (cut short)"]
    assert "steps 10, device cpu, precision float32, batch_size 8" in texts["run/start"][0]
    told = [event["time"] for event in run.events() if event["event"] == "stepped"]
    assert times["train/loss"] == pytest.approx([told[0], told[1], told[3]])


def test_writing_it_twice_shows_it_once(run):
    board.write(run.path)
    scalars, _, _ = shown(board.write(run.path))
    assert len(scalars["train/loss"]) == 3


def test_a_run_is_followed_to_its_end(tmp_path, monkeypatch):
    monkeypatch.setattr(board, "LOOK_AGAIN", 0.01)
    run = RunFolder(tmp_path, {})
    run.record(Started(0, 10, "cpu", "float32"))
    seen = []
    follower = threading.Thread(target=lambda: seen.extend(board.lines(run.events_file, follow=True)))
    follower.start()
    run.record(Stepped(2, 0.5, 0.1, 20.0, 300.0))
    with run.events_file.open("a") as file:
        file.write('{"event": "step')  # torn by a crash
    run.record(Stepped(4, 0.4, 0.1, 20.0, 300.0))
    run.record(Stopped(4, "enough"))
    follower.join(10)
    assert not follower.is_alive()
    assert [e["step"] for e in seen if e is not None] == [0, 2, 4, 4]


def test_the_command_says_what_to_do_next_and_refuses_other_folders(run, tmp_path, capsys):
    assert board.main([str(run.path)]) == 0
    assert capsys.readouterr().out == f"tensorboard --logdir {run.path / 'tensorboard'}\n"
    assert board.main([str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"board: {tmp_path} is no folder of a run: it has no events.jsonl\n"


def test_a_real_run_is_written_while_it_goes_on_and_again_after_it_was_interrupted(training):
    one = training()
    for event in board.written(one.events(), one.run):
        if event.step == 10:
            break
    again = training()
    events = list(board.written(again.events(), again.run))
    assert (events[0].step, events[-1].step) == (8, 20)
    scalars, texts, _ = shown(one.run.path / "tensorboard")
    assert [step for step, _ in scalars["train/loss"]] == list(range(2, 21, 2))
    assert [step for step, _ in scalars["val/exactness"]] == [5, 10, 15, 20]
    assert "parameters 75" in texts["run/start"][0]
