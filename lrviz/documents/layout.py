"""Where each part of a YAML text begins and ends, to the character; what a change to the text starts from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from lrviz.foundation.errors import Path

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ANCHOR = re.compile(r"&[^\s,\[\]{}]+[^\S\n]*")
_NOTHING = re.compile(r"(?:\s+|#[^\n]*)*")
_COMMENT = re.compile(r"(?:^|(?<=\s))#[^\r\n]*", re.MULTILINE)


@dataclass(slots=True)
class Node:
    """A value of a document, and its place in the text.

    start, stop: its characters, stop excluded, without its anchor and without the line ends after it;
    flow: it is written with brackets or inside them; style: the quote of a scalar, | or >, else
    nothing; alias: it is `*name`; entries: of a mapping or list, in order.
    """

    kind: type[dict[str, object]] | type[list[object]] | None
    start: int
    stop: int
    flow: bool = False
    style: str = ""
    alias: bool = False
    entries: list[Entry] = field(default_factory=list)

    @property
    def in_brackets(self) -> bool:
        """Whether it is a mapping or list in flow style, which brackets enclose."""
        return self.kind is not None and self.flow


@dataclass(slots=True)
class Entry:
    """A key and its value, or an item of a list, whose key is its position; start: where the key begins."""

    key: str | int
    start: int
    value: Node


def laid_out(text: str) -> Node:
    """Return the root of a document that was read without a fault."""
    events: Iterator[yaml.Event] = iter(yaml.parse(text, Loader=_Loader))
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            break
    return _node(next(events), events, text, inside_flow=False)


def _node(event: yaml.Event, events: Iterator[yaml.Event], text: str, *, inside_flow: bool) -> Node:
    # The reader limits the depth, so that the stack is safe.
    start, stop = _index(event.start_mark), _index(event.end_mark)
    if isinstance(event, yaml.AliasEvent):
        return Node(None, start, stop, inside_flow, alias=True)
    anchor = _ANCHOR.match(text, start, stop) if getattr(event, "anchor", None) else None
    start = anchor.end() if anchor else start
    if isinstance(event, yaml.ScalarEvent):
        style = event.style or ""
        if style and style in "|>":
            # The mark is after the line ends that follow the value.
            stop = start + len(text[start:stop].rstrip())
        return Node(None, start, stop, inside_flow, style)
    assert isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent)
    flow = bool(event.flow_style)
    if anchor and not flow:
        nothing = _NOTHING.match(text, start)
        start = nothing.end() if nothing else start
    node = Node(dict if isinstance(event, yaml.MappingStartEvent) else list, start, stop, flow)
    for inner in events:
        if isinstance(inner, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            # A block has no end of its own: its mark is at the start of the next part.
            node.stop = _index(inner.end_mark) if flow else node.entries[-1].value.stop
            break
        if node.kind is list:
            value = _node(inner, events, text, inside_flow=flow)
            node.entries.append(Entry(len(node.entries), value.start, value))
        else:
            key = getattr(inner, "value", "")
            value = _node(next(events), events, text, inside_flow=flow)
            node.entries.append(Entry(key, _index(inner.start_mark), value))
    if not flow and node.entries:
        node.start = node.entries[0].start if node.kind is dict else node.start
    return node


def _index(mark: Any) -> int:
    return int(mark.index)


def comments(text: str) -> Iterator[re.Match[str]]:
    """Yield the comments of a text; a # inside a scalar does not begin one."""
    if "#" not in text:
        return
    spans = [
        (_index(token.start_mark), _index(token.end_mark), token.style)
        for token in yaml.scan(text, Loader=_Loader)
        if isinstance(token, yaml.ScalarToken)
    ]
    here = found_at = 0
    while (match := _COMMENT.search(text, found_at)) is not None:
        found_at = match.end()
        while here < len(spans) and spans[here][1] <= match.start():
            here += 1
        start, stop, style = spans[here] if here < len(spans) else (len(text), len(text), None)
        # The | or > that begins a block of text may be followed by one.
        begins = style in {"|", ">"} and "\n" not in text[start : match.start()]
        if match.start() < start or begins:
            yield match
        else:
            found_at = stop


def at(root: Node, path: Path) -> Node | None:
    """Return the value at a path, as far as the text itself has one there: an alias has no parts of its own."""
    node = root
    for key in path:
        found = entry(node, key)
        if found is None:
            return None
        node = found.value
    return node


def entry(node: Node, key: str | int) -> Entry | None:
    """Return the entry of a mapping or list with a key, if there is one."""
    if isinstance(key, int):
        return node.entries[key] if node.kind is list and key < len(node.entries) else None
    return next((one for one in node.entries if one.key == key), None)
