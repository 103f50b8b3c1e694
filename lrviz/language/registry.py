"""Classes by name: lrviz's own, and those that installed packages add through entry points."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Generic, TypeVar, overload

from typing_extensions import override

from lrviz.foundation.errors import UsageError
from lrviz.foundation.wording import nearest

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

C = TypeVar("C")


class NotLoadable(UsageError):
    """A package offers a class under a name, and the class cannot be used."""


class Registry(Sequence[type[C]], Generic[C]):
    """The classes of one kind.

    As a sequence it holds lrviz's own, in the order they were added, without those that are set apart. torch's
    classes have bare names, those of other libraries `library.Name`. Another package adds a class in its
    pyproject.toml:

        [project.entry-points."lrviz.schedulers"]
        "my_library.Sawtooth" = "my_library.lrviz:Sawtooth"

    Its class is imported only when a document or a command asks for exactly that name.

    kind: what one is called in messages ("scheduler"); group: the entry-point group; base: what a class
    must derive from; example: one as documents write it.
    """

    def __init__(self, kind: str, group: str, base: type[C], example: str) -> None:
        self.kind, self.group, self.example, self._base = kind, group, example, base
        self._own: dict[str, type[C]] = {}
        self._apart: dict[str, str] = {}
        self._aliases: dict[str, str] = {}
        self._added: dict[str, type[C]] = {}

    def add(self, classes: Iterable[type[C]]) -> None:
        """Add classes of lrviz's own."""
        for cls in classes:
            self._own[name_of(cls)] = cls

    def add_apart(self, modules: Mapping[str, str], aliases: Mapping[str, str]) -> None:
        """Add names of lrviz's own that are set apart from the others, each with the module whose CLASSES hold it.

        A module is imported when one of its names is asked for. aliases: what others call some of them.
        """
        self._apart.update(modules)
        self._aliases.update(aliases)

    @property
    def names_apart(self) -> list[str]:
        """The names of the classes that are set apart."""
        return list(self._apart)

    @property
    def apart(self) -> dict[str, type[C]]:
        """The classes that are set apart, by name."""
        return {name: found for name in self._apart if (found := self.find(name))}

    @overload
    def __getitem__(self, index: int) -> type[C]: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[type[C]]: ...
    @override
    def __getitem__(self, index: int | slice) -> type[C] | Sequence[type[C]]:
        return tuple(self._own.values())[index]

    @override
    def __len__(self) -> int:
        return len(self._own)

    @override
    def __iter__(self) -> Iterator[type[C]]:
        return iter(self._own.values())

    def loaded(self) -> list[type[C]]:
        """Return lrviz's own classes, and those of packages that were asked for."""
        return [*self._own.values(), *self._added.values()]

    @property
    def names(self) -> list[str]:
        """The names of lrviz's own classes."""
        return list(self._own)

    def offered(self) -> dict[str, EntryPoint]:
        """Return what installed packages offer, by name; nothing of theirs is imported."""
        from importlib.metadata import entry_points

        found = entry_points(group=self.group)
        return {one.name: one for one in found if one.name not in self._own and one.name not in self._apart}

    def spelled(self, name: str) -> str:
        """Return the spelling of a name in any case, with or without - and _; other names as they are."""
        if name in self._own:
            return name
        return {folded(own): own for own in (*self._apart, *self._own)}.get(folded(name), name)

    def find(self, name: str) -> type[C] | None:
        """Return the class of exactly this name; None where there is none.

        Raises NotLoadable where a package offers it and it cannot be used.
        """
        if name in self._own:
            return self._own[name]
        if name in self._apart and name not in self._added:
            classes = import_module(self._apart[name]).CLASSES
            self._added |= {name_of(cls): cls for cls in classes}
        # Names of other libraries have a dot; without one no package is looked at.
        if name not in self._added and "." in name:
            from importlib.metadata import entry_points

            offered = entry_points(group=self.group, name=name)
            if offered:
                self._added[name] = self._loaded(next(iter(offered)))
        return self._added.get(name)

    def unknown(self, name: str) -> str:
        """Say which names are known, and which one was probably meant."""
        known = [*self.names, *self.offered()]
        others = f" and {len(self._apart)} of other libraries (lrviz list {self.kind}s)" if self._apart else ""
        return f"known are {', '.join(known)}{others}{self._meant(name, known)}"

    def _meant(self, name: str, known: Sequence[str]) -> str:
        """Return " (did you mean ...?)", also for a name without its library, or an alias."""
        last = {own: own.rpartition(".")[2] for own in self._apart}
        wanted = folded(name.rpartition(".")[2])
        found = [own for own in last if folded(last[own]) == wanted]
        found = found or [own for alias, own in self._aliases.items() if folded(alias) == wanted][:1]
        if not found and (near := nearest(name, [*last, *last.values(), *known])):
            found = [next((own for own in last if last[own] == near and near not in known), near)]
        return f" (did you mean {' or '.join(found)}?)" if found else ""

    def _loaded(self, entry: EntryPoint) -> type[C]:
        package = entry.dist.name if entry.dist else "an installed package"
        try:
            found = entry.load()
        except (Exception, SystemExit) as error:
            told = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            raise NotLoadable(f"the {self.kind} {entry.name} of {package} cannot be imported: {told}") from error
        if not (isinstance(found, type) and issubclass(found, self._base)):
            raise NotLoadable(
                f"the {self.kind} {entry.name} of {package} is not a subclass of {_path(self._base)}, "
                "as a class named by an entry point must be"
            )
        if name_of(found) != entry.name:
            raise NotLoadable(f"the {self.kind} {entry.name} of {package} calls itself {name_of(found)}")
        return found


def name_of(cls: type) -> str:
    """Return the name that documents call a class by: the value of its `name`."""
    fields = getattr(cls, "model_fields", {})
    return str(fields["name"].default if "name" in fields else getattr(cls, "name", cls.__name__))


def folded(name: str) -> str:
    """Return a name without what spellings differ in: case, - and _."""
    return name.lower().replace("-", "").replace("_", "")


def _path(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"
