"""Writes what README and docs show.

`python -m tests.docs` makes every shown block and every generated part anew; with `--record` also the recording of
docs/examples. tests/test_docs.py fails where one is stale. What is generated stands below `<!-- generated -->`.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tests import shown
from tests.dialects import dialects
from tests.reference import commands, documents, optimizers, rules, schedulers

GENERATED: Mapping[str, Callable[[], Iterator[str]]] = {
    "commands": commands,
    "dialects": dialects,
    "documents": documents,
    "optimizers": optimizers,
    "rules": rules,
    "schedulers": schedulers,
}
"""What is written from the code, by the page that it ends."""
_MARKER = "<!-- generated -->\n"


def generated(name: str, text: str) -> str:
    """Return a page with its generated part made again."""
    return text.partition(_MARKER)[0] + _MARKER + "\n" + "\n".join(GENERATED[name]())


def written_by_hand(text: str) -> str:
    """Return a page without its generated part."""
    return text.partition(_MARKER)[0]


def record() -> None:
    """Record the script of docs/examples again, and draw it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        shutil.copy(shown.EXAMPLES / "train.py", folder)
        command = [sys.executable, "-m", "lrviz", "record", "--quiet", "--", sys.executable, "train.py"]
        subprocess.run(command, cwd=folder, check=True)
        recorded = (folder / "record.lrrec").read_bytes()
        # A recording has whole paths, which are nobody else's.
        (shown.EXAMPLES / "record.lrrec").write_bytes(b"".join(_frames_without(f"{folder}/".encode(), recorded)))
        shutil.copyfile(folder / "record.png", shown.ROOT / "docs" / "pictures" / "stepped-twice.png")


def _frames_without(words: bytes, recorded: bytes) -> Iterator[bytes]:
    """Yield the frames of a recording, as docs/recording-format.md has them, without some words in their events."""
    at = 0
    while at < len(recorded):
        head, length = recorded[at : at + 13], int.from_bytes(recorded[at + 13 : at + 17], "little")
        payload = recorded[at + 21 : at + 21 + length]
        told = payload.replace(words, b"") if head[4:5] == b"E" else payload
        yield head + struct.pack("<II", len(told), zlib.crc32(head[4:] + told)) + told
        at += 21 + length


if __name__ == "__main__":
    # A recording holds the time at which it was made, so that it is made anew only where that is asked for.
    if "--record" in sys.argv:
        record()
    for page in shown.PAGES:
        text = page.read_text(encoding="utf-8")
        own = written_by_hand(text)
        made = shown.filled(own) + text[len(own) :]
        page.write_text(generated(page.stem, made) if page.stem in GENERATED else made, encoding="utf-8")
