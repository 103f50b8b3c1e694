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
from numpy.typing import NDArray

from lrviz.foundation.errors import UnfinishedError

Pixels = NDArray[np.uint8]

FORMATS = (".gif", ".webp", ".mp4")
_COLOURS = 80
"""Of a GIF: pale bands and ten lines need no more."""


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
    from PIL import Image

    first, *rest = (Image.fromarray(frame[..., :3].copy()) for frame in frames)
    options = {"save_all": True, "append_images": rest, "duration": list(durations), "loop": 0}
    first.save(stream, "WEBP", quality=70, method=0, **options)


def _gif(frames: list[Pixels], durations: Sequence[int], stream: BinaryIO, colours: Sequence[str]) -> None:
    """Write a GIF whose frames share one palette; what has not changed since the frame before is left transparent."""
    from PIL import Image

    palette, nearest = _palette(frames[0], colours)
    clear = len(palette)
    images: list[Image.Image] = []
    before: Any = None
    for frame in frames:
        pixels = frame.view("<u4")[..., 0]
        if before is None:
            places = nearest[_five_bits(pixels)]
        else:
            # Little moves from one frame to the next, and only where it does is a colour looked for.
            changed = pixels != before
            places = np.full(pixels.shape, clear, dtype=np.uint8)
            places[changed] = nearest[_five_bits(pixels[changed])]
        before = pixels
        image = Image.frombytes("P", (pixels.shape[1], pixels.shape[0]), places.tobytes())
        image.putpalette([*palette.ravel().tolist(), 0, 0, 0])
        if images:
            image.info["transparency"] = clear
        images.append(image)
    options = {"save_all": True, "append_images": images[1:], "duration": list(durations), "loop": 0}
    images[0].save(stream, "GIF", optimize=False, disposal=1, **options)


def _five_bits(pixels: Any) -> Any:
    """Return red, green and blue of RGBA pixels, read as little-endian numbers, in five bits each."""
    return ((pixels & 0xF8) << 7) | ((pixels >> 6) & 0x3E0) | ((pixels >> 19) & 0x1F)


def _palette(ground: Pixels, colours: Sequence[str]) -> tuple[Pixels, Pixels]:
    """Return a palette, [colours, RGB], and the nearest entry to each of the 32768 colours of five bits a channel.

    It holds the given colours, each also half way to white as edges have it, and the most used of the ground.
    """
    from PIL import Image

    given = np.array([[int(one[at : at + 2], 16) for at in (1, 3, 5)] for one in colours])
    wanted = np.concatenate([given, (given + 255) // 2])
    common = Image.fromarray(ground[..., :3].copy()).quantize(
        _COLOURS - len(wanted), method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE
    )
    used = np.array(common.getpalette()).reshape(-1, 3)
    palette = np.concatenate([wanted, used]).astype(np.uint8)
    steps = np.arange(32) * 8 + 4
    cube = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    apart = ((cube[:, None] - palette[None].astype(np.int64)) ** 2).sum(axis=-1)
    return palette, apart.argmin(axis=1).astype(np.uint8)


def _mp4(frames: Iterable[Pixels], durations: Sequence[int], stream: BinaryIO) -> None:
    rate = 25
    supply = iter(frames)
    first = next(supply)
    size = f"{first.shape[1]}x{first.shape[0]}"
    with tempfile.TemporaryDirectory() as folder:
        # A file of its own: an MP4 is finished at its beginning.
        made = Path(folder) / "race.mp4"
        command = ["ffmpeg", "-loglevel", "error", "-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", size]
        command += ["-framerate", str(rate), "-i", "-", "-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2:color=white"]
        command += ["-pix_fmt", "yuv420p", "-fflags", "+bitexact", "-flags:v", "+bitexact", str(made)]
        with tempfile.TemporaryFile() as said:
            coder = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=said)
            try:
                assert coder.stdin is not None
                for image in _repeated(chain([first], supply), durations, rate):
                    coder.stdin.write(image[..., :3].tobytes())
                coder.stdin.close()
            except BrokenPipeError:
                pass
            except BaseException:
                coder.kill()
                raise
            finally:
                code = coder.wait()
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
