"""index.html in Debian's Chromium, served over loopback, against the app's answers."""

import json
import shutil
import subprocess
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha384
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from spa_desktop import SpaClassifier
from spa_desktop.export.browser_runtime import (
    ADDRESS,
    FOLDER,
    PACKAGE,
    VERSION,
    page_with,
    read_runtime,
    runtime_of_page,
)
from tests.conftest import REPOSITORY
from tests.export.chromium import BINARY, Chromium, served

READY = "document.body?.dataset.state == 'ready'"
SETTLED = "['ready', 'failed'].includes(document.body?.dataset.state)"
STATUS = "document.getElementById('status').textContent"

pytestmark = pytest.mark.skipif(BINARY is None, reason="needs Chromium: make test-packages")


@pytest.fixture(scope="module")
def runtime() -> Path:
    """The npm package of the browser's runtime, from the registry, kept under build/."""
    folder = REPOSITORY / "build" / "npm"
    package = folder / f"{PACKAGE}-{VERSION}.tgz"
    if not package.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        try:
            _fetch(package)
        except (OSError, subprocess.SubprocessError) as error:
            pytest.skip(f"needs {PACKAGE} from npm's registry, which does not answer: {error}")
    return package


def _fetch(package: Path) -> None:
    npm = shutil.which("npm")
    if npm is not None:
        target = package.parent
        subprocess.run([npm, "pack", f"{PACKAGE}@{VERSION}", "--pack-destination", target], check=True, timeout=240)
        return
    with urllib.request.urlopen(ADDRESS, timeout=120) as answer:
        package.write_bytes(answer.read())


