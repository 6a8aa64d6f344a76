"""Keywords in XMP sidecars. What other programs wrote into one stays: only our own keyword is added and replaced.

Ours is marked: the properties `spa:keyword`, `path`, `probability`, `model` and `by` say what it is and who said so,
`spa:added` names the lists that it was added to. A keyword that was there before is not ours.

A sidecar may be a stranger's. Its XML is read without a document type, so that there are no entities, within bounds.
The DOM of the standard library keeps prefixes, order, comments and processing instructions.
"""

from __future__ import annotations

import os
import re
import stat
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.dom import XMLNS_NAMESPACE, Node, minidom
from xml.parsers.expat import ExpatError
from xml.sax.saxutils import escape, quoteattr

from spa_desktop.plain_files import ANY_FILE, read_plain_file, reason_of, write_output
from spa_desktop.visible import QT_TRANSLATE_NOOP

SIDECAR = ".xmp"
MACHINE, USER = "machine", "confirmed by the user"
_RDF, _SPA = "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "urn:spa-desktop:1.0/"
_SPACES = {
    "rdf": _RDF,
    "spa": _SPA,
    "dc": "http://purl.org/dc/elements/1.1/",
    "lr": "http://ns.adobe.com/lightroom/1.0/",
    "digiKam": "http://www.digikam.org/ns/1.0/",
}
_KINDS = {"dc:subject": "Bag", "lr:hierarchicalSubject": "Bag", "digiKam:TagsList": "Seq"}  # of lists of keywords
_MADE_BY = "SPA Desktop"
_EMPTY = (
    f'<?xml version="1.0" encoding="UTF-8"?>\n<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="{_MADE_BY}">\n'
    f'<rdf:RDF xmlns:rdf="{_RDF}"></rdf:RDF>\n</x:xmpmeta>\n'
).encode()
_LARGEST, _MOST_NODES = 8 << 20, 100_000
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_PACKET, _PACKET_WITHIN = re.compile(rb"<x:xmpmeta\b.*?</x:xmpmeta>", re.DOTALL), 1 << 20  # before the picture itself


class SidecarFault(Exception):
    """Why a sidecar is left alone, in a few words."""


@dataclass(frozen=True, slots=True)
class OwnKeyword:
    """A keyword of the app, and what is marked of it."""

    keyword: str
    path: str = ""  # with the branch, as Lightroom writes it: "Birds|heron"; "" without a branch
    probability: str = ""  # 0 to 1; "" where the user said so
    model: str = ""  # which model said so
    by: str = MACHINE

    def items(self) -> dict[str, str]:
        """What stands in each list."""
        items = {"lr:hierarchicalSubject": self.path, "digiKam:TagsList": self.path.replace("|", "/")}
        return {"dc:subject": self.keyword, **(items if self.path else {})}


def own_keyword(keyword: str, branch: str = "", **marks: str) -> OwnKeyword:
    """A keyword, below a `branch` such as "Birds" or "Animals|Birds", whose parts `|` or `/` divide."""
    keyword, branch = (" ".join(_NO_XML.sub("_", text).split()) for text in (keyword, branch))
    parts = [part.strip() for part in re.split(r"[|/]", branch) if part.strip()]
    return OwnKeyword(keyword, "|".join((*parts, re.sub(r"[|/]", "_", keyword))) if parts else "", **marks)


def sidecar_of(photo: Path) -> Path:
    """`a.jpg.xmp`; or `a.xmp` if that is there, the other is not, and no second photo, raw file or film is called a."""
    longer, shorter = photo.with_name(f"{photo.name}{SIDECAR}"), photo.with_suffix(SIDECAR)
    if os.path.lexists(shorter) and not os.path.lexists(longer):
        with suppress(OSError):
            if _stems(photo.parent, photo.parent.stat().st_mtime_ns)[photo.stem] == 1:
                return shorter
    return longer


@lru_cache(1)
def _stems(folder: Path, _changed: int) -> Counter[str]:
    """How many files of a folder, but for sidecars, have each name without its ending. Thousands share a folder."""
    return Counter(path.stem for path in folder.iterdir() if path.suffix != SIDECAR)


def read_sidecar(path: Path) -> bytes | None:
    """The content of a sidecar, None if there is none. Raises SidecarFault if it is no plain file of at most 8 MB."""
    try:
        if path.is_symlink():
            raise SidecarFault(QT_TRANSLATE_NOOP("errors", "it is a link"))
        return read_plain_file(path, _LARGEST)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SidecarFault(reason_of(error)) from None


