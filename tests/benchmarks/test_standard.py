"""The field's sets, in the forms that they are downloaded in, and what is measured on them."""

import io
import json
import os
import pickle
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks import standard
from spa_desktop.bench.encoded import ImageFolder
from spa_desktop.errors import InputError
from spa_desktop.jobs import Job
from tests.conftest import plant
from tests.workbench.tiny import TinyEncoder

SMALL = {name: replace(one, classes=4, settings={"B2-Inc1": (2, 1)}) for name, one in standard.SETS.items()}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standard, "SETS", SMALL)


def read(folder: Path, name: str = "any") -> ImageFolder:
    return standard.read_set(name, folder, folder.parent / "written", Job())


def names(files: tuple[tuple[Path, ...], ...]) -> list[list[str]]:
    return [[file.name for file in photos] for photos in files]


@pytest.mark.parametrize(
    ("name", "first"), [("cifar100", "shape 000"), ("imagenet-r", "drawn shape 000"), ("cub200", "Drawn shape 000")]
)
@pytest.mark.usefixtures("small")
def test_a_drawn_set_is_read_in_its_own_form(name: str, first: str, tmp_path: Path) -> None:
    data = read(standard.draw_set(name, tmp_path / "set", 2), name)
    assert (len(data.classes), data.classes[0].replace("_", " ")) == (4, first)
    assert [len(photos) for photos in (*data.train, *data.test)] == [2] * 4 + [1] * 4
    size = 32 if name == "cifar100" else 160
    drawn = np.asarray(standard._shape(3, 1, size))
    np.testing.assert_array_equal(np.asarray(Image.open(data.train[3][1])), drawn)


def test_lists_of_imagenet_r_say_the_split_wherever_the_photos_lie(tmp_path: Path) -> None:
    one, two = "n00000001", "n00000002"
    files = f"{two}/a.jpg", f"train/{one}/b.jpg", f"test/{one}/c.jpg", f"{two}/d.jpg", f"{two}/unlisted.jpg"
    root = plant(tmp_path / "imagenet-r", *files)
    lists = {"train": [f"test/{one}/c.jpg", f"{two}/d.jpg"], "test": [f"{one}/b.jpg", f"train/{two}/a.jpg"]}
    for part, listed in lists.items():
        lines = "\n".join(f"- data/imagenet-r/{file}" for file in listed)
        (root / f"imagenet-r_{part}.yaml").write_text(f"data:\n{lines}\ntargets:\n- 0\n- 1\n")
    with pytest.raises(InputError, match=r"The folder n00000001 has no name: put ImageNet-R's README.txt"):
        read(tmp_path)
    (root / "README.txt").write_text("n00000002 great_white_shark\nn00000001 goldfish\n")
    data = read(tmp_path)
    assert data.classes == ("goldfish", "great white shark")
    assert (names(data.train), names(data.test)) == ([["c.jpg"], ["d.jpg"]], [["b.jpg"], ["a.jpg"]])


def test_folders_without_a_split_are_split_the_same_way_each_time(tmp_path: Path) -> None:
    root = plant(tmp_path / "set", *(f"001.Black_footed_{bird}/{n}.jpg" for bird in "ab" for n in range(10)))
    data = read(root)
    assert data.classes == ("Black footed a", "Black footed b")
    assert [len(photos) for photos in (*data.train, *data.test)] == [8, 8, 2, 2]
    assert {*data.train[0], *data.test[0]} == {*(root / "001.Black_footed_a").iterdir()}
    assert read(root) == data
    with pytest.raises(InputError, match="holds 2 classes of different names: that is not cub200"):
        read(root, "cub200")


def old_pickle(pixels: bytes, labels: list[int]) -> bytes:
    """What Python 2 wrote, as the real files are: byte strings, and an array by numpy's old names."""
    count = len(labels)
    array = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01K%cM\x00\x0c\x86" % count
    kind = b"cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    content = b"\x89T" + len(pixels).to_bytes(4, "little") + pixels + b"tb"
    own = b"".join(b"K%c" % label for label in labels)
    return b"\x80\x02}(U\x04data" + array + kind + content + b"U\x0bfine_labels](" + own + b"eu."


def cifar(folder: Path, train: bytes) -> Path:
    folder.mkdir()
    (folder / "meta").write_bytes(pickle.dumps({b"fine_label_names": [b"apple", b"bear"]}))
    (folder / "train").write_bytes(train)
    (folder / "test").write_bytes(old_pickle(bytes(range(256)) * 24, [1, 0]))
    return folder


def test_pickles_of_python_2_are_read(tmp_path: Path) -> None:
    data = read(cifar(tmp_path / "cifar", old_pickle(bytes(3072) + b"\xff" * 3072, [0, 1])))
    assert data.classes == ("apple", "bear")
    assert [np.asarray(Image.open(photos[0])).mean() for photos in data.train] == [0, 255]
    np.testing.assert_array_equal(np.asarray(Image.open(data.test[1][0]))[:8, :, 0].ravel(), np.arange(256))


class Hostile:
    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, ("was-run",)


