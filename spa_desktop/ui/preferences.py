"""The user's settings: one small JSON file, applied at once and written at once."""

from __future__ import annotations

import contextlib
import json
import logging
import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import from_json
from PySide6.QtCore import QLockFile, QObject, Signal

from spa_desktop import paths
from spa_desktop.photos.events import GAP, EventRule
from spa_desktop.plain_files import write_own_file
from spa_desktop.spa.config import KEPT_SHARE

Appearance = Literal["system", "light", "dark"]
Language = Literal["system", "en", "zh_CN"]

_log = logging.getLogger(__name__)
_MOST_RECENT = 12
_OF_ALL = ("recent", "pages", "speeds", "rates")  # what every window adds to
_PATIENCE = 40  # milliseconds, for another window that writes
SLOWEST = 3600.0  # seconds a photo, in a stage of a training
_Recent = Annotated[tuple[str, ...], AfterValidator(lambda paths: paths[:_MOST_RECENT])]
_Rate = Annotated[float, Field(ge=0, le=SLOWEST, strict=True)]


class Settings(BaseModel):
    """What the user chose. Keys of providers are not here: see :mod:`spa_desktop.keys`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    appearance: Appearance = "system"
    language: Language = "system"
    backbone: str = "spa-lite"  # of new projects
    device: str = "auto"
    speeds: dict[str, float] = Field(default_factory=dict)  # photos a second, by backbone, as measured here
    rates: dict[str, dict[str, _Rate]] = Field(default_factory=dict)  # seconds a photo, by backbone and stage, as here
    writer: Literal["offline", "openai"] = "offline"
    address: str = "https://api.openai.com/v1"
    model: str = "gpt-5"
    effort: str = "low"  # how long a reasoning model thinks; "": as the model likes
    parallel: int = Field(default=4, ge=1, le=16)  # classes that are described at once
    unencrypted: str = ""  # the http address that the user confirmed, for that one only
    test_share: float = Field(default=0.2, ge=0, le=0.5)
    event_gap: int = Field(default=round(GAP), ge=0, le=86_400)  # seconds, as of EventRule
    uses_file_times: bool = False  # likewise
    unsure_below: float = Field(default=0.5, ge=0, le=1)
    kept_share: float = Field(default=KEPT_SHARE, ge=0.5, le=0.99)  # of known photos, from "none of these"
    photo_side: int = Field(default=0, ge=0, le=512)  # of pictures on Classes; 0: as large as all of them fit
    answer_side: int = Field(default=144, ge=0, le=512)  # of pictures on Use
    sort_side: int = Field(default=144, ge=80, le=512)  # of the first picture of a group on Sort
    heat_map: bool = True  # on Explain
    heat_strength: int = Field(default=75, ge=0, le=100)  # per cent of the photo that it hides
    confusion_order: Literal["learning", "similar"] = "learning"
    recent: _Recent = ()  # projects, the one that was opened last first
    pages: dict[str, str] = Field(default_factory=dict)  # that recent projects were left at, by the project's path
    projects_folder: str = ""

    @property
    def event_rule(self) -> EventRule:
        """When photos are of one event."""
        return EventRule(self.event_gap, self.uses_file_times)


def service_address(values: Settings) -> str:
    """Where a service would be asked: as the environment says, else as the settings do."""
    from spa_desktop.descriptions.openai.service import VARIABLE

    return os.environ.get(VARIABLE, "").strip() or values.address


def writer_options(values: Settings) -> dict[str, object]:
    """The settings of a service, as the writer takes them."""
    return {
        "base_url": values.address,
        "model": values.model,
        "effort": values.effort or None,
        "parallel": values.parallel,
        "allow_unencrypted": bool(values.unencrypted) and values.unencrypted == service_address(values),
    }


class SettingsStore(QObject):
    """The settings, their file, and word of every change."""

    changed = Signal(object)  # set[str]: the names of what changed

    def __init__(self, path: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.path = path or paths.config_dir() / "settings.json"
        self.value = _read(self.path, Settings())

    def update(self, **changes: Any) -> None:
        """Change settings, tell everybody, and write them down; ValidationError if a value makes no sense.

        What other windows wrote meanwhile stays in the file, and their recent projects and measurements are taken up.
        A change that is a function makes its value of the settings in the file.
        """
        lock = QLockFile(f"{self.path}.lock")
        lock.tryLock(_PATIENCE)
        kept = _read(self.path, self.value)
        values = {name: change(kept) if callable(change) else change for name, change in changes.items()}
        new = Settings.model_validate({**kept.model_dump(), **values})
        taken = {name: getattr(new, name) for name in (*_OF_ALL, *changes)}
        different = {name for name, value in taken.items() if value != getattr(self.value, name)}
        self.value = self.value.model_copy(update=taken)
        # A settings file that cannot be written costs the user the memory of a choice, not their work.
        try:
            if new != kept:
                write_own_file(self.path, json.dumps(new.model_dump(mode="json"), indent=1).encode())
        except OSError as error:
            _log.warning("The settings could not be kept in %s: %s", self.path, error)
        lock.unlock()  # who hears of it may change more
        if different:
            self.changed.emit(different)

    def keep(self, setting: str, value: Any) -> None:
        """Hear of the value of a setting, as a slot with the name given before."""
        self.update(**{setting: value})

    def add_recent(self, project: Path) -> None:
        name = str(project)
        self.update(recent=lambda old: (name, *[path for path in old.recent if path != name]))

    def keep_page(self, project: Path, page: str) -> None:
        """Remember where a recent project was left."""
        page_of = {str(project): page}
        self.update(pages=lambda old: {n: p for n, p in {**old.pages, **page_of}.items() if n in old.recent})

    def remove_recent(self, project: str) -> None:
        self.update(recent=lambda old: tuple(path for path in old.recent if path != project))


def _read(path: Path, otherwise: Settings) -> Settings:
    try:
        text = path.read_bytes()
    except OSError:
        return otherwise
    try:
        return Settings.model_validate_json(text)
    except ValidationError as error:
        wrong = {fault["loc"][0] for fault in error.errors() if fault["loc"]}
        if wrong:
            _log.warning("%s: what makes no sense in it is as it was at first: %s", path, error)
            right = {name: value for name, value in from_json(text).items() if name not in wrong}
            return Settings.model_validate(right)
        _log.warning("%s is damaged, so it is written anew: %s", path, error)
        with contextlib.suppress(OSError):
            path.replace(path.with_suffix(".damaged.json"))
        return otherwise
