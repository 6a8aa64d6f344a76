"""Photos encoded one after the other: in order, ahead but not far, in threads of their own."""

import threading
import time

import pytest
import torch
from PIL import Image, ImageDraw

from spa_desktop.encoders.photo_stream import _DECODERS, encode_files, encode_views, inputs_of
from spa_desktop.jobs import in_streams
from spa_desktop.photos.opening import read_photo


@pytest.fixture
def files(tmp_path, drawn):
    paths = []
    for number in range(7):
        path = tmp_path / f"{number}.jpg"
        drawn.rotate(13 * number).save(path)
        paths.append(path)
    return paths


def opened(encoder, path):
    return encoder.preprocess(read_photo(path, at_least=2 * encoder.input_size).image)


def test_order_shapes_and_values(lite, files):
    photos = list(encode_files(lite, files))
    assert [photo.index for photo in photos] == list(range(7))
    assert all(photo.error is None for photo in photos)
    assert photos[0].pooled.shape == (3, 2516)
    assert photos[0].patches.shape == (3, 81, 1280)
    for photo in photos:
        alone = lite.encode_images(opened(lite, files[photo.index])[None])
        assert torch.allclose(photo.pooled[0], alone.pooled[0], atol=1e-4)
        assert torch.allclose(photo.patches[0], alone.patches[0], atol=1e-3)


def test_mirrored_view_keeps_patches_in_place(lite, files):
    image = opened(lite, files[3])[None]
    _, patches = encode_views(lite, image[None], views=2)
    grid = lite.encode_images(image.flip(3)).patches.reshape(9, 9, -1)
    assert torch.allclose(patches[0, 1].reshape(9, 9, -1)[4, 1], grid[4, 7], atol=1e-4)
    # A photo that is its own mirror image has the same patches in both views.
    symmetric = (image + image.flip(3)) / 2
    _, patches = encode_views(lite, symmetric[None], views=2)
    assert torch.allclose(patches[0, 0].reshape(9, 9, -1), patches[0, 1].reshape(9, 9, -1).flip(1), atol=1e-3)


@pytest.mark.parametrize("size", [(400, 300), (300, 400), (1, 1), (3, 2000)])
def test_third_view_is_the_middle_enlarged(lite, size):
    photo = Image.new("RGB", size, "blue")
    # What lies in the middle three quarters of each side is red, so the third view shows nothing else.
    width, height = size
    left, top = round(width / 8), round(height / 8)
    ImageDraw.Draw(photo).rectangle((left, top, width - left - 1, height - top - 1), "red")
    whole, middle = inputs_of(lite, photo)
    red = lite.preprocess(Image.new("RGB", (64, 64), "red"))
    assert torch.allclose(middle, red, atol=1e-5)
    assert torch.equal(whole, lite.preprocess(photo))
    pooled, patches = encode_views(lite, torch.stack([whole, middle])[None])
    alone = lite.encode_images(middle[None])
    assert torch.allclose(pooled[0, 2], alone.pooled[0], atol=1e-4)
    assert torch.allclose(patches[0, 2], alone.patches[0], atol=1e-3)


def test_errors_are_yielded_in_place_and_the_others_go_on(lite, files, tmp_path):
    files[2].write_bytes(b"")
    files[5].write_text("text")
    photos = list(encode_files(lite, [*files, tmp_path / "gone.jpg"]))
    assert [photo.index for photo in photos if photo.error] == [2, 5, 7]
    assert "empty" in photos[2].error
    assert str(files[2]) in photos[2].error
    assert photos[2].pooled.shape == (0, 2516)
    assert photos[2].patches.shape == (0, 81, 1280)
    good = next(iter(encode_files(lite, [files[6]])))
    assert torch.allclose(photos[6].pooled, good.pooled, atol=1e-4)


@pytest.fixture
def elsewhere(lite, monkeypatch):
    """The encoder as on another device than the CPU: one that is fed batches by threads that decode."""
    monkeypatch.setattr(type(lite), "device", property(lambda self: torch.device("meta")))
    monkeypatch.setattr(type(lite), "batch_size", property(lambda self: 2))
    return lite


@pytest.mark.parametrize("fed", [False, True])
def test_photos_are_begun_ahead_but_not_far(lite, files, monkeypatch, request, fed):
    if fed:
        request.getfixturevalue("elsewhere")
    opened = []

    def counting(path, **how):
        opened.append(path)
        return read_photo(path, **how)

    monkeypatch.setattr("spa_desktop.encoders.photo_stream.read_photo", counting)
    ahead = 2 * 2 + 2 + _DECODERS if fed else 2 * torch.get_num_threads() + 1
    stream = encode_files(lite, [files[0]] * 60, views=1)
    for count in range(1, 21):
        next(stream)
        assert len(opened) <= count + ahead
    stream.close()
    assert len(opened) < 40


def test_a_device_that_is_fed_batches_gives_the_same(lite, files, tmp_path, request):
    files.insert(3, tmp_path / "gone.jpg")
    alone = list(encode_files(lite, files))
    request.getfixturevalue("elsewhere")
    fed = list(encode_files(lite, files))
    assert [photo.index for photo in fed] == list(range(8))
    assert [photo.error for photo in fed] == [photo.error for photo in alone]
    for one, other in zip(fed, alone, strict=True):
        assert torch.allclose(one.pooled, other.pooled, atol=1e-4)
        assert torch.allclose(one.patches, other.patches, atol=1e-3)


def test_closing_early_leaves_no_thread(lite, files):
    stream = encode_files(lite, files * 5)
    next(stream)
    stream.close()
    deadline = time.monotonic() + 60
    while any(thread.name.startswith(("encode", "decode")) for thread in threading.enumerate()):
        assert time.monotonic() < deadline, "a thread outlives its generator"
        time.sleep(0.01)


@pytest.fixture
def four_threads():
    threads = torch.get_num_threads()
    torch.set_num_threads(4)
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize(("streams", "share"), [(1, 4), (2, 2), (3, 1), (4, 1), (9, 1)])
def test_streams_share_the_threads_and_leave_those_of_others(four_threads, streams, share):
    seen = list(in_streams(lambda _: (threading.current_thread().name, torch.get_num_threads()), range(20), streams))
    assert {threads for _, threads in seen} == {share}
    assert all(name.startswith("encode") for name, _ in seen)
    assert torch.get_num_threads() == 4
    assert threads_of_a_new_thread() == 4


def threads_of_a_new_thread():
    seen = []
    thread = threading.Thread(target=lambda: seen.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    return seen[0]


def test_streams_run_at_once_and_results_come_in_order(four_threads):
    together = threading.Barrier(2)

    def meet(item):
        together.wait(timeout=60)  # alone it would break
        return item

    assert list(in_streams(meet, range(10), 2)) == list(range(10))


def test_an_error_comes_out_and_ends_the_threads(four_threads):
    def fails(item):
        if item == 3:
            raise RuntimeError("no more")
        return item

    results = in_streams(fails, range(10), 2)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(RuntimeError, match="no more"):
        next(results)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("encode")]
