"""A catalogue as it is written: its keys, and what each may hold."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from lrviz.language.choices import ShownOrder
from lrviz.language.fields import Listed, Model, Title, one_in_a_list

Text = Annotated[str, Field(min_length=1, max_length=3000)]
Names = Annotated[tuple[str, ...], Listed]
Texts = Annotated[tuple[str, ...], Field(min_length=1), Listed, BeforeValidator(one_in_a_list)]


class WrittenEntry(Model):
    """An entry as it is written: one of schedule, race, sweep, resume and check names what to draw."""

    title: Title
    text: Text = Field(description="two to four sentences: what to look at and why")
    tags: Names = ()
    source: Text | None = Field(None, description="its source: a URL or a citation")
    about: str | None = Field(None, description="the scheduler, optimizer or function that the page describes")
    topics: Names = ()
    claim: Texts | None = Field(None, description="conditions on the numbers of the first picture, as formulas")

    schedule: Texts | None = Field(None, description="schedule documents, drawn in one picture")
    set_: Texts | None = Field(None, alias="set", description="as --set of lrviz schedule")
    vary: Texts | None = Field(None, description="as --vary of lrviz schedule: one more picture, with a panel for each")
    order: ShownOrder | None = None
    log: bool | None = None
    param: Texts | None = Field(None, description="hyperparameters to draw below the lr, as --param")
    survival: bool | None = None
    window: str | None = None
    engine: Literal["reference"] | None = Field(
        None, description="reference: not cross-checked, for schedulers of a library that may be missing, or recordings"
    )

    race: str | dict[str, Any] | None = Field(None, description="a race document, or entries and options of a race")
    animate: bool | None = Field(None, description="whether to make a film of the race")

    sweep: str | dict[str, Any] | None = Field(None, description="a sweep document, or entries and options of a sweep")

    resume: str | None = Field(None, description="a schedule document that is interrupted")
    at: int | str | None = None
    with_: str | None = Field(None, alias="with", description="the document it is resumed with")

    check: Literal["implementations"] | None = Field(None, description="a table of torch's implementations")

    @property
    def kinds(self) -> list[str]:
        """What is drawn; exactly one kind if the entry is valid."""
        return [kind for kind in OF_KIND if getattr(self, kind) is not None]


class WrittenSection(Model):
    """A section as it is written."""

    name: Title
    text: Text
    entries: Annotated[tuple[WrittenEntry, ...], Listed, Field(min_length=1)]


class WrittenCatalogue(Model):
    """A catalogue as it is written."""

    title: Title
    text: Text
    root: str = Field(".", description="the folder for paths of documents and for commands, relative to the catalogue")
    tags: dict[str, str] = Field(description="every tag, and what it means")
    topics: dict[str, str] = Field({}, description="what a reader may look for; entries name theirs")
    docs: Names = Field((), description="documentation in Markdown, in reading order")
    sections: Annotated[tuple[WrittenSection, ...], Listed, Field(min_length=1)]


OF_KIND = {
    "schedule": ("set", "vary", "order", "log", "param", "survival", "window", "engine"),
    "race": ("animate",),
    "sweep": (),
    "resume": ("at", "with"),
    "check": (),
}
"""The keys that an entry of each kind may have in addition to the common ones."""
