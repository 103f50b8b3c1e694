"""The JSON Schemas of documents: what the models say, in the shape documents are written in."""

from __future__ import annotations

import copy
from typing import Any

from pydantic.json_schema import models_json_schema

from lrviz.documents.race import WrittenRace
from lrviz.documents.schedule import ScheduleDocument
from lrviz.optimizers import OPTIMIZERS

_REFERENCE = "#/$defs/{model}"


def document_schema() -> dict[str, Any]:
    """Return the schema (draft 2020-12) of a schedule document."""
    models = [(ScheduleDocument, "validation"), *((optimizer, "validation") for optimizer in OPTIMIZERS)]
    _, schema = models_json_schema(models, ref_template=_REFERENCE)  # type: ignore[arg-type]  # a list of pairs, as asked
    parts: dict[str, Any] = schema["$defs"]
    for part in parts.values():
        _named(part)
    for optimizer in OPTIMIZERS:
        _with_groups(parts[optimizer.__name__])
    for key in ("name", "interval"):
        del parts["Swa"]["properties"][key]
    parts["Swa"]["required"].remove("name")
    document = parts.pop("ScheduleDocument")
    document["properties"]["optimizer"] = {
        "description": document["properties"]["optimizer"]["description"],
        "oneOf": [{"$ref": _REFERENCE.format(model=optimizer.__name__)} for optimizer in OPTIMIZERS],
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **document,
        "title": "lrviz schedule document",
        "oneOf": [{"required": ["epochs"]}, {"required": ["steps"]}],
        "$defs": parts,
    }


def race_schema() -> dict[str, Any]:
    """Return the schema (draft 2020-12) of a race document."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **WrittenRace.model_json_schema(ref_template=_REFERENCE),
        "title": "lrviz race document",
    }


def _named(part: dict[str, Any]) -> None:
    """Make the name that tells the members of a union apart a required key."""
    name = part.get("properties", {}).get("name", {})
    if "const" in name:
        name.pop("default", None)
        part["required"] = ["name", *part.get("required", [])]


def _with_groups(part: dict[str, Any]) -> None:
    """Add the parameter groups, each of which may override any hyperparameter."""
    own = copy.deepcopy(part["properties"])
    own["name"] = {"type": ["string", "number"], "description": "what pictures and tables call the group"}
    part["properties"]["groups"] = {
        "type": "array",
        "minItems": 1,
        "description": "parameter groups, each with the hyperparameters it overrides",
        "items": {"type": "object", "additionalProperties": False, "properties": own},
    }
