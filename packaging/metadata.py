"""Addresses of the package: ``SPA_DESKTOP_HOME`` (https://host/owner/name) gives its links and those of the README.

An index shows the README far from its files, so links there have to be whole. Without an address nothing is invented.
"""

import os
import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_PICTURES = (".png", ".svg", ".webp", ".jpg")


class Addresses(MetadataHookInterface):
    """Fills ``readme`` and ``urls``, which pyproject.toml calls dynamic."""

    def update(self, metadata: dict[str, Any]) -> None:
        root = Path(self.root)
        home = os.environ.get("SPA_DESKTOP_HOME", "").rstrip("/")
        version = re.search(r'__version__ = "(.+)"', (root / "spa_desktop/version.py").read_text(encoding="utf-8"))
        text = (root / "README.md").read_text(encoding="utf-8")
        metadata["urls"] = {}
        if home and version:
            tag = f"v{version[1]}"
            text = whole_links(text, home, tag)
            metadata["urls"] = {
                "Homepage": home,
                "Documentation": f"{home}/blob/{tag}/docs/index.md",
                "Source": home,
                "Issues": f"{home}/issues",
                "Changelog": f"{home}/blob/{tag}/CHANGELOG.md",
            }
        metadata["readme"] = {"content-type": "text/markdown", "text": text}


def whole_links(text: str, home: str, tag: str) -> str:
    """The Markdown with links to files of the repository as addresses: pages under ``blob``, pictures under ``raw``."""

    def whole(link: re.Match[str]) -> str:
        way = "raw" if link[1].endswith(_PICTURES) else "blob"
        return f"]({home}/{way}/{tag}/{link[1]}"

    return re.sub(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", whole, text)
