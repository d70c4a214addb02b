"""YAML of plain values with the line of each: no aliases, no tags, no field twice, text as allowed.

Importing this module is cheap: PyYAML and Pydantic are imported when a file is read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from edgeq.errors import EdgeqError, shown

if TYPE_CHECKING:
    import yaml
    from pydantic import TypeAdapter

LARGEST_FILE = 65_536
PLAIN_TEXT = r"[^\x00-\x1f\x7f\"\\`$<>{}]{1,200}"
"""Text that means nothing to a compiler, a shell or a template."""

_PLAIN_TAGS = {"str", "int", "float", "bool", "null", "seq", "map"}
Place: TypeAlias = tuple[str | int, ...]
"""Keys and positions that lead to a value."""
PatternOf: TypeAlias = Callable[[Place], str | None]
"""Place -> the pattern that text there matches whole; None where it may be any."""
Made = TypeVar("Made")


@dataclass(frozen=True)
class PlainFile:
    """A file that was read. data: dicts, lists and plain values. lines: of every place.

    title, remedy: how errors call the file, and what they advise.
    """

    data: dict[str, Any]
    lines: Mapping[Place, int]
    title: str
    remedy: str

    def error(self, place: Place, why: str) -> EdgeqError:
        """An error at a place, or at the nearest place around it that is in the file."""
        while place not in self.lines:
            place = place[:-1]
        return EdgeqError(f"{self.title}:{self.lines[place]}", why, self.remedy)


def read_plain(path: Path, title: str, remedy: str, pattern_of: PatternOf) -> PlainFile:
    """A file whose root is a mapping. Raises EdgeqError with `title:line` for anything else."""
    import yaml

    reader = _Reader(title, remedy, pattern_of)
    if path.stat().st_size > LARGEST_FILE:
        raise reader.error(
            1, f"the file has {path.stat().st_size} bytes, the limit is {LARGEST_FILE}"
        )
    try:
        fast = "CSafeLoader" if yaml.__with_libyaml__ else "SafeLoader"
        loader = vars(yaml)[fast](path.read_text(encoding="utf-8"))
        root = loader.get_single_node()
        if not isinstance(root, yaml.MappingNode):
            raise reader.error(1, "it is no mapping of fields")
        lines = {where: node.start_mark.line + 1 for where, node in reader.walk(root, (), set())}
        return PlainFile(loader.construct_document(root), lines, title, remedy)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise reader.error(line, f"not YAML: {error.problem}") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise reader.error(1, f"not YAML: {error}") from None


@dataclass(frozen=True)
class _Reader:
    title: str
    remedy: str
    pattern_of: PatternOf

    def error(self, line: int, why: str) -> EdgeqError:
        return EdgeqError(f"{self.title}:{line}", why, self.remedy)

    def walk(
        self, node: yaml.Node, place: Place, seen: set[int]
    ) -> Iterator[tuple[Place, yaml.Node]]:
        """Every node with its place; refuses aliases, which can grow a file without bound."""
        import yaml

        line = node.start_mark.line + 1
        if id(node) in seen:
            raise self.error(line, "aliases (*) are not allowed")
        seen.add(id(node))
        if node.tag.removeprefix("tag:yaml.org,2002:") not in _PLAIN_TAGS:
            why = f"{_key(place)} is neither text, a number, true, false nor null"
            raise self.error(line, why)
        yield place, node
        if isinstance(node, yaml.ScalarNode):
            self._check_text(line, place, node)
        elif isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                yield from self.walk(item, (*place, index), seen)
        else:
            yield from self._walk_mapping(node, place, seen)

    def _walk_mapping(
        self, node: yaml.Node, place: Place, seen: set[int]
    ) -> Iterator[tuple[Place, yaml.Node]]:
        keys = [str(key.value) for key, _ in node.value]
        for (key_node, value), key in zip(node.value, keys, strict=True):
            if keys.count(key) > 1:
                raise self.error(key_node.start_mark.line + 1, f"field {key!r} is given twice")
            yield from self.walk(value, (*place, key), seen)

    def _check_text(self, line: int, place: Place, node: yaml.ScalarNode) -> None:
        pattern = self.pattern_of(place)
        if node.tag != "tag:yaml.org,2002:str" or pattern is None:
            return
        # Values end up in comments of C and on terminals, so nothing in them may end the one or
        # steer the other.
        matched = re.fullmatch(pattern, node.value) and shown(node.value, 200) == node.value
        if not matched or re.search(r"\*/|/\*", node.value):
            why = f"{_key(place)} is {node.value!r}, which has characters that do not belong there"
            raise self.error(line, why)


def _key(place: Place) -> str:
    return next((part for part in reversed(place) if isinstance(part, str)), "the file")


def validated(file: PlainFile, data: object, kind: type[Made]) -> Made:
    """Data of a file as a dataclass, by its types alone. Raises EdgeqError at the place of the
    first value that is missing, unknown or of another type.
    """
    from pydantic import ValidationError

    try:
        # JSON is the form in which strict validation still takes lists for tuples and mappings for
        # dataclasses.
        return _adapter(kind).validate_json(json.dumps(data), strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        place = tuple(first["loc"])
        raise file.error(place, f"{'.'.join(map(str, place))}: {first['msg']}") from None


_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {}
"""Made once for each type: making one takes longer than checking a file."""


def _adapter(kind: type[Made]) -> TypeAdapter[Made]:
    from pydantic import TypeAdapter

    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]
