"""`lrviz schema`: the JSON Schema of a schedule document."""

from __future__ import annotations


def schema() -> None:
    """Print the JSON Schema of a schedule document, for editors that complete keys.

    In VS Code with the YAML extension:
    [bold]lrviz schema > lrviz.schema.json[/bold], then begin a document with
    [bold]# yaml-language-server: $schema=lrviz.schema.json[/bold]
    """
    import json

    from lrviz.cli.console import write_stdout
    from lrviz.spec.schema import document_schema

    write_stdout(json.dumps(document_schema(), indent=2, ensure_ascii=False) + "\n")