def write_sidecar(path: Path, own: OwnKeyword | None) -> None:
    """Have a sidecar say `own` in place of our keyword before. One that we made, and that says no more, goes.

    Raises SidecarFault if it is left alone; SpaError, OSError if the disk does not take it. It is as it was then.
    """
    before = read_sidecar(path)
    after = merge_keyword(before, own)
    if after == before:
        return
    if before is not None and not os.access(path, os.W_OK):
        raise SidecarFault(QT_TRANSLATE_NOOP("errors", "it is write-protected"))
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise SidecarFault(QT_TRANSLATE_NOOP("errors", "its folder cannot be written: change its permissions"))
    if after is None:
        path.unlink()
    else:  # one that only its owner may read stays so
        mode = 0o666 if before is None else stat.S_IMODE(path.stat().st_mode)
        write_output(path, after, replaces=ANY_FILE, advice="repeat", mode=mode)


def packet_in(photo: Path) -> bytes | None:
    """The XMP inside of a photo file, None where there is none in its beginning. Raises OSError if it is not read."""
    with photo.open("rb") as file:
        match = _PACKET.search(file.read(_PACKET_WITHIN))
    return match and match[0]


def read_keywords(content: bytes) -> tuple[tuple[str, ...], OwnKeyword | None]:
    """The keywords of other programs and those that the user confirmed, in branches "Birds|heron"; and our own.

    Raises SidecarFault if it is no XMP.
    """
    with _refused():
        sidecar = _Sidecar(content)
        ours = sidecar.own.items() if sidecar.own is not None and sidecar.own.by == MACHINE else {}
        texts = dict[str, None]()
        for name in _KINDS:
            mine = ours.get(name) if name in sidecar.added else ""
            kept = (text for text in map(_text, sidecar.items(name)) if text not in ("", mine))
            texts.update((text.replace("/", "|") if name == "digiKam:TagsList" else text, None) for text in kept)
        return tuple(texts), sidecar.own


def merge_keyword(content: bytes | None, own: OwnKeyword | None) -> bytes | None:
    """A sidecar with `own` in place of our keyword before. None: it was made by us, and nothing is left.

    What other programs wrote is the same afterwards, as RDF. Raises SidecarFault if it is no XMP, or its keywords are
    in no list.
    """
    with _refused():
        sidecar = _Sidecar(_EMPTY if content is None else content)
        if own is None and sidecar.own is None:
            return content
        sidecar.remove_own()
        if own is not None:
            sidecar.add(own)
        elif sidecar.is_ours_and_empty:
            return None
        return sidecar.written()


@contextmanager
def _refused() -> Iterator[None]:
    try:
        yield
    except (ExpatError, LookupError, ValueError, RecursionError):  # an encoding that is none, or another; depth
        raise SidecarFault(QT_TRANSLATE_NOOP("errors", "it is no XML that can be read")) from None


