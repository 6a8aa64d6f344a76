"""An open project on the workbench: how it is made, opened and closed, and what holds for all verbs."""

from __future__ import annotations

import os
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from spa_desktop.descriptions.consent_file import allow_checkpoint
from spa_desktop.project import FeatureCache, Project
from spa_desktop.workbench.method_settings import MethodSettings, method_of, set_method
from spa_desktop.workbench.session import Consent, Session

DEFAULT_BACKBONE = "spa-lite"


class OpenProject:
    """An open project with its session.

    Attributes:
        project: the open project, for reading, and for small edits in transactions of one's own.
    """

    def __init__(
        self,
        project: Project,
        *,
        device: str = "auto",
        cache: FeatureCache | None = None,
        download_consent: Consent | None = None,
    ) -> None:
        self.project = project
        self._session = Session(project, device=device, cache=cache, download_consent=download_consent)

    @property
    def device(self) -> str:
        """Where the encoder runs: "cpu", "cuda" or "mps"; "" as long as nobody can know without loading it."""
        return self._session.device

    def use_device(self, name: str) -> None:
        """Run the encoder on another device, "auto" for the fastest, from the next verb on.

        Raises:
            InputError: if this computer has no such device.
        """
        self._session.use_device(name)

    @property
    def method(self) -> MethodSettings:
        """The settings of the method, which are kept with the project.

        Raises:
            InputError: if those that are kept make no sense.
        """
        return method_of(self.project.settings())

    def set_method(self, method: MethodSettings) -> None:
        """Keep other settings of the method with the project; what was learned stays as it is."""
        set_method(self.project, method)

    @classmethod
    def create(cls, path: str | os.PathLike[str], *, backbone: str = DEFAULT_BACKBONE, **settings: Any) -> Self:
        """Make a new project file.

        Raises:
            InputError: if there is such a file, it cannot be written, or the backbone is unknown.
        """
        from spa_desktop.encoders.backbones import checked_name

        name = checked_name(backbone, allow_checkpoint)  # who makes a project agrees to the file that it names
        return cls(Project.create(path, backbone=name, seed=settings.pop("seed", 0)), **settings)

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        *,
        write: bool = True,
        on_message: Callable[[str], None] | None = None,
        **settings: Any,
    ) -> Self:
        """Open a project file.

        Args:
            path: of the file.
            write: it will be changed.
            on_message: as for :meth:`spa_desktop.project.Project.open`.
            settings: of the session.

        Raises:
            InputError: as :meth:`spa_desktop.project.Project.open`.
        """
        return cls(Project.open(path, write=write, on_message=on_message), **settings)

    def close(self) -> None:
        """Close the file and give its lock back."""
        self.project.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
