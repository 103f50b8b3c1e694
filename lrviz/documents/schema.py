"""The JSON Schemas of documents: what the models say, in the shape documents are written in."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from pydantic.json_schema import models_json_schema

from lrviz.documents.groups import LayerDecay
from lrviz.documents.schedule import ScheduleDocument
from lrviz.documents.sweep import KEYS, WrittenSweep
from lrviz.documents.written_race import WrittenRace
from lrviz.language.fields import Model
from lrviz.language.registry import Registry
from lrviz.optimizers import OPTIMIZERS
from lrviz.schedulers import SCHEDULERS
from lrviz.schedulers.stepping import Stepping

_REFERENCE = "#/$defs/{model}"

_ARITHMETIC = {
    "type": "string",
    "pattern": r"^(?=.*(\d|\b(pi|e)\b))[\w\s.,()+*/%<>=!-]+$",
    "description": "arithmetic without variables, as 0.1 * 1024 / 256",
}
_TOLD = ("title", "description", "default")
"""Keys of a schema that apply to a value in any form."""


def document_schema() -> dict[str, Any]:
    """Return the schema (draft 2020-12) of a schedule document."""
    optimizers = [*OPTIMIZERS, *OPTIMIZERS.apart.values()]
    own: list[type[Model]] = [ScheduleDocument, LayerDecay, *optimizers, *SCHEDULERS, *SCHEDULERS.apart.values()]
    _, schema = models_json_schema([(model, "validation") for model in own], ref_template=_REFERENCE)
    parts: dict[str, Any] = schema["$defs"]
    for part in parts.values():
        _named(part)
    for optimizer in optimizers:
        _with_groups(parts[optimizer.__name__])
    # The loop does not step it by keys of its own, except its start.
    for key in {"name", *Stepping.model_fields} - {"start"}:
        del parts["Swa"]["properties"][key]
    parts["Swa"]["required"].remove("name")
    document = parts.pop("ScheduleDocument")
    document["properties"]["optimizer"] |= {"one_of": OPTIMIZERS.kind}
    described: dict[str, Any] = _with_choices(
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            **document,
            "title": "lrviz schedule document",
            "oneOf": [{"required": ["epochs"]}, {"required": ["steps"]}],
            "$defs": parts,
        }
    )
    return _with_arithmetic(described)


_REGISTRIES: Mapping[str, Registry[Any]] = {one.kind: one for one in (SCHEDULERS, OPTIMIZERS)}


def _with_choices(part: Any) -> Any:
    """Return a schema in which `one_of: <kind>` says which classes there are."""
    if isinstance(part, list):
        return [_with_choices(each) for each in part]
    if not isinstance(part, dict):
        return part
    found = {key: _with_choices(value) for key, value in part.items() if key != "one_of"}
    if "one_of" in part:
        registry = _REGISTRIES[part["one_of"]]
        found["oneOf"] = [
            {"$ref": _REFERENCE.format(model=cls.__name__)} for cls in (*registry, *registry.apart.values())
        ]
        # Classes that packages add are not imported for this: the schema knows only their names.
        found["oneOf"] += [
            {"type": "object", "properties": {"name": {"const": name}}, "required": ["name"]}
            for name in registry.offered()
        ]
    return found


def race_schema() -> dict[str, Any]:
    """Return the schema (draft 2020-12) of a race document."""
    return _with_arithmetic(
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            **WrittenRace.model_json_schema(ref_template=_REFERENCE),
            "title": "lrviz race document",
        }
    )


def sweep_schema() -> dict[str, Any]:
    """Return the schema (draft 2020-12) of a sweep document: what it shares with races, and its axes."""
    race, own = (model.model_json_schema(ref_template=_REFERENCE) for model in (WrittenRace, WrittenSweep))
    known = race["properties"] | own["properties"]
    return _with_arithmetic(
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            **race,
            "properties": {key: known[key] for key in KEYS},
            "required": [*race["required"], *own["required"]],
            "description": "A sweep as it is written: a race's entries and terms, and the axes of a grid.",
            "title": "lrviz sweep document",
        }
    )


def _with_arithmetic(described: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a document, in which every number may be arithmetic in text."""
    written: dict[str, Any] = _or_computed(described)
    return {**written, "$defs": {**written.get("$defs", {}), "arithmetic": _ARITHMETIC}}


def _or_computed(part: Any) -> Any:
    if isinstance(part, list):
        return [_or_computed(each) for each in part]
    if not isinstance(part, dict):
        return part
    found = {key: value if key == "default" else _or_computed(value) for key, value in part.items()}
    if found.get("type") not in ("number", "integer"):
        return found
    told = {key: found.pop(key) for key in _TOLD if key in found}
    return {**told, "anyOf": [found, {"$ref": _REFERENCE.format(model="arithmetic")}]}


def _named(part: dict[str, Any]) -> None:
    """Make the name that distinguishes the members of a union a required key."""
    name = part.get("properties", {}).get("name", {})
    if "const" in name:
        name.pop("default", None)
        part["required"] = ["name", *part.get("required", [])]


def _with_groups(part: dict[str, Any]) -> None:
    """Add the parameter groups, each of which may override any hyperparameter."""
    own = copy.deepcopy(part["properties"])
    own["name"] = {"type": ["string", "number"], "description": "what pictures and tables call the group"}
    own["added"] = {
        "anyOf": [{"type": "integer", "minimum": 0}, {"type": "string"}],
        "description": "when add_param_group adds it: ticks, or a length as 5ep (default: from the start)",
    }
    part["properties"]["groups"] = {
        "type": "array",
        "minItems": 1,
        "description": "parameter groups, each with the hyperparameters it overrides",
        "items": {"type": "object", "additionalProperties": False, "properties": own},
    }
    part["properties"]["layer_decay"] = {
        "$ref": _REFERENCE.format(model=LayerDecay.__name__),
        "description": "layer-wise lr decay, instead of groups: layers + 1 groups, each at a share of the one above",
    }