class _Sidecar:
    """The document of a sidecar, and what is ours in it."""

    def __init__(self, content: bytes) -> None:
        # Each node begins with "<", each attribute has "=". What is in UTF-16 could hide both.
        if b"\0" in content or b"<!DOCTYPE" in content or content.count(b"<") + content.count(b"=") > _MOST_NODES:
            raise SidecarFault(QT_TRANSLATE_NOOP("errors", "it is no XMP of a photo"))
        self.document: Any = minidom.parseString(content)
        blocks = self.document.getElementsByTagNameNS(_RDF, "RDF")
        if len(blocks) != 1:
            raise SidecarFault(QT_TRANSLATE_NOOP("errors", "it is no XMP"))
        self.rdf = blocks[0]
        marks = {name: self._mark(name) for name in OwnKeyword.__dataclass_fields__}
        self.own = OwnKeyword(**marks) if marks["keyword"] else None
        self.added = self._mark("added").split()

    @property
    def blocks(self) -> list[Any]:
        """The elements whose attributes and elements are what is said of the photo."""
        return _elements(self.rdf, _RDF, "Description")

    @property
    def is_ours_and_empty(self) -> bool:
        tool = self.document.documentElement.getAttributeNS("adobe:ns:meta/", "xmptk")
        return tool == _MADE_BY and not _elements(self.rdf)

    def lists(self, name: str) -> list[Any]:
        """The lists of keywords of a name. Raises SidecarFault if keywords are in no list."""
        prefix, _, local = name.partition(":")
        properties = [item for block in self.blocks for item in _elements(block, _SPACES[prefix], local)]
        lists = [next(iter(_elements(item, _RDF)), None) for item in properties]
        is_plain = any(block.hasAttributeNS(_SPACES[prefix], local) for block in self.blocks)
        if is_plain or any(list_ is None or list_.localName not in ("Bag", "Seq", "Alt") for list_ in lists):
            raise SidecarFault(f"{name} in it is no list")
        return lists

    def items(self, name: str) -> list[Any]:
        return [item for list_ in self.lists(name) for item in _elements(list_, _RDF, "li")]

    def remove_own(self) -> None:
        for name, text in self.own.items().items() if self.own is not None else ():
            mine = [item for item in self.items(name) if _text(item) == text] if name in self.added else []
            for item in mine[:1]:
                list_ = item.parentNode
                list_.removeChild(item)
                if not _elements(list_):
                    _remove(list_.parentNode)
        for block in self.blocks:
            for attribute in [item for item in block.attributes.values() if item.namespaceURI == _SPA]:
                block.removeAttributeNode(attribute)
            for mark in _elements(block, _SPA):
                _remove(mark)
            said = [item.localName for item in block.attributes.values() if item.namespaceURI != XMLNS_NAMESPACE]
            if not _elements(block) and set(said) <= {"about"}:
                _remove(block)

    def add(self, own: OwnKeyword) -> None:
        new, added = "", []
        for name, text in own.items().items():
            if text in map(_text, self.items(name)):  # somebody else's
                continue
            added.append(name)
            if lists := self.lists(name):
                item = self.document.createElementNS(_RDF, f"{lists[0].prefix}:li" if lists[0].prefix else "li")
                item.appendChild(self.document.createTextNode(text))
                lists[0].appendChild(item)
            else:
                new += f"<{name}><rdf:{_KINDS[name]}><rdf:li>{escape(text)}</rdf:li></rdf:{_KINDS[name]}></{name}>\n"
        marks = {**asdict(own), "added": " ".join(added)}
        about = next((block.getAttributeNS(_RDF, "about") for block in self.blocks), "")
        said = "".join(f" xmlns:{prefix}={quoteattr(uri)}" for prefix, uri in _SPACES.items())
        said += "".join(f" spa:{name}={quoteattr(value)}" for name, value in marks.items() if value)
        block = f"<rdf:Description rdf:about={quoteattr(about)}{said}>\n{new}</rdf:Description>"
        parsed: Any = minidom.parseString(block)
        self.rdf.appendChild(self.document.importNode(parsed.documentElement, deep=True))
        self.rdf.appendChild(self.document.createTextNode("\n"))

    def written(self) -> bytes:
        head = ['<?xml version="1.0" encoding="UTF-8"?>'] if self.document.version else []
        return "\n".join((*head, *("".join(_written(node)) for node in self.document.childNodes), "")).encode()

    def _mark(self, name: str) -> str:
        attributes = [block.getAttributeNS(_SPA, name) for block in self.blocks]
        return next(filter(None, (*attributes, *(_text(e) for b in self.blocks for e in _elements(b, _SPA, name)))), "")


def _elements(parent: Any, uri: str = "", name: str = "") -> list[Any]:
    """The elements in another one, of a namespace and a name if they are given."""
    nodes = (node for node in parent.childNodes if node.nodeType == Node.ELEMENT_NODE)
    return [node for node in nodes if uri in ("", node.namespaceURI) and name in ("", node.localName)]


def _text(element: Any) -> str:
    kinds = (Node.TEXT_NODE, Node.CDATA_SECTION_NODE)
    return "".join(node.data for node in element.childNodes if node.nodeType in kinds).strip()


def _remove(element: Any) -> None:
    """Remove an element, and the line end that was written behind it."""
    after = element.nextSibling
    if after is not None and after.nodeType == Node.TEXT_NODE and not after.data.strip():
        element.parentNode.removeChild(after)
    element.parentNode.removeChild(element)


def _written(node: Any) -> Iterator[str]:
    """A node as XML. What the standard library writes loses line ends in attributes before Python 3.13."""
    if node.nodeType != Node.ELEMENT_NODE:
        yield escape(node.data, {"\r": "&#13;"}) if node.nodeType == Node.TEXT_NODE else node.toxml()
        return
    yield f"<{node.tagName}"
    yield from (f" {name}={quoteattr(value)}" for name, value in node.attributes.items())
    yield ">" if node.childNodes else "/>"
    for child in node.childNodes:
        yield from _written(child)
    if node.childNodes:
        yield f"</{node.tagName}>"
