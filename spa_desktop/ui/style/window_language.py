"""The language of the window."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from spa_desktop import paths
from spa_desktop.ui.preferences import Language

_installed: list[QTranslator] = []


def install_language(language: Language) -> None:
    """Speak a language from now on; "system" takes the system's where there is a translation, else English."""
    app = QCoreApplication.instance()
    assert app is not None, "a language needs an application"
    for old in _installed:
        app.removeTranslator(old)
    _installed.clear()
    locale = QLocale.system() if language == "system" else QLocale(language)
    QLocale.setDefault(locale)
    folder = str(paths.resources_dir() / "translations")
    qt_folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    for name, where in (("spa-desktop", folder), ("qtbase", qt_folder)):
        translator = QTranslator()
        if translator.load(locale, name, "_", where):
            app.installTranslator(translator)
            _installed.append(translator)
