"""Words for numbers, plurals, devices and advice, as the window says them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale, Qt

from spa_desktop.metrics import Accuracy
from spa_desktop.workbench.overview import PHOTO_ADVICE, Advice

THIN_SPACE, NO_BREAK, MINUS = "\u202f", "\N{NO-BREAK SPACE}", "\N{MINUS SIGN}"
LITTLE = 0.05  # points that one decimal would show as nothing
_FEW_TESTS = 20  # a percentage would promise more than fewer photos hold


def percent(value: float | None, *, digits: int = 1) -> str:
    r"""A figure in per cent; a dash where there is none.

    >>> percent(93.44)
    '93.4\u202f%'
    """
    return "–" if value is None else f"{value:.{digits}f}{THIN_SPACE}%"


LEAST_SHARE = 0.001  # a probability below it is not told apart from others


def share_words(share: float) -> str:
    r"""A probability in per cent; one that is too small to be told apart says so.

    >>> share_words(0.987), share_words(0.0004)
    ('98.7\u202f%', 'under 0.1\u202f%')
    """
    if share >= LEAST_SHARE:
        return percent(100 * share)
    return QCoreApplication.translate("words", "under {share}").format(share=percent(100 * LEAST_SHARE))


def alike() -> str:
    """Said of an accuracy in place of its range, where the test photos come from groups of photos that look alike."""
    return QCoreApplication.translate("words", "among photos that looked alike; new ones are harder")


def accuracy_words(accuracy: Accuracy, *, is_alike: bool = False) -> str:
    r"""How many photos were answered right, and the range that so few leave open; in English what `str` gives.

    `is_alike`: the photos looked alike, and the range, which is of others like them, would promise too much.

    >>> accuracy_words(Accuracy(12, 12))
    '12 of 12 right (76 to 100\u202f%)'
    """
    if not accuracy.photos:
        return QCoreApplication.translate("words", "not measured")
    if is_alike:
        text = QCoreApplication.translate("words", "{counted} right, {about}")
        return text.format(counted=counted(accuracy), about=alike())
    text = QCoreApplication.translate("words", "{counted} right ({range})")
    return text.format(counted=counted(accuracy), range=range_of(accuracy))


def range_of(accuracy: Accuracy) -> str:
    """The range alone."""
    low, high = accuracy.range_texts
    return QCoreApplication.translate("words", "{low} to {high}").format(low=low, high=high) + f"{THIN_SPACE}%"


def counted(accuracy: Accuracy) -> str:
    """How many were right, for a table, whose cells say the rest in a tooltip: see :func:`about_range`.

    >>> counted(Accuracy(14, 15)), counted(Accuracy())
    ('14 of 15', '–')
    """
    if not accuracy.photos:
        return "–"
    text = QCoreApplication.translate("words", "{right} of {n}")
    return text.format(right=count(accuracy.right), n=count(accuracy.photos))


def headline(accuracy: Accuracy, *, is_alike: bool = False) -> tuple[str, str]:
    r"""A figure that stands large, and its caption, which is empty where nothing was measured.

    `is_alike` is that of :func:`accuracy_words`.

    >>> headline(Accuracy(295, 312))
    ('94.6\u202f%', 'of 312 test photos right (91 to 97\u202f%)')
    >>> headline(Accuracy(12, 12))
    ('12 of 12', 'test photos right (76 to 100\u202f%)')
    """
    if not accuracy.photos:
        return "–", ""
    figure, text = counted(accuracy), QCoreApplication.translate("words", "test photos right ({range})")
    if is_alike:
        return figure, QCoreApplication.translate("words", "test photos right, {about}").format(about=alike())
    if accuracy.photos >= _FEW_TESTS:
        figure = percent(accuracy.per_cent)
        text = QCoreApplication.translate("words", "of {n} test photos right ({range})")
    return figure, text.format(n=count(accuracy.photos), range=range_of(accuracy))


def counted_on(moment: str) -> str:
    """Said of an accuracy that cannot be counted by the labels of now: it is of a moment (UTC, ISO 8601)."""
    return QCoreApplication.translate("words", "counted on {when}").format(when=local_time(moment))


def about_range(accuracy: Accuracy) -> str:
    """What the range of an accuracy means, for a tooltip; empty where nothing was measured."""
    if not accuracy.photos:
        return ""
    text = QCoreApplication.translate(
        "words", "{share} of {n} photos. On all such photos the accuracy is {range} in 95 of 100 cases (Wilson)."
    )
    return text.format(share=percent(accuracy.per_cent), n=count(accuracy.photos), range=range_of(accuracy))


def alone() -> str:
    """Why one class has no accuracy."""
    return QCoreApplication.translate("words", "One class alone has no accuracy: there is nothing to tell it from.")


def untested(names: list[str]) -> str:
    """Which classes have no test photo."""
    text = QCoreApplication.translate("words", "No test photo: {names}")
    return text.format(names=some_names(names)) if names else ""


def held_out(events: Mapping[str, int]) -> str:
    """How test photos were chosen, where that is known to matter: see `count_events` of the workbench."""
    translate = QCoreApplication.translate
    if split := events.get("split", 0):
        text = translate("words", "{n} test photos are of bursts that were learned too: they flatter the accuracy")
    elif split := events.get("whole", 0):
        text = translate("words", "Tested by events; bursts held out whole: {n}")
    elif split := events.get("unknown", 0):
        text = translate("words", "{n} test photos were held out one by one: where they are of bursts, that flatters")
    return text.format(n=count(split)) if split else ""


def duration(seconds: float) -> str:
    """A length of time in words.

    >>> duration(18.4), duration(160), duration(7300)
    ('18 s', '3 min', '2.0 h')
    """
    if seconds < 90:
        return QCoreApplication.translate("words", "{n} s").format(n=max(round(seconds), 1))
    if seconds < 90 * 60:
        return QCoreApplication.translate("words", "{n} min").format(n=round(seconds / 60))
    return QCoreApplication.translate("words", "{n} h").format(n=f"{seconds / 3600:.1f}")


def time_left(seconds: float | None) -> str:
    """What is left to wait, empty if nobody knows."""
    return "" if seconds is None else QCoreApplication.translate("words", "{time} left").format(time=duration(seconds))


def stopped_early() -> str:
    """Said of a training that the user ended before its last step."""
    return QCoreApplication.translate("words", "stopped early")


def local_time(moment: str, *, is_day: bool = False) -> str:
    """A moment in UTC, ISO 8601, or its day, as the user's clock and language say it; empty where there is none."""
    local = QDateTime.fromString(moment, Qt.DateFormat.ISODateWithMs).toLocalTime()
    said = local.date() if is_day else local
    return QLocale().toString(said, QLocale.FormatType.ShortFormat) if moment else ""


