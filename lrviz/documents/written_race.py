"""A race document as it is written: its keys, and what each may hold."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from lrviz.language.choices import Implementation, View
from lrviz.language.fields import Count, Listed, Model, Title, Whole, one_in_a_list


class WrittenRace(Model):
    """A race as written; its texts are interpreted afterwards."""

    name: Title | None = Field(None, description="title of the picture")
    entries: Annotated[tuple[str | dict[str, Any], ...], Field(min_length=1), Listed] = Field(
        description="optimizers, as adam:lr=0.05 or {name: adam, lr: 0.05}, and paths of schedule documents"
    )
    fn: str = Field(description="a test function, as quadratic:kappa=100, or a formula in x and y")
    domain: Annotated[tuple[float, ...], Listed, Field(json_schema_extra={"minItems": 2, "maxItems": 4})] | None = (
        Field(None, description="the domain of a formula in fn: from A to B for x and y, or A, B of x and C, D of y")
    )
    start: Annotated[tuple[float, float], Listed] | None = Field(
        None, description="where all paths start (default: the surface's own start)"
    )
    steps: Count | None = Field(
        None, description="the budget, in gradient evaluations (default: those of the longest document, else 500)"
    )
    lr: Annotated[float, Field(ge=0)] | None = Field(None, description="the lr of entries without one of their own")
    tune: bool | None = Field(None, description="choose each lr from one grid (default), or use torch's defaults")
    noise: Annotated[float, Field(ge=0)] = Field(0.0, description="standard deviation of the noise on the gradient")
    seed: Whole = Field(0, description="seed of starts and noise")
    average: str | dict[str, Any] | None = Field(
        None, description="an average of the path, as swa:start=100 or ema:decay=0.99"
    )
    schedule: str | None = Field(None, description="a schedule that runs under every entry, as --schedule")
    clip: Annotated[float, Field(gt=0)] | None = Field(None, description="the norm to which gradients are clipped")
    impl: Implementation | None = Field(None, description="which of torch's implementations runs")
    view: View = Field("2d", description="the surface from above, in perspective, or with gradients and steps")
    show_state: bool = Field(False, description="show each optimizer's state, as momentum_buffer or exp_avg")
    bundle: bool = Field(False, description="draw paths from other starts, not only where they end")
    vary: Annotated[tuple[str, ...], Listed, BeforeValidator(one_in_a_list)] = Field(
        (), description="hyperparameters of the one entry at several values, as lr=0.1,0.5,2: a panel for each"
    )