@pytest.fixture(scope="module")
def offline(exported: Path, runtime: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The export with the runtime beside the page."""
    folder = tmp_path_factory.mktemp("offline") / "export"
    shutil.copytree(exported, folder)
    (folder / FOLDER).mkdir()
    for name, content in read_runtime(runtime).items():
        (folder / FOLDER / name).write_bytes(content)
    (folder / "index.html").write_text(page_with(runtime_of_page(is_beside=True)), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def address(offline: Path) -> Iterator[str]:
    with served(offline) as found:
        yield found


@pytest.fixture(scope="module")
def film(test_photos: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One of the test photos as a film of a single picture, for the fake camera."""
    file = tmp_path_factory.mktemp("film") / "camera.mjpeg"
    with Image.open(test_photos[0]) as photo:
        photo.convert("RGB").resize((480, 480)).save(file, format="JPEG", quality=95, subsampling=0)
    return file


@pytest.fixture(scope="module")
def browser(film: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    flags = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
    with Chromium(tmp_path_factory.mktemp("profile"), (*flags, f"--use-file-for-fake-video-capture={film}")) as made:
        yield made


@pytest.fixture
def page(browser: Chromium, address: str) -> Chromium:
    """The page, ready, without cards. It stays as it is from one test to the next: loading it takes seconds."""
    browser.size(1200, 900)
    if str(browser.evaluate("location.href")).startswith(address) and browser.evaluate(READY):
        browser.evaluate("document.getElementById('clear').click()")
        return browser
    browser.requests.clear()
    browser.errors.clear()
    browser.open(f"{address}/")
    browser.until(READY)
    return browser


def answers(page: Chromium, count: int) -> dict[str, list[dict[str, Any]]]:
    """What the page says of each photo, by its name."""
    page.until(f"document.querySelectorAll('article[data-state=done]').length == {count}")
    found = page.evaluate("[...document.querySelectorAll('article')].map(a => [a.dataset.name, a.dataset.top])")
    return {name: json.loads(top or "[]") for name, top in found}


def test_a_photo_that_comes_before_the_model_waits_for_it(
    browser: Chromium, address: str, test_photos: list[Path]
) -> None:
    content = b64encode(test_photos[0].read_bytes()).decode()
    early = f"""addEventListener("DOMContentLoaded", () => {{
        const files = new DataTransfer();
        const bytes = Uint8Array.from(atob("{content}"), (one) => one.charCodeAt(0));
        files.items.add(new File([bytes], "early.png", {{ type: "image/png" }}));
        dispatchEvent(new DragEvent("drop", {{ dataTransfer: files, cancelable: true }}));
    }});"""
    # Where no model comes, the photo says so.
    no_model = "const fetched = fetch; fetch = (...given) => fetched(String(given[0]).replace('onnx', 'no'));"
    with browser.before_pages(early, no_model):
        browser.open(f"{address}/?nothing")
        browser.until("document.querySelector('article[data-state=failed]')")
        assert "The model cannot be loaded" in browser.evaluate("document.querySelector('article').innerText")
    with browser.before_pages(early):
        browser.open(f"{address}/?early")
        browser.until(READY)
        assert [*answers(browser, 1)] == ["early.png"]
        assert browser.evaluate(STATUS) == "Ready"


def test_it_answers_as_the_app_does(page, address, learned, test_photos, tmp_path):
    photos = test_photos[::10]
    with Image.open(test_photos[1]) as photo:
        large = tmp_path / "large.jpg"
        exif = photo.getexif()
        exif[0x0112] = 6
        photo.resize((2000, 1600)).transpose(Image.Transpose.ROTATE_90).save(large, quality=92, exif=exif)
        clear = tmp_path / "clear.png"
        layer = photo.convert("RGBA")
        layer.putalpha(photo.convert("L").point(lambda value: 255 if value > 60 else 128))
        layer.save(clear)
    photos = [*photos, large, clear]
    page.give_files("#files", photos)
    found = answers(page, len(photos))
    for path, row in zip(photos, learned.predict_proba(photos), strict=True):
        ours = dict(zip(learned.classes_.tolist(), row, strict=True))
        top = found[path.name]
        assert top[0]["class"] == max(ours, key=ours.__getitem__), path
        assert len(top) == 5
        for one in top:
            assert one["probability"] == pytest.approx(ours[one["class"]], abs=0.01), path
    rows = "[...document.querySelectorAll('article')].map(a => [a.dataset.name, a.querySelectorAll('li').length])"
    shown = page.evaluate(rows)
    likely = [[name, sum(one["probability"] >= 0.001 for one in found[name])] for name, _ in shown]
    assert shown == likely, "there is no empty bar of 0.0 %"
    # Nothing was asked of anybody else, and no script complained.
    assert [one for one in page.requests if not one.startswith((address, f"blob:{address}"))] == []
    assert page.errors == []


def drop(page: Chromium, file: str) -> None:
    page.evaluate(f"""(() => {{
        const files = new DataTransfer();
        files.items.add({file});
        dispatchEvent(new DragEvent("drop", {{ dataTransfer: files, cancelable: true }}));
    }})()""")


def test_a_photo_is_dropped_and_another_file_is_told(page: Chromium, test_photos: list[Path]) -> None:
    drop(page, 'new File([new Uint8Array([255, 216, 255, 1, 2])], "broken.jpg", { type: "image/jpeg" })')
    page.until("document.querySelector('article[data-state=failed]')")
    assert "no photo that the browser can read" in page.evaluate("document.querySelector('article').innerText")
    drop(page, 'new File(["x"], "notes.txt", { type: "text/plain" })')
    assert page.evaluate(STATUS) == "No photo was among them"
    page.give_files("#files", test_photos[:1])
    assert set(answers(page, 1)) == {"broken.jpg", test_photos[0].name}
    pixels = """(canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data
        .reduce((sum, value) => sum + value))(document.querySelector('article[data-state=done] canvas'))"""
    drawn = page.evaluate(pixels)
    page.press("p")
    assert page.evaluate("document.getElementById('overlay').checked") is False
    bare = page.evaluate(pixels)
    assert bare != drawn, "patches are left out by a key"
    assert drawn > 0.95 * bare, "the photo is not darkened"


def test_the_camera_is_recognised(page: Chromium, learned: SpaClassifier, test_photos: list[Path]) -> None:
    page.press("c")
    page.until("document.querySelector('article.live[data-state=done]')")
    top = json.loads(page.evaluate("document.querySelector('article.live').dataset.top"))
    assert top[0]["class"] == learned.predict([test_photos[0]])[0]
    assert page.evaluate("document.getElementById('camera').textContent") == "Stop the camera"
    page.press("c")
    page.until("!document.querySelector('article.live')")
    assert page.evaluate("document.getElementById('video').srcObject") is None


def test_it_speaks_chinese_and_fits_a_telephone(page: Chromium, test_photos: list[Path]) -> None:
    page.give_files("#files", test_photos[:2])
    answers(page, 2)
    assert "Chinese" in page.evaluate("document.getElementById('language').textContent"), "where no font has 中文"
    page.size(320, 800)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.evaluate("document.getElementById('language').click()")
    assert page.evaluate("document.documentElement.lang") == "zh"
    assert page.evaluate("document.getElementById('open').textContent") == "选择照片"
    for width in (320, 390, 1600):
        page.size(width, 800, is_dark=width == 390)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(246, 247, 249)"
    page.size(390, 800, is_dark=True)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(22, 25, 29)"
    page.evaluate("document.getElementById('language').click()")


def test_every_word_is_there_in_both_languages() -> None:
    text = (REPOSITORY / "resources" / "export" / "index.html").read_text(encoding="utf-8")
    parts = text.split("const WORDS = {")[1].split("const MOST_CARDS")[0].split("  zh: {")
    keys = [{key for line in part.splitlines() for key in _keys(line)} for part in parts]
    assert keys[0] - {"en"} == keys[1]
    assert len(keys[1]) > 20


def _keys(line: str) -> list[str]:
    import re

    bare = re.sub(r'"[^"]*"|`[^`]*`', '""', line)
    return re.findall(r"(\w+): ", bare)


def test_what_a_browser_lacks_is_told(page: Chromium, address: str) -> None:
    page.evaluate("navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotFoundError'))")
    page.evaluate("document.getElementById('camera').click()")
    page.until(f"{STATUS}.startsWith('The camera cannot be used: NotFoundError')")
    assert page.evaluate("document.getElementById('camera').disabled") is False
    with page.before_pages("WebAssembly.validate = () => false;"):
        page.open(f"{address}/?simd")
        page.until("document.body?.dataset.state == 'failed'")
        assert "lacks WebAssembly SIMD" in page.evaluate(STATUS)


def test_opened_as_a_file_it_says_how_to_serve_it(browser: Chromium, offline: Path) -> None:
    browser.open((offline / "index.html").as_uri())
    browser.until("document.body?.dataset.state == 'failed'")
    assert "python -m http.server" in browser.evaluate(STATUS)


def test_from_the_public_address_only_what_was_pinned_is_run(browser: Chromium, exported: Path, runtime: Path) -> None:
    said = runtime_of_page(is_beside=False)
    files = read_runtime(runtime)
    genuine = {said[part]["url"]: files[said[part]["url"].rsplit("/", 1)[1]] for part in ("script", "wasm")}
    start = said["script"]["url"].rsplit("/", 1)[0]
    with served(exported) as place:
        browser.answer_for(start, genuine)
        browser.open(f"{place}/")
        browser.until(SETTLED)
        assert browser.evaluate("document.body.dataset.state") == "ready", browser.evaluate(STATUS)
        browser.answers[said["script"]["url"]] += b"\nfetch('https://example.org/')"
        browser.open(f"{place}/?changed")
        browser.until(SETTLED)
        assert "The browser's runtime cannot be loaded" in browser.evaluate(STATUS)
        browser.answers.clear()  # no network
        browser.open(f"{place}/?gone")
        browser.until(SETTLED)
        assert "The browser's runtime cannot be loaded" in browser.evaluate(STATUS)
    browser.call("Fetch.disable")


def test_another_signature_is_data_and_decides_nothing_that_is_run(
    browser: Chromium, offline: Path, test_photos: list[Path], tmp_path: Path
) -> None:
    """It says what is none of these; and even a script in the page itself reaches nobody else."""
    folder = tmp_path / "changed"
    shutil.copytree(offline, folder)
    code = b"export const env = { wasm: {} }; document.title = 'owned'; fetch('https://example.org/');"
    (folder / "own.mjs").write_bytes(code)
    part = {"url": "own.mjs", "integrity": "sha384-" + b64encode(sha384(code).digest()).decode()}
    signature = json.loads((folder / "signature.json").read_text(encoding="utf-8"))
    signature |= {"title": "<img src=x onerror=\"document.title='owned'\">"}
    signature |= {"web_runtime": {"package": "x", "script": part, "wasm": part}}
    signature |= {"none_of_these": {"output": "known", "threshold": 1.01}}
    (folder / "signature.json").write_text(json.dumps(signature), encoding="utf-8")
    with served(folder) as place:
        browser.requests.clear()
        browser.open(f"{place}/")
        browser.until(READY)
        browser.give_files("#files", test_photos[:1])
        answers(browser, 1)
        assert browser.evaluate("document.querySelector('h2').textContent").startswith("None of these (nearest: ")
        assert browser.evaluate("document.querySelector('article').dataset.rejected") == "true"
        assert "If it were one of these" in browser.evaluate("document.querySelector('article').innerText")
        assert not any("own.mjs" in one for one in browser.requests)
        tried = "fetch('https://example.org/').then(() => 'reached', () => 'refused')"
        assert browser.evaluate(f"(async () => {tried})()") == "refused"
        browser.evaluate(
            "document.body.append(Object.assign(document.createElement('script'), { text: 'document.title = 1' }))"
        )
        assert browser.evaluate("document.title") == signature["title"]
    browser.errors.clear()