def count(number: int) -> str:
    r"""A count with its thousands apart.

    >>> count(12345)
    '12\u202f345'
    """
    return f"{number:,}".replace(",", THIN_SPACE)


def is_few(tests: int) -> bool:
    """Whether so few test photos make points say more than was counted: one of six is 16.7."""
    return 0 < tests < _FEW_TESTS


def points(lost: float | None, tests: int = 0) -> str:
    """What was forgotten, with its unit; what was gained is called a gain. Of few `tests` photos are counted.

    >>> points(2.04), points(-1.0), points(0.01), points(None)
    ('2.0 points', 'gained 1.0 points', '0.0 points', '–')
    >>> points(16.7, tests=6), points(0.0, tests=6)
    ('1 of 6 photos', '0 photos')
    """
    if lost is None:
        return "–"
    text = QCoreApplication.translate("words", "{n} points").format(n=f"{abs(lost):.1f}")
    if is_few(tests):
        text = QCoreApplication.translate("words", "{n} of {photos}")
        text = text.format(n=_photos_of(lost, tests), photos=photos(tests)) if abs(lost) >= LITTLE else photos(0)
    return text if lost > -LITTLE else QCoreApplication.translate("words", "gained {points}").format(points=text)


def _photos_of(share: float, tests: int) -> int:
    return round(abs(share) * tests / 100)


def difference(gained: float | None, tests: int = 0) -> str:
    r"""How many points a second state has more; of few `tests` how many photos.

    >>> difference(2.04), difference(-1.0), difference(0.01), difference(None), difference(-16.7, tests=6)
    ('+2.0 points', '−1.0 points', '0.0 points', '–', '−1 photo')
    """
    if gained is None or abs(gained) < LITTLE:
        return points(gained, tests)
    size = photos(_photos_of(gained, tests)) if is_few(tests) else points(abs(gained))
    return f"{'+' if gained > 0 else MINUS}{size}"


