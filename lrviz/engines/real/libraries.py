"""The libraries whose classes run: their classes by module and name, and the installed versions."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterable
from functools import cache
from types import ModuleType
from typing import Any

from lrviz.foundation.errors import MissingLibrary, UnfinishedError
from lrviz.foundation.releases import at_least


def library_class(module: str, name: str, install: str = "", *, by_itself: bool = False) -> Any:
    """Return a class of torch, or of another library; install, by_itself: as of a `Node`.

    Raises MissingLibrary where its library is not installed, UnfinishedError where it cannot be imported; for a torch
    that cannot be imported, its own error.
    """
    package = _package(module)
    try:
        found = imported(module, by_itself=by_itself)
    except (Exception, SystemExit) as error:
        # Something that an installed library itself lacks is a different error.
        if isinstance(error, ModuleNotFoundError) and error.name == package:
            raise MissingLibrary.of(package, install or package) from error
        if package == "torch":
            raise
        raise UnfinishedError(f"{package} cannot be imported: {type(error).__name__}: {error}") from error
    return getattr(found, name)


@cache
def imported(module: str, *, by_itself: bool) -> ModuleType:
    """Return a module; by_itself: without running the package that it is in.

    The package is then not imported: a later import runs all of it.
    """
    package = _package(module)
    spec = importlib.util.find_spec(package) if by_itself and package not in sys.modules else None
    if spec is None:
        return importlib.import_module(module)
    sys.modules[package] = importlib.util.module_from_spec(spec)
    try:
        return importlib.import_module(module)
    finally:
        for name in [name for name in sys.modules if _package(name) == package]:
            del sys.modules[name]


def in_versions(module: str, wanted: tuple[str, str]) -> None:
    """Do nothing where the library that is installed has a formula; wanted: the versions that have it.

    Raises MissingLibrary where it has another one.
    """
    since, before = wanted
    if not since and not before:
        return
    package = _package(module)
    here = _version(package)
    if (since and not at_least(here, since)) or (before and at_least(here, before)):
        which = " and ".join(filter(None, [since and f"{since} or later", before and f"before {before}"]))
        raise MissingLibrary(f"{package} {here} is installed, which has another formula; a version {which} is needed")


def versions(modules: Iterable[str]) -> dict[str, str]:
    """Return the libraries that modules which were imported belong to, with their versions; torch is the first."""
    return {package: _version(package) for package in dict.fromkeys(("torch", *map(_package, modules)))}


def _package(module: str) -> str:
    return module.partition(".")[0]


@cache
def _version(package: str) -> str:
    """Return the version that a library states, else that of its distribution, without the suffix of a local build."""
    told = getattr(sys.modules.get(package), "__version__", None)
    if told is None:
        from importlib.metadata import packages_distributions, version

        installed = packages_distributions().get(package)
        told = version(installed[0]) if installed else "of unknown version"
    return str(told).partition("+")[0]
