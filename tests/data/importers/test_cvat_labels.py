import pytest
from made import joints, photo, told

from hrnet.data import read
from hrnet.data.importers.tracks import Budget, Key, evenly, interpolated

SVG = (
    '&lt;circle data-node-id="1" data-label-name="head"/&gt;&lt;circle data-node-id="2" data-label-name="tail"/&gt;'
    '&lt;line data-node-from="1" data-node-to="2"/&gt;'
)
LABELS = f"""<labels><label><name>cat</name><type>skeleton</type><svg>{SVG}</svg></label>
<label><name>head</name><type>points</type><parent>cat</parent></label>
<label><name>tail</name><type>points</type><parent>cat</parent></label></labels>"""


def written(folder, body, labels=LABELS, more="", encoding="utf-8"):
    folder.mkdir(parents=True, exist_ok=True)
    text = f'<?xml version="1.0" encoding="{encoding}"?>\n<annotations><version>1.1</version><meta><task>{labels}{more}'
    path = folder / "annotations.xml"
    path.write_bytes(f"{text}</task></meta>{body}</annotations>".encode(encoding))
    return path


def skeleton(head, tail="", more="", tag='label="cat"'):
    end = f'<points label="tail" {tail}/>' if tail else ""
    return f'<skeleton {tag} {more}><points label="head" {head}/>{end}</skeleton>'


