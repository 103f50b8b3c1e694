"""Edits of a document's text: what they name changes, and nothing else does, to the byte."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lrviz.foundation.errors import Path
from lrviz.language.marked_yaml import read
from lrviz.linting.rewriting import rewritten
from lrviz.linting.rule import DROP, Edit
from tests.examples import examples

# Random documents ----------------------------------------------------------------------------------------


@dataclass
class Text:
    """A document that grows line by line, with the lines of each part, and its comments, which are all different."""

    draw: st.DrawFn
    lines: list[str] = field(default_factory=list)
    spans: dict[Path, tuple[int, int]] = field(default_factory=dict)
    blocks: set[Path] = field(default_factory=set)
    behind_dash: set[Path] = field(default_factory=set)
    comments: list[tuple[int, str]] = field(default_factory=list)
    anchors: list[str] = field(default_factory=list)
    count: int = 0
    in_text: bool = False

    def comment(self) -> str:
        """Return a comment for the line that comes next."""
        self.count += 1
        words = self.draw(st.sampled_from(["# c{}.", "#c{}.: [x", "# c{}. 'it''s é", '#\tc{}. "']))
        self.comments.append((len(self.lines), words.format(self.count)))
        return self.comments[-1][1]

    def tail(self) -> str:
        """Return text that may follow a value."""
        space = self.draw(st.sampled_from(["", "", "", " ", "\t"]))
        if not self.draw(st.booleans()):
            return space
        return space + self.draw(st.sampled_from([" ", "\t", "   "])) + self.comment()

    def apart(self, indent: int) -> None:
        """Add lines that say nothing."""
        for _ in range(self.draw(st.sampled_from([0, 0, 0, 1, 2]))):
            if self.draw(st.booleans()):
                self.lines.append(self.draw(st.sampled_from(["", " " * indent, "  "])))
                continue
            # Right below a text that is indented it would be a part of that.
            deeper = indent if self.in_text else indent + 3
            self.lines.append(" " * self.draw(st.sampled_from([0, indent, deeper])) + self.comment())

    def key(self) -> str:
        self.count += 1
        return f"{self.draw(st.sampled_from(['k', 'T_', 'é']))}{self.count}"

    def mapping(self, indent: int, path: Path, depth: int, head: str = "") -> None:
        """Add a mapping in lines; head: the text before its first key."""
        self.blocks.add(path)
        for index in range(self.draw(st.integers(1, 4))):
            key = self.key()
            if index or not head:
                self.apart(indent)
            begun = len(self.lines)
            lead = head if head and not index else " " * indent
            if lead.strip():
                self.behind_dash.add((*path, key))
            shown = self.draw(st.sampled_from([key, key, f'"{key}"', f"'{key}'"]))
            self.value(f"{lead}{shown}:", indent, (*path, key), depth)
            self.spans[(*path, key)] = (begun, len(self.lines))

    def value(self, head: str, indent: int, path: Path, depth: int) -> None:
        kinds: list[str] = ["scalar"] * 4 + ["null", "text", "flow", "flow", "broken"]
        if depth:
            kinds += ["mapping", "mapping", "list", "list", "items"]
        kind = self.draw(st.sampled_from(kinds))
        self.in_text = kind == "text"
        anchor = ""
        if self.draw(st.integers(0, 7)) == 0:
            if bool(self.anchors) and self.draw(st.booleans()):
                self.lines.append(f"{head} *{self.draw(st.sampled_from(self.anchors))}{self.tail()}")
                return
            self.count += 1
            anchor = f" &a{self.count}"
        match kind:
            case "scalar":
                self.lines.append(f"{head}{anchor} {self.draw(scalars)}{self.tail()}")
            case "null":
                self.lines.append(f"{head}{anchor}{self.tail()}")
            case "text":
                self.lines.append(
                    f"{head}{anchor} {self.draw(st.sampled_from(['|', '>', '|+', '|-', '>-']))}{self.tail()}"
                )
                self.lines += [f"{' ' * (indent + 2)}a # b"] * self.draw(st.integers(1, 2))
            case "flow":
                self.lines.append(f"{head}{anchor} {self.draw(flows)}{self.tail()}")
            case "broken":
                self.broken(f"{head}{anchor}", indent, path)
            case "mapping":
                self.lines.append(f"{head}{anchor}{self.tail()}")
                self.mapping(indent + self.draw(st.sampled_from([1, 2, 4])), path, depth - 1)
            case "list" | "items":
                self.lines.append(f"{head}{anchor}{self.tail()}")
                self.listed(indent + self.draw(st.sampled_from([0, 2])) if head.strip() else indent, path, depth, kind)
        if anchor:
            self.anchors.append(anchor[2:])

    def broken(self, head: str, indent: int, path: Path) -> None:
        """Add a mapping in brackets on several lines."""
        inside = " " * (indent + 2)
        self.lines.append(f"{head} {{{self.tail()}")
        number = self.draw(st.integers(1, 3))
        for index in range(number):
            key = self.key()
            comma = "," if index < number - 1 or self.draw(st.booleans()) else ""
            self.spans[(*path, key)] = (len(self.lines), len(self.lines) + 1)
            self.lines.append(f"{inside}{key}: {self.draw(scalars | flows)}{comma}{self.tail()}")
        self.lines.append(f"{inside}}}{self.tail()}")

    def listed(self, indent: int, path: Path, depth: int, kind: str) -> None:
        for index in range(self.draw(st.integers(1, 3))):
            self.apart(indent)
            begun = len(self.lines)
            if kind == "items":
                self.mapping(indent + 2, (*path, index), depth - 1, head=f"{' ' * indent}- ")
            else:
                self.lines.append(f"{' ' * indent}- {self.draw(scalars | flows)}{self.tail()}")
            self.spans[(*path, index)] = (begun, len(self.lines))


scalars = st.sampled_from(
    [
        "1",
        "0.1",
        "1e-4",
        "-3",
        "true",
        "null",
        "word",
        "two words",
        "1.5ep",
        '"q # q"',
        "'it''s'",
        '"\\u00e9\\n"',
        "a#b",
        "x:y",
    ]
)
flows = st.sampled_from(
    [
        "[1, 2]",
        "[]",
        "{}",
        "{a: 1, b: [2, 3], c: x}",
        "{a: 1}",
        "{ a : 1 , b : 2 , }",
        "[{a: 1}, {a: 2, b: 3}]",
        '{"a": 1,b: 2}',
    ]
)
values = st.sampled_from(
    [2, 7.5, 1e-5, True, None, "cos", "max(0, 1 - t / 20)", "it's # no: comment", "yes", "1e3", "", [1, 2], [], {},
     {"name": "LinearLR", "total_iters": 5},
     {"name": "B", "milestones": [3], "schedulers": [{"name": "A", "x": 1e-4}, {"name": "B", "s": [{"n": 1}]}]},
     [{"name": "A"}, {"name": "B", "lr": 0.1}]]
)  # fmt: skip


@dataclass
class Case:
    """A text, edits of it, and the lines that none of them names."""

    text: str
    edits: tuple[Edit, ...]
    untouched: list[str]
    comments: list[str]
    aliases: bool


def paths(data: Any, path: Path = ()) -> list[Path]:
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [path, *(found for key, value in inner for found in paths(value, (*path, key)))]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    grown = Text(draw)
    grown.mapping(0, (), 3)
    grown.apart(0)
    newline = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    text = newline.join(grown.lines) + draw(st.sampled_from([newline, ""]))
    data = read(text, "").data
    edits: list[Edit] = []
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(paths(data)))
        if isinstance(part_at(data, path), dict) and draw(st.booleans()):
            edit = Edit((*path, "added"), draw(values))
        elif path:
            drops = isinstance(path[-1], str) and draw(st.booleans())
            edit = Edit(path, DROP if drops else draw(values))
        else:
            continue
        length = len(edit.path)
        if not any(one.path[:length] == edit.path[: len(one.path)] for one in edits):
            edits.append(edit)
    touched: set[int] = set()
    dropped: set[int] = set()
    for edit in edits:
        if edit.path[-1] == "added" and edit.path[:-1] in grown.blocks:
            continue
        own = next((path for n in range(len(edit.path), 0, -1) if (path := edit.path[:n]) in grown.spans), None)
        own_lines = set(range(*grown.spans[own])) if own else set()
        touched |= own_lines
        if edit.value is DROP and edit.path in grown.behind_dash:
            touched.add(max(own_lines) + 1)  # the next key takes its place behind the dash
        dropped |= own_lines if edit.value is DROP and own == edit.path else set()
    lines = text.splitlines(keepends=True)
    return Case(
        text,
        tuple(edits),
        [line for index, line in enumerate(lines) if index not in touched],
        [comment for index, comment in grown.comments if index not in dropped],
        bool(grown.anchors),
    )


def part_at(data: Any, path: Path) -> Any:
    for key in path:
        data = data[key]
    return data


def with_edits(data: Any, edits: tuple[Edit, ...]) -> Any:
    data = copy.deepcopy(data)
    for edit in edits:
        part = part_at(data, edit.path[:-1])
        if edit.value is DROP:
            del part[edit.path[-1]]
        else:
            part[edit.path[-1]] = edit.value
    return data


@examples(500)
@given(cases())
def test_only_what_an_edit_names_changes(case: Case) -> None:
    new = rewritten(case.text, case.edits)
    if new is None:
        # What stands behind an alias has no place of its own.
        assert case.aliases
        return
    assert repr(read(new, "").data) == repr(with_edits(read(case.text, "").data, case.edits))
    for comment in case.comments:
        assert new.count(comment) >= 1, comment
    rest = iter(new.splitlines(keepends=True))
    for line in case.untouched:
        # Only the last line may get the line end that it never had.
        assert any(line in (each, each.rstrip("\r\n")) for each in rest), line
