"""Boxes of MegaDetector, COCO and YOLO: each is a photo of its own; a file of boxes may be anybody's."""

import json
import os
import re

import pytest
from PIL import Image

from spa_desktop.classify.folder_run import find_photos
from spa_desktop.errors import InputError
from spa_desktop.jobs import Job
from spa_desktop.photos.opening import split_box
from spa_desktop.project import Project, add_classes, find_classes, find_dropped

KINDS = ("MegaDetector", "COCO", "YOLO")
# Of photos of 100 x 50 pixels: what is on them, and where.
DRAWN = {
    "cam1/1.png": [("fox", (10, 5, 30, 20)), ("hare", (60, 10, 20, 30))],
    "cam1/2.png": [("fox", (0, 0, 100, 50))],
    "cam2/1.png": [("hare", (50, 25, 50, 25))],
    "cam2/empty.png": [],
}


@pytest.fixture
def cameras(tmp_path):
    """Four photos of two cameras, in the folder `images`."""
    for number, name in enumerate(DRAWN):
        (tmp_path / "images" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (100, 50), (number, 90, 90)).save(tmp_path / "images" / name)
    return tmp_path / "images"


def write_boxes(kind, folder, drawn, *, root=""):
    """A file of boxes in `folder`, or the folder of YOLO's labels."""
    names, shares = ["fox", "hare"], {}
    for name, things in drawn.items():
        shares[name] = [(thing, (x / 100, y / 50, w / 100, h / 50)) for thing, (x, y, w, h) in things]
    if kind == "YOLO":
        for name, things in shares.items():
            rows = [f"{names.index(thing)} {x + w / 2} {y + h / 2} {w} {h}\n" for thing, (x, y, w, h) in things]
            label = (folder / "labels" / name).with_suffix(".txt")
            label.parent.mkdir(parents=True, exist_ok=True)
            label.write_text("".join(rows))
        (folder / "labels" / "classes.txt").write_text("fox\nhare\n")
        return folder / "labels"
    if kind == "COCO":
        document = {
            "images": [{"id": f"i{n}", "file_name": f"{root}{name}"} for n, name in enumerate(drawn)],
            "categories": [{"id": number, "name": name} for number, name in enumerate(names)],
            "annotations": [
                {"image_id": f"i{n}", "category_id": names.index(thing), "bbox": box}
                for n, things in enumerate(drawn.values())
                for thing, box in things
            ],
        }
        document["annotations"] += [
            {"image_id": "i0", "category_id": 0},
            {"image_id": "i0", "category_id": 0, "bbox": [0, 0, 9, 9], "iscrowd": 1},
        ]
    else:
        document = {
            "images": [
                {
                    "file": f"{root}{name}",
                    "detections": [
                        *({"category": "1", "conf": 0.9, "bbox": box} for _, box in things),
                        {"category": "1", "conf": 0.1, "bbox": [0, 0, 0.1, 0.1]},
                        {"category": "2", "conf": 0.9, "bbox": [0, 0, 0.2, 0.2]},
                    ],
                }
                for name, things in shares.items()
            ],
            "detection_categories": {"1": "animal", "2": "person"},
        }
        document["images"].append({"file": f"{root}broken.png", "failure": "no photo", "detections": None})
    file = folder / f"{kind}.json"
    file.write_text(json.dumps(document))
    return file


def boxes_in(paths, root):
    """Photo and box of each path."""
    pairs = map(split_box, paths)
    return sorted((file.relative_to(root).as_posix(), box) for file, box in pairs)


EXPECTED = sorted((name, "#" + ",".join(map(str, box))) for name, things in DRAWN.items() for _, box in things)


@pytest.mark.parametrize("root", ["", "/somewhere/else/", "C:\\data\\images\\"])
@pytest.mark.parametrize("kind", KINDS)
def test_each_box_is_a_photo(kind, root, cameras, tmp_path):
    boxes = write_boxes(kind, tmp_path, DRAWN, root=root)
    found = find_photos([cameras], boxes=boxes)
    assert boxes_in(found.paths, cameras) == EXPECTED
    (left_out,) = found.skipped
    assert left_out.path == boxes
    assert left_out.reason.startswith("1 photo has no box")
    beside = find_photos([cameras, boxes / "classes.txt" if kind == "YOLO" else boxes])
    assert beside.paths == found.paths, "a file among the photos is one of boxes"


