"""README and docs show what the program really prints, and name commands that run."""

from __future__ import annotations

import io
import json
import re
import shlex
import shutil
import sys
from pathlib import Path

import pytest

from lrviz.gallery.manifest import Manifest
from lrviz.gallery.similarity import looks_like
from tests import docs, shown
from tests.cli import Ended
from tests.versions import only_modelled

pytestmark = only_modelled

RECORDS = Manifest.read(shown.ROOT / "gallery").pictures
TEXTS = {page: docs.written_by_hand(page.read_text(encoding="utf-8")) for page in shown.PAGES}
BLOCKS = {command: block for text in TEXTS.values() for command, block in shown.blocks(text).items()}
EXAMPLES = sorted(
    {line for text in TEXTS.values() for line in re.findall(r"^lrviz (?:race|schedule) .*", text, re.MULTILINE)}
)


def settled(text: str) -> str:
    """Return a text without the differences that rounding decides: another processor has others."""
    return re.sub(r"(difference|at most) [0-9.e+-]+", r"\1 …", " ".join(text.split()))


def test_the_readme_is_short_and_shows_what_comes_out() -> None:
    text = TEXTS[shown.README]
    assert len(text.splitlines()) < 250
    assert len(shown.blocks(text)) >= 4
    assert len(EXAMPLES) >= 12
    assert all((shown.ROOT / path).is_file() for path in shown.pictures())
    assert [path.rpartition(".")[2] for path in shown.pictures()].count("gif") == 1


@pytest.mark.parametrize("command", [one for one in BLOCKS if not one.startswith("lrviz record ")])
@pytest.mark.slow
def test_every_shown_output_is_what_the_command_prints(command: str) -> None:
    assert settled(shown.block(command)) == settled(BLOCKS[command]), "run `make docs`"


@pytest.mark.parametrize("name", docs.GENERATED)
@pytest.mark.slow
def test_every_generated_page_is_what_the_code_says(name: str) -> None:
    page = (shown.ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    assert settled(docs.generated(name, page)) == settled(page), "run `make docs`"


def test_every_page_of_docs_is_in_the_site() -> None:
    catalogue = (shown.ROOT / "gallery" / "catalogue.yaml").read_text(encoding="utf-8")
    named = re.findall(r"\b(?:docs/)?[\w-]+\.md\b", catalogue.partition("\nsections:")[0])
    assert sorted(named) == sorted(page.relative_to(shown.ROOT).as_posix() for page in (*shown.PAGES, *OTHERS))


OTHERS = (shown.ROOT / "CONTRIBUTING.md", shown.ROOT / "ARCHITECTURE.md")


@pytest.mark.parametrize("page", [*shown.PAGES, *OTHERS], ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page: Path) -> None:
    """Where code is hosted the pages link to more than the site has; test_documentation.py follows the site's links."""
    text = re.sub(r"```.*?```|`[^`]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = [one.partition("#")[0] for one in re.findall(r"\]\(([^)\s]+)\)", text)]
    local = [one for one in links if one and not one.startswith("https://")]
    assert [one for one in local if not (page.parent / one).exists()] == []


@pytest.mark.parametrize("page", [*shown.PAGES, *OTHERS], ids=lambda page: page.name)
def test_one_word_for_each_thing(page: Path) -> None:
    """docs/glossary.md decides; code and addresses have the words of their library."""
    text = docs.written_by_hand(page.read_text(encoding="utf-8"))
    told = re.sub(r"<!--.*?-->|```.*?```|`[^`]*`|https://\S+", "", text, flags=re.DOTALL)
    assert re.findall(r"(?i)\b(?:warmup|hyper-parameters?|data-?sets?|learning rate schedulers?)\b", told) == []


@pytest.mark.parametrize("line", EXAMPLES)
@pytest.mark.slow
def test_every_example_runs_and_none_diverges(line: str, ended: Ended, tmp_path: Path) -> None:
    """Commands that are shown without their output run, too, from the project's folder."""
    for name in ("configs", "docs"):
        (tmp_path / name).symlink_to(shown.ROOT / name)
    _, *arguments = shlex.split(line, comments=True)
    code, _, err = ended(*arguments, "--json", "data.json")
    # What is said of a schedule that is shown because it is wrong is a warning.
    assert code == 0
    assert all(one.startswith("warning: ") for one in err.splitlines())
    data = json.loads((tmp_path / "data.json").read_text(encoding="utf-8"))
    if arguments[0] == "race":
        several = len(data["entries"]) > 1
        lost = [one["label"] for one in data["entries"] if one["diverged"] or (several and one["rank"] is None)]
        assert lost == []
        for one in data["entries"]:
            if one["average"] is not None:
                assert one["average"]["final_loss"] < one["final_loss"]


@pytest.mark.process
def test_the_script_that_begins_the_readme_is_recorded_as_it_says(ended: Ended, tmp_path: Path) -> None:
    """The one command of the page that trains: its words, its picture, and the recording that docs go on with."""
    for path in shown.EXAMPLES.iterdir():
        shutil.copy(path, tmp_path)
    (tmp_path / "record.lrrec").unlink()
    code, _, err = ended("record", "--", sys.executable, "train.py")
    (block,) = (block for command, block in BLOCKS.items() if command == "lrviz record -- python train.py")
    assert code == 0
    assert settled(err) in settled(block)
    picture = shown.ROOT / "docs" / "pictures" / "stepped-twice.png"
    with picture.open("rb") as stands, (tmp_path / "record.png").open("rb") as drawn:
        assert looks_like(stands, drawn)
    code, _, _ = ended("diff", "record.lrrec", shown.EXAMPLES / "record.lrrec", "--no-plot")
    assert code == 0


def test_the_pictures_are_those_of_the_gallery_or_of_that_script() -> None:
    files = {f"gallery/{name}" for record in RECORDS.values() for name in record.files}
    assert set(shown.pictures()) - files == {"docs/pictures/stepped-twice.png"}


@pytest.mark.parametrize("picture", [path for path in shown.pictures() if path.startswith("gallery/pictures/")])
@pytest.mark.slow
def test_the_picture_is_what_its_command_draws(picture: str, tmp_path: Path) -> None:
    drawn = tmp_path / "drawn.png"
    _, *arguments = RECORDS[Path(picture).stem].command
    film = arguments.index("--animate") if "--animate" in arguments else len(arguments)
    shown.output(arguments[:film], "--out", str(drawn))
    with (shown.ROOT / picture).open("rb") as stands:
        assert looks_like(stands, io.BytesIO(drawn.read_bytes()))
