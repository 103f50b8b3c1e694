"""Logs of the long document, written in no time: a CSV, and an event file of TensorBoard."""

from __future__ import annotations

from pathlib import Path

import lrviz
from tests.logs import event_file


def synthesize(folder: Path, updates: int) -> list[Path]:
    """Write what each kind of log says of a document of so many updates; return the files.

    The CSV has a value an update, the event file, whose checksums are made bit by bit, one every ten.
    """
    document = Path(__file__).resolve().parents[2] / "configs" / "gpt-1m-steps.yaml"
    lr = lrviz.simulate(document, engine="reference").curves.lr[:updates, 0].tolist()
    csv, events = folder / "log.csv", folder / "events.out.tfevents.1"
    rows = (f"{step},{value!r}\n" for step, value in enumerate(lr))
    csv.write_text("step,lr\n" + "".join(rows), encoding="utf-8")
    event_file(events, {"lr": list(enumerate(lr))[::10]})
    return [csv, events]