@pytest.mark.parametrize("kind", KINDS)
def test_boxes_are_added_and_known_again(kind, cameras, tmp_path):
    boxes = write_boxes(kind, tmp_path, DRAWN)
    with Project.create(tmp_path / "P.spa", backbone="b") as project:
        added = add_classes(project, find_classes([cameras], boxes=boxes))
        names = {item.name: project.photo_counts()[item.id].train for item in project.classes()}
        assert names == ({"cam1": 3, "cam2": 1} if kind == "MegaDetector" else {"fox": 2, "hare": 2})
        assert (added.train, boxes_in([photo.path for photo in project.photos()], cameras)) == (4, EXPECTED)
        assert len({photo.sha256 for photo in project.photos()}) == 4
        drawn = {**DRAWN, "cam2/empty.png": [("hare", (10, 10, 10, 10))]}
        file = write_boxes(kind, tmp_path, drawn)
        found = find_dropped(project, [cameras, file / "classes.txt" if kind == "YOLO" else file], Job())
        new = [file.path for item in found.classes for file in item.files]
        assert boxes_in(new, cameras) == [("cam2/empty.png", "#10,10,10,10")]


def test_boxes_of_one_photo_are_learned_or_tested_with(tmp_path):
    drawn = {f"{n}.png": [("fox", (10 * n, 0, 10, 10)), ("fox", (10 * n, 20, 10, 10))] for n in range(8)}
    for number, name in enumerate(drawn):
        (tmp_path / "foxes").mkdir(exist_ok=True)
        Image.new("RGB", (100, 50), (number, 90, 90)).save(tmp_path / "foxes" / name)
    boxes = write_boxes("MegaDetector", tmp_path, drawn)
    for share in (0.2, 0.3, 0.45):  # 3, 5 and 7 of 16
        with Project.create(tmp_path / f"{share}.spa", backbone="b") as project:
            add_classes(project, find_classes([tmp_path / "foxes"], boxes=boxes), test_share=share)
            sides = {(split_box(photo.path)[0], photo.split) for photo in project.photos()}
            assert (len(sides), len({split for _, split in sides})) == (8, 2)


def test_labels_beside_photos_and_names_in_yaml(cameras):
    for name, things in DRAWN.items():
        rows = [f"{n} 0.5 0.5 {0.1 + n / 10} 0.2 {1 - n}\n" for n, _ in enumerate(things)]
        (cameras / name).with_suffix(".txt").write_text("".join(rows))
    (one,) = find_classes([cameras / "cam1"], boxes=cameras / "cam1").classes
    assert (one.name, boxes_in([file.path for file in one.files], cameras)) == (
        "0",  # nobody says its name; what the detector is not sure of is left out
        [("cam1/1.png", "#45,20,10,10"), ("cam1/2.png", "#45,20,10,10")],
    )
    listed = "path: x\nnames: ['red fox', hare]\nnc: 2"
    for text in (
        listed,
        "names:\n  0: red fox  # vulpes\n  1: hare\n",
        "names:\n- red fox\n- hare",
        "names: {0: red fox}",
    ):
        (cameras / "cam1" / "data.yaml").write_text(text)
        assert [item.name for item in find_classes([cameras / "cam1"], boxes=cameras / "cam1").classes] == ["red fox"]


def test_photos_of_one_name_and_paths_that_lead_elsewhere(cameras, tmp_path):
    Image.new("RGB", (100, 50)).save(cameras / "1.png")
    drawn = {"1.png": DRAWN["cam1/1.png"][:1]}
    boxes = write_boxes("COCO", tmp_path, drawn)
    assert boxes_in(find_photos([cameras], boxes=boxes).paths, cameras) == [("1.png", "#10,5,30,20")]
    with pytest.raises(InputError, match=re.escape("COCO.json names 1.png: ")):
        find_photos([cameras / "cam1", cameras / "cam2"], boxes=boxes)
    outside = {"../cam1/1.png": DRAWN["cam1/1.png"], str(cameras / "cam1" / "2.png"): DRAWN["cam1/2.png"]}
    boxes = write_boxes("COCO", tmp_path, outside)
    with pytest.raises(
        InputError, match=r"no box for the photos in .*\(2 photos have no box, 2 photos that it names are"
    ):
        find_photos([cameras / "cam2"], boxes=boxes)


