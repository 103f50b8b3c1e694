"""Foreign text made safe to print: whatever a document, a path, an option or a checkpoint holds, on one line."""

from __future__ import annotations

import unicodedata


def printable(text: str) -> str:
    r"""Return text in which everything that is not printable is written as Python escapes it.

    Line ends, terminal escapes, direction marks and the bytes of a file name that is not UTF-8 can
    neither start a line of their own nor act on a terminal. Text that is printable is returned as it is,
    with all the kinds of space that languages have.

    >>> printable("run\n::error::\x1b[31m")
    'run\\n::error::\\x1b[31m'
    >>> printable("Größe: 学习率.yaml")
    'Größe: 学习率.yaml'
    >>> printable("caf\udce9.yaml")
    'caf\\xe9.yaml'
    """
    return text if text.isprintable() else "".join(map(_shown, text))


def printable_lines(text: str) -> str:
    r"""Return text of several lines, each made printable.

    >>> printable_lines("one\n\x07two")
    'one\n\\x07two'
    """
    return text if text.isprintable() else "\n".join(map(printable, text.split("\n")))


def _shown(character: str) -> str:
    if character.isprintable() or unicodedata.category(character) == "Zs":
        return character
    # Python keeps a byte that is not UTF-8 as a lone surrogate (os.fsdecode): show the byte.
    if "\udc80" <= character <= "\udcff":
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode()


def encoded(text: str) -> bytes:
    r"""Return text in UTF-8; what UTF-8 cannot encode is escaped as in JSON, such as a file name's byte as \udce9."""
    return text.encode(errors="backslashreplace")
