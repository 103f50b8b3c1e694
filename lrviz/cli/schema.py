"""`lrviz schema`: the JSON Schema of a document."""

from __future__ import annotations

from typing import Annotated, Literal

import typer


def schema(
    document: Annotated[
        Literal["schedule", "race", "sweep"], typer.Argument(metavar="KIND", help="schedule, race or sweep.")
    ] = "schedule",
) -> None:
    """Print the JSON Schema of documents, of schedules, races or sweeps, for editors that complete keys.

    In VS Code with the YAML extension:
    [bold]lrviz schema > lrviz.schema.json[/bold], then begin a document with
    [bold]# yaml-language-server: $schema=lrviz.schema.json[/bold]
    """
    import json

    from lrviz.cli.console import write_stdout
    from lrviz.documents.schema import document_schema, race_schema, sweep_schema

    schemas = {"schedule": document_schema, "race": race_schema, "sweep": sweep_schema}
    described = schemas[document]()
    write_stdout(json.dumps(described, indent=2, ensure_ascii=False) + "\n")
