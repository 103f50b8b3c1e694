"""Frames -> an animated GIF or WebP, or an MP4 by ffmpeg."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from lrviz.foundation.errors import UnfinishedError
from lrviz.foundation.stopping import held
from lrviz.render.figures.palette import Packed, Palette, Pixels, packed

FORMATS = (".gif", ".webp", ".mp4")


def missing(suffix: str) -> str:
    """Return what a format needs that is not installed, and how to get it; "" where nothing is missing."""
    if suffix == ".mp4" and shutil.which("ffmpeg") is None:
        return (
            "an MP4 needs the program ffmpeg, which is not installed (https://ffmpeg.org/download.html, or your "
            "system's packages); a .gif or .webp needs nothing"
        )
    return ""


def encode(
    frames: Iterable[Pixels], durations: Sequence[int], stream: BinaryIO, suffix: str, colours: Sequence[str]
) -> None:
    """Write frames of one size, [height, width, RGBA], each shown for its milliseconds, to a stream.

    colours: those that a format with a palette must hold, as "#rrggbb".
    Raises UnfinishedError where ffmpeg fails.
    """
    if suffix == ".gif":
        _gif(list(frames), durations, stream, colours)
    elif suffix == ".webp":
        _webp(frames, durations, stream)
    else:
        _mp4(frames, durations, stream)


def _webp(frames: Iterable[Pixels], durations: Sequence[int], stream: BinaryIO) -> None:
    first, *rest = (Image.fromarray(frame[..., :3].copy()) for frame in frames)
    options = {"save_all": True, "append_images": rest, "duration": list(durations), "loop": 0}
    first.save(stream, "WEBP", quality=70, method=0, **options)


def _gif(frames: list[Pixels], durations: Sequence[int], stream: BinaryIO, colours: Sequence[str]) -> None:
    """Write a GIF whose frames share one palette; what has not changed since the frame before is left transparent."""
    palette = Palette(frames[0], [*colours, *map(_half_way_to_white, colours)])
    clear = len(palette.entries)
    images: list[Any] = []
    before: Packed | None = None
    for frame in frames:
        pixels = packed(frame)
        if before is None:
            indices = palette.indices(pixels)
        else:
            # Little changes from one frame to the next: only changed pixels are looked up in the palette.
            changed = pixels != before
            indices = np.full(pixels.shape, clear, dtype=np.uint8)
            indices[changed] = palette.indices(pixels[changed])
        before = pixels
        image = palette.image(indices)
        if images:
            image.info["transparency"] = clear
        images.append(image)
    options = {"save_all": True, "append_images": images[1:], "duration": list(durations), "loop": 0}
    images[0].save(stream, "GIF", optimize=False, disposal=1, **options)


def _half_way_to_white(colour: str) -> str:
    """Return the colour of a line's edge on white."""
    return "#" + "".join(f"{(int(colour[at : at + 2], 16) + 255) // 2:02x}" for at in (1, 3, 5))


def _mp4(frames: Iterable[Pixels], durations: Sequence[int], stream: BinaryIO) -> None:
    rate = 25
    supply = iter(frames)
    first = next(supply)
    size = f"{first.shape[1]}x{first.shape[0]}"
    with tempfile.TemporaryDirectory() as folder:
        # A file, not a pipe: the encoder goes back to the beginning of an MP4 to finish it.
        made = Path(folder) / "race.mp4"
        command = ["ffmpeg", "-loglevel", "error", "-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", size]
        command += ["-framerate", str(rate), "-i", "-", "-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2:color=white"]
        command += ["-pix_fmt", "yuv420p", "-fflags", "+bitexact", "-flags:v", "+bitexact", str(made)]
        with tempfile.TemporaryFile() as said:
            coder: subprocess.Popen[bytes] | None = None
            try:
                with held():
                    coder = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=said)
                assert coder.stdin is not None
                for image in _repeated(chain([first], supply), durations, rate):
                    coder.stdin.write(image[..., :3].tobytes())
                coder.stdin.close()
            except BrokenPipeError:
                pass
            except BaseException:
                if coder is not None:
                    coder.kill()
                raise
            finally:
                code = coder.wait() if coder is not None else 0
            said.seek(0)
            if code != 0:
                words = said.read().decode(errors="replace").strip().splitlines()
                raise UnfinishedError(f"ffmpeg ended with code {code}{': ' + words[-1] if words else ''}")
        with made.open("rb") as film:
            shutil.copyfileobj(film, stream)


def _repeated(frames: Iterable[Pixels], durations: Sequence[int], rate: int) -> Iterator[Pixels]:
    for image, duration in zip(frames, durations, strict=True):
        for _ in range(max(round(duration * rate / 1000), 1)):
            yield image