def forgetting(lost: float | None, tests: int = 0) -> tuple[str, str]:
    """Forgetting as a figure and its caption. The arguments are those of :func:`points`.

    >>> forgetting(2.04), forgetting(-2.5), forgetting(16.7, tests=6)
    (('2.0 points', 'forgotten'), ('2.5 points', 'gained by old tasks'), ('1 of 6 photos', 'forgotten'))
    """
    if lost is not None and lost <= -LITTLE:
        return points(-lost, tests), QCoreApplication.translate("words", "gained by old tasks")
    return points(lost, tests), QCoreApplication.translate("words", "forgotten")


def points_role(lost: float) -> str:
    """The role of the colour in which such points are written."""
    return "bad" if lost >= LITTLE else "good" if lost <= -LITTLE else "muted"


# Counts of things in words: one is "1 class", more are "3 classes". Both are texts of their own in every language.

translate = QCoreApplication.translate


def classes(n: int) -> str:
    """So many classes.

    >>> classes(1), classes(3)
    ('1 class', '3 classes')
    """
    return translate("plural", "1 class") if n == 1 else translate("plural", "{n} classes").format(n=count(n))


def photos(n: int) -> str:
    """So many photos."""
    return translate("plural", "1 photo") if n == 1 else translate("plural", "{n} photos").format(n=count(n))


def small_photos(n: int) -> str:
    """So many small photos, which are sent to a service."""
    one, many = translate("plural", "1 small photo"), translate("plural", "{n} small photos")
    return one if n == 1 else many.format(n=count(n))


def frames(n: int) -> str:
    """So many frames."""
    return translate("plural", "1 frame") if n == 1 else translate("plural", "{n} frames").format(n=count(n))


_LONGEST, _AT_THE_END = 40, 12  # letters of a name among others, and of those the last ones


def listed(names: Iterable[str]) -> str:
    """Names one after the other, with the comma of the language."""
    return translate("plural", ", ").join(names)


def sentences(parts: Iterable[str]) -> str:
    """Sentences without their full stops, one after the other."""
    return translate("plural", ". ").join(parts)


def some_names(names: list[str], most: int = 4) -> str:
    """The first names, and how many more. A very long one is cut in its middle: a heading is to be read.

    >>> some_names(["a" * 30 + "b" * 30, "c"])
    'aaaaaaaaaaaaaaaaaaaaaaaaaaa…bbbbbbbbbbbb, c'
    """
    cut = _LONGEST - _AT_THE_END - 1
    names = [name if len(name) <= _LONGEST else f"{name[:cut]}…{name[-_AT_THE_END:]}" for name in names]
    if len(names) <= most:
        return listed(names)
    rest = translate("train", "and {n} more").format(n=len(names) - most)
    return listed(names[:most]) + " " + rest


def advice_words(advice: Advice) -> str:
    """What is so, and what to do."""
    names = some_names([class_.name for class_ in advice.classes])
    return advice.filled(translate("advice", PHOTO_ADVICE[advice.kind]), names, count)


_NAMES = {"cpu": "CPU", "cuda": "NVIDIA GPU", "mps": "Apple GPU"}


def device_name(kind: str) -> str:
    """A device of torch in words; one that is not known stays as it is.

    >>> device_name("cuda"), device_name("xpu"), device_name("")
    ('NVIDIA GPU', 'xpu', '')
    """
    return _NAMES.get(kind, kind)


def devices_of_training(record: Mapping[str, object]) -> str:
    """Where a training encoded and where it learned, from what is kept beside a learner; "" where that is not known.

    >>> devices_of_training({"devices": {"encoder": "cuda", "learner": "cpu"}})
    'photos encoded on NVIDIA GPU, learned on CPU'
    """
    devices = record.get("devices")
    if not isinstance(devices, dict):
        return ""
    encoder, learner = devices.get("encoder"), devices.get("learner")
    if not isinstance(encoder, str) or not isinstance(learner, str):
        return ""
    return QCoreApplication.translate("devices", "photos encoded on {encoder}, learned on {learner}").format(
        encoder=device_name(encoder), learner=device_name(learner)
    )