def test_boxes_are_cut_off_at_the_edge_and_left_out_beyond_it(cameras, tmp_path):
    drawn = {"cam1/1.png": [("fox", (-10, -5, 30, 500)), ("fox", (200, 0, 10, 10)), ("fox", (5, 5, 0, 10))]}
    found = find_photos([cameras], boxes=write_boxes("COCO", tmp_path, drawn))
    assert boxes_in(found.paths, cameras) == [("cam1/1.png", "#0,0,20,50")]
    assert found.skipped[0].reason == "3 photos have no box, 2 boxes lie outside of their photos"


def test_a_photo_that_cannot_be_read_is_said_where_it_is_opened(cameras, tmp_path):
    (cameras / "cam1" / "2.png").write_bytes(b"no photo")
    paths = find_photos([cameras], boxes=write_boxes("MegaDetector", tmp_path, DRAWN)).paths
    assert ("cam1/2.png", "") in boxes_in(paths, cameras)


ONE = '{"category": "1", "conf": 0.9, "bbox": [%s]}'
DETECTED = '{"images": [{"file": "cam1/1.png", "detections": [%s]}]}'
COCO = '{"images": [], "categories": [], "annotations": [{"image_id": %s, "category_id": 0, "bbox": [0, 0, 1, 1]}]}'


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "not MegaDetector's JSON of boxes (Invalid JSON"),
        ("[" * 100_000, "recursion limit exceeded"),
        ('{"annotations": 1}', "not COCO's JSON of boxes (images: Field required)"),
        (DETECTED % (ONE % "0, 0, NaN, 1"), "images.0.detections.0.bbox.2: Input should be"),
        (DETECTED % "", "has no box for the photos in"),
        (
            '{"images": [{"file": "", "detections": []}, {"file": "\\u0000"}, {"file": "/"}]}',
            "has no box for the photos",
        ),
        (COCO % '"gone"', "has an annotation of 'gone', which it does not list"),
        ("\xff", "is not UTF-8 text: save it as UTF-8"),
    ],
    ids=range(8),
)
def test_a_file_that_is_none_is_one_line(cameras, tmp_path, content, reason):
    (tmp_path / "boxes.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(InputError) as caught:
        find_photos([cameras], boxes=tmp_path / "boxes.json")
    assert reason in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 400 + 2 * len(str(tmp_path))


@pytest.mark.parametrize(
    ("label", "names", "reason"),
    [
        ("0 0.5 0.5 0.1", "", "1.txt line 1: expected a class's number and four shares of the photo"),
        ("\n0 0.5 nan 0.1 0.1", "", "1.txt line 2: expected"),
        (" ".join("0" * 1000), "", "1.txt line 1: expected"),
        ("0 0 0 1 1\n" * 200_000, "", "1.txt cannot be read: it is larger than 1 MB"),
        ("0 0 0 1 1", "nothing", 'has no names of classes: expected "names:" with a list'),
        ("0 0 0 1 1", "names: [" * 120_000, "is longer than 255 characters"),
    ],
    ids=range(6),
)
def test_labels_that_are_none_are_one_line(cameras, label, names, reason):
    (cameras / "cam1" / "1.txt").write_text(label)
    if names:
        (cameras / "cam1" / "data.yaml").write_text(names)
    with pytest.raises(InputError) as caught:
        find_classes([cameras / "cam1"], boxes=cameras / "cam1")
    assert reason in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_what_is_too_much_is_refused_unread(cameras, tmp_path):
    with (tmp_path / "boxes.json").open("wb") as file:
        os.truncate(file.fileno(), 100 << 20)
    with pytest.raises(InputError, match="cannot be read: it is larger than 64 MB"):
        find_photos([cameras], boxes=tmp_path / "boxes.json")
    (tmp_path / "boxes.json").write_text(json.dumps({"images": [{"file": "a"}] * 1_000_001}))
    with pytest.raises(InputError, match="images: List should have at most 1000000 items"):
        find_photos([cameras], boxes=tmp_path / "boxes.json")
