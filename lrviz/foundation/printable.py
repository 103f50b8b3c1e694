"""Foreign text made safe to print: whatever a document, a path, an option or a checkpoint holds, on one line."""

from __future__ import annotations


def printable(text: str) -> str:
    r"""Return text in which everything that is not printable is written as Python escapes it.

    Line ends, terminal escapes, direction marks and the bytes of a file name that is not UTF-8 can
    neither start a line of their own nor act on a terminal. Text that is printable is returned as it is.

    >>> printable("run\n::error::\x1b[31m")
    'run\\n::error::\\x1b[31m'
    >>> printable("Größe: 学习率.yaml")
    'Größe: 学习率.yaml'
    >>> printable("caf\udce9.yaml")
    'caf\\xe9.yaml'
    """
    return text if text.isprintable() else "".join(c if c.isprintable() else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    # Python keeps a byte that is not UTF-8 as a lone surrogate (os.fsdecode): show the byte.
    if "\udc80" <= character <= "\udcff":
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode()
