"""The pages of the guide: read from the Markdown files that ship with the app, and searched."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from spa_desktop import paths

# In the order of the list. The names of pages of the window are the same there.
PAGE_FILES = (
    "first-model",
    "classes",
    "descriptions",
    "train",
    "results",
    "explain",
    "live",
    "use",
    "shortcuts",
    "glossary",
    "privacy",
)
FIRST = PAGE_FILES[0]
PICTURES = "pictures"

_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")


@dataclass(frozen=True)
class GuidePage:
    """A page of the guide.

    Attributes:
        name: of its file, without `.md`; the same in all languages.
        title: its first heading.
        text: Markdown.
    """

    name: str
    title: str
    text: str

    @property
    def anchors(self) -> tuple[str, ...]:
        """Of all headings, in order, as GitHub makes them."""
        return tuple(slug(line.lstrip("#")) for line in self.text.splitlines() if line.startswith("#"))

    @property
    def words(self) -> str:
        """What there is to read: the text without links, tables and emphasis, in lower case."""
        return re.sub(r"[*`#|]", "", _LINK.sub(r"\1", self.text)).casefold()

    def count(self, wanted: Sequence[str]) -> int:
        """How often the words (in lower case) are on the page; 0 if one of them is not on it at all."""
        words = self.words
        numbers = [words.count(word) for word in wanted]
        return sum(numbers) if numbers and all(numbers) else 0


def slug(heading: str) -> str:
    """The anchor that GitHub gives to a heading.

    >>> slug("None of these"), slug("1. Sort photos into folders")
    ('none-of-these', '1-sort-photos-into-folders')
    """
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def read_guide(locale: str) -> dict[str, GuidePage]:
    """All pages by name, in order, in the language of a locale such as ``zh_CN``; English where there is none.

    Raises:
        OSError: if a file is missing: the installation is not whole.
    """
    folder = paths.guide_dir()
    own = folder / locale.split("_")[0]
    if locale and own.is_dir():
        folder = own
    pages = {}
    for name in PAGE_FILES:
        text = (folder / f"{name}.md").read_text(encoding="utf-8")
        title = next(line for line in text.splitlines() if line.startswith("# ")).removeprefix("# ")
        pages[name] = GuidePage(name, title, text)
    return pages


def heading_number(page: GuidePage, english: GuidePage, anchor: str) -> int:
    """Which heading of a page an anchor means: one of the page itself, or of the English page, whose order is the same.

    Gives 0, the title, for any other.
    """
    for anchors in (page.anchors, english.anchors):
        if anchor in anchors:
            return anchors.index(anchor)
    return 0
