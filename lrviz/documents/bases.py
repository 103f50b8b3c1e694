"""The configs that a config is based on: `_base_` of mmengine and mmcv, `_BASE_` of detectron2, `read_base()`.

They are regular files of at most 1 MB below the nearest ancestor of the first file that holds .git, else
pyproject.toml, else its own folder, or in an installed package; they are never run, and their contents never printed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path as FilePath
from typing import Any

from lrviz.documents.parsing import parsed
from lrviz.foundation.errors import DocumentError, Fault
from lrviz.foundation.inputs import Unreadable, text_of
from lrviz.language.marked_yaml import Marked, Place
from lrviz.language.merging import over

KEYS = ("_base_", "_BASE_")
_SUFFIXES = (".py", ".yaml", ".yml", ".json")
_LARGEST = 10**6
_MOST = 200
_DEEPEST = 40
_INSTALLED = {"site-packages", "dist-packages"}
_OF_BASE = re.compile(r"\{\{\s*_base_\.([\w.]+)\s*\}\}")


@dataclass(slots=True)
class _Read:
    """How many files were read for one document."""

    files: int = 0


@dataclass(frozen=True)
class Bases:
    """Reads what one file is based on. folder: the file's; source: what messages call it; trail: those it is read for.

    root: the folder below which files may be, besides installed packages; key: what names the bases.
    """

    folder: FilePath
    source: str
    trail: tuple[FilePath, ...] = ()
    within: FilePath | None = None
    read: _Read = field(default_factory=_Read)
    key: str = KEYS[0]

    @cached_property
    def root(self) -> FilePath:
        """The folder below which its bases may be."""
        if self.within is not None:
            return self.within
        here = self.folder.resolve()
        around = [here, *here.parents]
        for name in (".git", "pyproject.toml"):
            for one in around:
                if (one / name).exists():
                    return one
        return next((one for one in around if one.parent.name in _INSTALLED), here)

    def files(self, given: Any, place: Place) -> Marked:
        """Return what `_base_` names, a path or a list of paths, each overriding those before it.

        Raises DocumentError for one that cannot be read.
        """
        names = given if isinstance(given, list) else [given]
        whole = Marked(self.source, {})
        for name in names:
            if not isinstance(name, str):
                raise self._refused(place, "a base is given by its path, as text")
            package, colons, inner = name.partition("::")
            if colons:
                one = self._packaged(package, (".mim/configs", "configs"), inner, place)
            else:
                one = self._file(self.folder / name, self._shown(name), name, place, self.root)
            # Later files override earlier ones.
            over(whole, one)
            whole = one
        return whole

    def module(self, level: int, name: str, place: Place) -> Marked:
        """Return the config that `with read_base(): from ..name import *` names.

        Raises DocumentError where it cannot be read.
        """
        parts = name.split(".")
        if level == 0:
            return self._packaged(parts[0], ("", ".mim"), "/".join(parts[1:]) + ".py", place)
        path = "/".join([".."] * (level - 1) + parts) + ".py"
        return self._file(self.folder / path, self._shown(path), "." * level + name, place, self.root)

    def followed(self, marked: Marked) -> Marked:
        """Return a config in YAML or JSON over those that it is based on."""
        data = marked.data
        key = next((one for one in KEYS if isinstance(data, Mapping) and one in data), None)
        if key is None:
            return marked
        place = marked.values.get((key,))
        base = replace(self, key=key).files(data[key], place if isinstance(place, Place) else Place(1, 1))
        marked.data = _substituted({each: value for each, value in data.items() if each != key}, base)
        over(base, marked)
        return marked

    def _shown(self, name: str) -> str:
        return os.path.normpath(os.path.join(os.path.dirname(self.source), name))  # noqa: PTH118, PTH120 - as it is typed

    def _packaged(self, package: str, folders: Sequence[str], inner: str, place: Place) -> Marked:
        """Return a config that an installed package holds, which is found and not imported."""
        try:
            spec = find_spec(package) if package.isidentifier() else None
        except ValueError:
            spec = None
        homes = [FilePath(one).resolve() for one in (spec.submodule_search_locations or ())] if spec else []
        if not homes:
            raise self._refused(place, f"{package} given, which is not installed")
        tried = [(home, home / folder / inner) for home in homes for folder in folders]
        home, path = next(((home, one) for home, one in tried if one.is_file()), tried[0])
        return self._file(path, f"{package}::{inner}", inner, place, home)

    def _file(self, path: FilePath, shown: str, name: str, place: Place, root: FilePath) -> Marked:
        try:
            real = path.resolve()
        except (OSError, ValueError, RuntimeError):
            raise self._refused(place, f"{name} given, which is not a path") from None
        if not real.is_relative_to(root):
            raise self._refused(place, f"{name} given, which is out of reach: bases are read from below {root} only")
        if real.suffix not in _SUFFIXES:
            raise self._refused(place, f"{name} given; a base is a file in {', '.join(_SUFFIXES)}")
        if real in self.trail:
            raise self._refused(place, f"{name} given, which is based on this file: a circular reference")
        if len(self.trail) >= _DEEPEST:
            raise self._refused(place, f"more than {_DEEPEST} files, each based on the next")
        self.read.files += 1
        if self.read.files > _MOST:
            raise self._refused(place, f"one config is based on more than {_MOST} files")
        try:
            text = text_of(real, _LARGEST)
        except Unreadable as error:
            raise self._refused(place, f"{name} given: {error}") from None
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise self._refused(place, f"{name} given, which cannot be read: {reason}") from None
        inner = Bases(real.parent, shown, (*self.trail, real), root, self.read)
        found = parsed(text, shown, real.name, inner)
        if not isinstance(found.data, Mapping):
            raise self._refused(place, f"{name} given, which holds no keys and values")
        return inner.followed(found)

    def _refused(self, place: Place, told: str) -> DocumentError:
        source = place.source or self.source
        return DocumentError(Fault(f"{source}:{place.line}:{place.column}", self.key, told))


def _substituted(value: Any, base: Marked) -> Any:
    """Return a value in which `{{_base_.a.b}}` is what the base has there."""
    if isinstance(value, dict):
        return {key: _substituted(each, base) for key, each in value.items()}
    if isinstance(value, list):
        return [_substituted(each, base) for each in value]
    match = _OF_BASE.fullmatch(value) if isinstance(value, str) else None
    return base.written(tuple(match[1].split("."))) if match else value