def test_skeletons_of_images_with_hidden_joints_subsets_and_boxes_of_their_group(tmp_path):
    shape = skeleton('points="1,2" occluded="1" outside="0"', 'points="5,6" outside="1"', 'group_id="3"')
    box = '<box label="body" xtl="30" ytl="40" xbr="10" ybr="20" group_id="3"/>'  # drawn from the lower right
    written(tmp_path, f'<image id="0" name="film/a.png" subset="train" width="80" height="60">{box}{shape}</image>')
    photo(tmp_path / "images" / "train" / "film" / "a.png")
    poses = read(tmp_path)
    assert joints(poses) == {"head": (1, 2, 1)} and poses.skeleton.limbs == ((0, 1),)
    assert poses.samples[0].box.xywh.tolist() == [10, 20, 20, 20] and poses.problems == ()
    assert [(one.split, one.source) for one in poses.photos] == [("train", "")]  # one folder says nothing
    photo(tmp_path / "images" / "train" / "other" / "b.png")
    written(tmp_path, "".join(f'<image name="{name}">{shape}</image>' for name in ("film/a.png", "other/b.png")))
    assert [one.source for one in read(tmp_path).photos] == ["film", "other"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_other_encodings(tmp_path, encoding):
    labels = LABELS.replace("tail", "Schwänzchen")
    shape = skeleton('points="1,2"').replace("tail", "Schwänzchen")
    written(tmp_path, f'<image name="a.png" width="80" height="60">{shape}</image>', labels, encoding=encoding)
    assert read(tmp_path).joints == ("head", "Schwänzchen")


def test_one_label_for_each_joint(tmp_path):
    labels = "<labels><label><name>tail</name></label><label><name>head</name></label></labels>"
    one = (
        '<points label="head" points="5,5" group_id="1"/><points label="tail" points="9,9" group_id="1" occluded="1"/>'
    )
    two = '<points label="head" points="50,50"/><box label="cat" xtl="40" ytl="40" xbr="60" ybr="60"/>'
    written(tmp_path, f'<image name="a.png" width="80" height="60">{one}{two}</image>', labels)
    poses = read(tmp_path)
    assert poses.joints == ("tail", "head")
    assert joints(poses) == {"head": (5, 5, 2), "tail": (9, 9, 1)} and joints(poses, 1) == {"head": (50, 50, 2)}
    assert poses.samples[1].box.xywh.tolist() == [40, 40, 20, 20]


def test_several_points_of_one_shape_are_one_person(tmp_path):
    shapes = '<points label="cat" points="1,2;3,4"/><points label="cat" points="5,6;7,8"/>'
    written(tmp_path, f'<image name="a.png" width="80" height="60">{shapes}</image>', "")
    poses = read(tmp_path)
    assert poses.joints == ("cat_1", "cat_2") and joints(poses, 1) == {"cat_1": (5, 6, 2), "cat_2": (7, 8, 2)}


def test_between_two_keys_a_joint_goes_straight_and_leaves_where_it_is_outside():
    keys = [Key(0, (0, 0)), Key(4, (8, 4), hidden=True), Key(6, (9, 9), outside=True), Key(8, (1, 1))]
    seen = interpolated(keys, 9, Budget())
    assert {frame: key.values for frame, key in seen.items()} == {
        **{0: (0, 0), 1: (2, 1), 2: (4, 2), 3: (6, 3), 4: (8, 4), 5: (8, 4)},
        **{8: (1, 1), 9: (1, 1)},
    }
    assert [frame for frame, key in seen.items() if key.hidden] == [4, 5]
    assert evenly(range(10), 4) == [0, 3, 6, 9] and evenly([3], 4) == [3]


def test_tracks_of_a_video_whose_frames_are_pictures(tmp_path):
    track = "".join(
        skeleton(f'points="{x},10" outside="0"', 'points="0,0" outside="1"', f'frame="{frame}" keyframe="1"', tag="")
        for frame, x in ((0, 10), (2, 30))
    )
    written(tmp_path, f'<track id="0" label="cat">{track}</track>', more="<source>walk.mp4</source>")
    for frame in range(3):
        photo(tmp_path / "images" / f"frame_{frame:06d}.PNG".lower())
    poses = read(tmp_path)
    assert [joints(poses, frame) for frame in range(3)] == [{"head": (x, 10, 2)} for x in (10, 20, 30)]
    assert [one.name for one in poses.photos] == [f"frame_{frame:06d}.png" for frame in range(3)]
    assert {one.source for one in poses.photos} == {"walk"} and poses.problems == ()


def test_tracks_of_a_video_that_is_not_there_say_so(tmp_path):
    track = skeleton('points="1,1"', more='frame="7"', tag="") + skeleton(
        'points="1,1"', more='frame="8" outside="1"', tag=""
    )
    written(tmp_path, f'<track label="cat">{track}</track>', more="<source>C:\\film\\walk.mp4</source>")
    poses = read(tmp_path)
    assert [one.name for one in poses.photos] == ["frame_000007.png"]
    assert told(poses.problems, "video that is not there: put it beside the labels, for example walk.mp4")


def test_two_kinds_of_skeletons_are_not_mixed(tmp_path):
    dog = skeleton('points="9,9"', tag='label="dog"')
    cats = skeleton('points="1,2"') + skeleton('points="3,4"')
    written(tmp_path, f'<image name="a.png" width="80" height="60">{dog}{cats}</image>')
    poses = read(tmp_path)
    assert len(poses.samples) == 2 and told(poses.problems, "another skeleton than cat, which occurs more often")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ('<annotations><image name="a"></annotations>', "is not valid XML"),
        ('<!DOCTYPE a [<!ENTITY a "aaaa">]><annotations>&a;</annotations>', "declares a document type"),
        ('<annotations><image name="a.png" width="8" height="6"/></annotations>', "there is not one joint"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(tmp_path, content, why):
    (tmp_path / "annotations.xml").write_text(content)
    with pytest.raises(ValueError, match=f"looks like labels of CVAT: .*{why}") as refusal:
        read(tmp_path)
    assert "\n" not in str(refusal.value)


def test_three_lines_that_mean_a_billion_shapes_are_refused(tmp_path):
    track = skeleton('points="1,1"', more='frame="0"', tag="")
    more = "<stop_frame>999999999</stop_frame>"
    written(tmp_path, f'<track label="cat">{track}</track>', more=more)
    with pytest.raises(ValueError, match="tracks mean more than 2,000,000 shapes"):
        read(tmp_path)