@pytest.mark.parametrize(
    ("train", "says"),
    [
        (pickle.dumps({b"data": Hostile()}), r"one names \w+\.mkdir, which photos have no need of: it may be hostile"),
        (pickle.dumps(np.array([Hostile()], dtype=object), protocol=4), "may be hostile|something else than bytes"),
        (old_pickle(bytes(3072), [7]), "a photo has the label 7, of 2"),
        (old_pickle(bytes(3000), [0]), "reshape"),
        (old_pickle(bytes(3072), [0])[:-9], "truncated|ran out"),
        (pickle.dumps([1]), "get its files anew"),
    ],
)
def test_a_hostile_or_broken_pickle_is_refused_in_one_line(
    train: bytes, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=says) as caught:
        read(cifar(tmp_path / "cifar", train))
    assert "\n" not in str(caught.value)
    assert not Path("was-run").exists()


def test_parquet_files_of_hugging_face_are_read(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    def photo(level: int) -> dict[str, object]:
        content = io.BytesIO()
        Image.new("RGB", (8, 8), (level, 0, 0)).save(content, "PNG")
        return {"bytes": content.getvalue(), "path": None}

    about = {"info": {"features": {"fine_label": {"names": ["zebra", "ant"], "_type": "ClassLabel"}}}}
    folder = tmp_path / "set"
    folder.mkdir()
    for part, labels in (("train", [1, 0, 0]), ("test", [0, 1])):
        table = pa.table({"img": [photo(50 * n + len(part)) for n in range(len(labels))], "fine_label": labels})
        table = table.replace_schema_metadata({"huggingface": json.dumps(about)})
        parquet.write_table(table, folder / f"{part}-00000-of-00001.parquet")
    data = read(folder)
    assert data.classes == ("zebra", "ant"), "in the order of the labels, not of the names"
    assert [len(photos) for photos in (*data.train, *data.test)] == [2, 1, 1, 1]
    table = pa.table(
        {"image": [photo(n) for n in range(10)], "wnid": ["n2", "n1"] * 5, "class_name": ["ant", "bee"] * 5}
    )
    parquet.write_table(table, tmp_path / "written" / "test.parquet")
    assert read(tmp_path / "written").classes == ("bee", "ant"), "in the order of WordNet's numbers"


def test_parquet_without_pyarrow_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(InputError, match=r"train.parquet is read by pyarrow, .* pip install pyarrow"):
        read(plant(tmp_path / "set", "train.parquet"))


def test_transfers_of_a_matrix_worked_out_by_hand() -> None:
    matrix = [[80.0, None, None], [60.0, 90.0, None], [50.0, 70.0, 100.0]]
    tasks = (range(0, 2), range(2, 3), range(3, 4))
    assert standard.transfers("spa", matrix, tasks) == (((50 - 80) + (70 - 90)) / 2, 0.0)
    # Texts know the later classes: 90 and 100 before their photos, where guessing gives 1 of 3 and 1 of 4.
    assert standard.transfers("zero-shot", matrix, tasks)[1] == pytest.approx(((90 - 100 / 3) + (100 - 25)) / 2)
    assert standard.forward_transfer([[80, 30, 10], [60, 90, 50], [50, 70, 100]], [25, 25, 25]) == (5 + 25) / 2
    assert standard.transfers("spa", [[80.0]], (range(4),)) == (0.0, 0.0)


@pytest.mark.usefixtures("small")
def test_the_command_prints_each_row_with_its_weights_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny = TinyEncoder()
    monkeypatch.setattr(standard, "load_encoder", lambda name, **_: tiny)
    published = tmp_path / "published.tsv"
    published.write_text(
        "set\tsetting\tweights\tmethod\taverage\tlast\tsource\ncub200\tB2-Inc1\tothers\tRapid\t1\t\tX\n"
        "cub200\tB2-Inc1\ttiny\tNear\t80.1\t70.2\tY\ncifar100\tB2-Inc1\tothers\tFar\t3\t4\tX\n"
    )
    monkeypatch.setattr(standard, "PUBLISHED", published)
    command = ["standard", "--drawn", "2", "--backbone", "spa-lite", "--methods", "ncm", "--out", str(tmp_path / "out")]
    monkeypatch.setattr(sys, "argv", command)
    standard.main()
    of_cifar, _, of_cub = capsys.readouterr().out.split("### ")[1:]
    rows = [
        [cell.strip() for cell in line.strip("| ").split("|")] for line in of_cub.splitlines() if line.startswith("| ")
    ]
    assert [row[:2] for row in rows[2:5]] == [["ncm", "tiny"], ["Near", "tiny"], ["Rapid", "others"]]
    assert rows[3][2:] == ["80.1", "70.2", "", "", "", "Y"]
    assert "No row is published of the weights tiny" in of_cifar
    assert "No row is published of the weights tiny" not in of_cub
    encoded = tiny.encoded
    standard.main()
    timed = 4 * 3  # classes, views
    assert tiny.encoded - encoded == timed, "nothing is encoded again but for the estimate"
    monkeypatch.setattr(sys, "argv", [*command, "--settings", "B7-Inc7"])
    with pytest.raises(SystemExit) as caught:
        standard.main()
    assert caught.value.code == 2
    assert capsys.readouterr().err.endswith("There is no setting B7-Inc7: choose from B2-Inc1\n")
