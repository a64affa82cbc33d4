"""What is on the disk when the disk is full, a line is torn, or somebody wrote there who should not."""

import errno
import json
import os
from pathlib import Path

import pytest
from stored import LAMP, below, photos, thing

from hrnet.sets import LabelSet, SetError, Sets, bring
from hrnet.sets.state import VERSION
from hrnet.skeleton import Skeleton


def anew(one):
    return Sets(one.folder.parent).open(one.token)


def test_a_torn_line_is_not_there_and_the_next_stroke_cuts_it_off(one):
    one.stroke(1, 1, [thing()])
    journal = one.folder / "journal.jsonl"
    whole = journal.read_bytes()
    last = whole.splitlines(keepends=True)[-1]
    for length in (1, len(last) // 2, len(last) - 1):
        journal.write_bytes(whole + last[:length])
        again = anew(one)
        assert again.picture(1).revision == 2 and again.problems == ()
        assert again.stroke(2, 1, [thing(3)]) == 2
        assert anew(one).things(2)[0].keypoints[0].tolist() == [3, 20, 1] and anew(one).problems == ()
        journal.write_bytes(whole)


@pytest.mark.parametrize("cut", [0, 1, 7])
def test_a_full_disk_is_told_and_leaves_the_set_as_it_was(one, monkeypatch, cut):
    one.stroke(1, 1, [thing()])
    before = (one.folder / "journal.jsonl").read_bytes()
    write = os.write

    def full(descriptor, data):
        if cut:
            write(descriptor, bytes(data)[:cut])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(SetError, match="not saved: the disk is full, nothing was changed; free some space") as refusal:
        one.stroke(1, 2, [thing(5)])
    assert "\n" not in str(refusal.value)
    monkeypatch.undo()
    assert (one.folder / "journal.jsonl").read_bytes() == before
    assert one.stroke(1, 2, [thing(5)]) == 3 and anew(one).picture(1).revision == 3


def test_what_the_disk_does_not_confirm_is_taken_back_for_everybody(one, monkeypatch):
    other = anew(one)
    sync = os.fsync

    def fails(descriptor):
        other.things(1)  # somebody reads it before it turns out that it cannot be kept
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(SetError, match="not saved: Input/output error"):
        one.stroke(1, 1, [thing()])
    monkeypatch.setattr(os, "fsync", sync)
    assert one.things(1) == other.things(1) == () and other.picture(1).revision == 1
    assert other.stroke(1, 1, [thing(2)]) == 2 and one.things(1)[0].keypoints[0, 0] == 2


def test_a_full_disk_while_pictures_are_brought_leaves_the_set_as_it_was(one, tmp_path, monkeypatch):
    before = below(one.folder)
    more = photos(tmp_path / "more", 6)[3:]
    write, done = Path.write_bytes, []

    def full(path, data):
        done.append(path)
        if len(done) > 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(SetError, match="the disk is full, nothing was changed"):
        bring.bring(one, more)
    monkeypatch.undo()
    assert below(one.folder) == before and len(one.pictures) == 3
    assert bring.bring(one, more).added == 3


def test_a_damaged_stroke_does_not_take_the_one_before_it_along(one):
    one.stroke(1, 1, [thing(3)])
    one.stroke(1, 2, [thing(4)])
    journal = one.folder / "journal.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join([*lines[:-1], lines[-1].replace(b"keypoints", b'key"points')]))
    again = anew(one)
    assert again.things(1)[0].keypoints[0, 0] == 3 and again.picture(1).revision == 2 and len(again.problems) == 1


def test_strokes_before_and_after_the_joints_changed_are_told_apart_when_all_is_read_at_once(one):
    one.stroke(1, 1, [thing(3)])
    one.stroke(2, 1, [thing(5)])
    one.set_skeleton(Skeleton("lamp", LAMP.joints[::-1]))
    one.stroke(1, 3, [thing(4)])
    one.stroke(1, 4, [thing(6)])
    for view in (one, anew(one)):
        assert [view.picture(id).revision for id in (1, 2, 3)] == [5, 3, 2]
        assert view.things(1)[0].keypoints[0, 0] == 6 and view.things(2)[0].keypoints[3, 0] == 5


def test_damaged_lines_are_passed_over_and_told(one):
    one.stroke(1, 1, [thing()])
    with (one.folder / "journal.jsonl").open("ab") as file:
        file.write(b'not JSON\n[1]\n{"do":"stroke","picture":99}\n\xff\xfe\n{"do":"what"}\n')
        outside = {"id": 9, "file": "../../a.png", "name": "a", "width": 1, "height": 1, "things": []}
        file.write(json.dumps({"do": "bring", "skeleton": None, "pictures": [outside], "labels": []}).encode() + b"\n")
    one.stroke(2, 1, [thing()])
    for view in (one, anew(one)):
        assert [view.picture(id).revision for id in (1, 2)] == [2, 2]
        assert view.problems == ("6 x damaged line of journal.jsonl, which was passed over",)


def test_a_set_of_a_newer_program_is_refused_with_words(sets, one):
    journal = one.folder / "journal.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b'"version":%d' % VERSION, b'"version":%d' % (VERSION + 1)))
    for _ in range(2):
        with pytest.raises(SetError, match="newer version of this program"):
            anew(one)
        with pytest.raises(SetError, match="newer version of this program"):
            LabelSet(one.folder).pictures  # noqa: B018, asking is what is tested


def test_a_set_without_a_beginning_is_refused_with_words(one):
    (one.folder / "journal.jsonl").write_bytes(b"")
    with pytest.raises(SetError, match="no beginning"):
        assert anew(one).skeleton


def test_a_set_that_cannot_be_made_leaves_nothing(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SetError, match="the disk is full"):
        Sets(tmp_path / "sets").create("lamps", LAMP)
    assert below(tmp_path) == []
