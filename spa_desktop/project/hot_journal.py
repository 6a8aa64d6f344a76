"""Whose is the journal beside a project? Asked before SQLite may act on it.

SQLite rolls back any journal that lies beside a database under the right name. If the database was restored from a
backup, or the journal comes from another time or another file, that puts foreign pages into it. Here the stamp in the
journal is compared with the stamp in the file; where one of them has none (files of version 1, changes by other
programs), the first page is.
"""

from __future__ import annotations

from typing import BinaryIO

from spa_desktop.project.journal import Journal
from spa_desktop.project.raw_file import RawFile
from spa_desktop.project.sqlite_pages import HEADER_SIZE, FileHeader
from spa_desktop.project.stamp import STAMPED, Stamp

_OTHER_FILE = "it belongs to another file"
_OTHER_MOMENT = "it is from another moment of this project"


def foreign(raw: RawFile, journal_file: BinaryIO) -> str | None:
    """Why a hot journal must not be rolled back into a file; None if it is the file's own, and must be.

    Args:
        raw: the project.
        journal_file: what lies beside it under the name of its journal, and begins with a byte other than zero.
    """
    journal = Journal(journal_file)
    head = journal.header
    if head is None:
        return "it is no journal of SQLite"
    # SQLite would look for the other databases by their names, and may delete files on the way.
    if journal.names_others:
        return "it is part of a change to several files"
    if head.pages * head.page_size > raw.size:
        return _OTHER_FILE
    first: bytes | None = None
    for number, page in journal.images():
        stamp = Stamp.of_page(page) if number > 1 else None
        if stamp is not None:
            return _by_stamp(raw, journal, stamp, number)
        if number == 1:
            first = page
    return _by_first_page(raw, head.pages, head.page_size, first)


def _by_stamp(raw: RawFile, journal: Journal, before: Stamp, number: int) -> str | None:
    assert journal.header is not None
    size = journal.header.page_size
    now = Stamp.of_page(raw.read((number - 1) * size, size))
    if now is None:
        header = FileHeader.parse(raw.read(0, HEADER_SIZE))
        if header is not None and (header.page_size != size or header.user_version < STAMPED):
            return _OTHER_FILE
        # The page was torn by a power cut, or is something else.
        first = next((page for other, page in journal.images() if other == 1), None)
        return _by_first_page(raw, journal.header.pages, size, first)
    if now.project != before.project:
        return "it belongs to another project"
    # Either the transaction had not reached this page yet, or it is the one that wrote it last.
    is_untouched = now.commit == before.commit
    is_unfinished = now.previous == before.commit and now.journal == journal.header.mark
    return None if is_untouched or is_unfinished else _OTHER_MOMENT


def _by_first_page(raw: RawFile, pages: int, page_size: int, before: bytes | None) -> str | None:
    """By the change counter and the size of the file, which are all that a file of version 1 has."""
    now = raw.read(0, page_size)
    header = FileHeader.parse(now)
    if before is None:
        if header is None or header.page_size != page_size:
            return _OTHER_FILE
        # The transaction had not changed the first page yet: it must say what the journal says of the file.
        return None if (header.page_count, header.valid_for) == (pages, header.change_counter) else _OTHER_MOMENT
    old = FileHeader.parse(before)
    if old is None:
        return _OTHER_FILE
    if header is None or header.page_size != old.page_size or header.application_id != old.application_id:
        return _OTHER_FILE
    if header.change_counter == old.change_counter:
        return None if now == before else _OTHER_FILE
    return None if header.change_counter == old.change_counter + 1 else _OTHER_MOMENT
