"""JSON of files that may be hostile: how deeply it is nested is bounded by itself.

Python's parser recurses once for each level and relies on the recursion limit, which libraries
raise: a process that imported onnx2tf has none and would overflow its stack.
"""

from __future__ import annotations

import json
import re
from typing import Any

DEEPEST = 256  # levels of lists and objects
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[^][{}"]+', re.DOTALL)  # all but brackets
_STEPS = {"[": 1, "{": 1, "]": -1, "}": -1}


def parse_json(content: str | bytes) -> Any:
    """The value of a JSON text, in UTF-8 where it is bytes.

    Raises ValueError for what is no JSON, or is nested beyond `DEEPEST` levels.

    >>> parse_json('{"a": ["[[", 1]}')
    {'a': ['[[', 1]}
    """
    text = content.decode() if isinstance(content, bytes) else content
    depth = 0
    for bracket in _TOKEN.sub("", text):
        depth += _STEPS[bracket]
        if depth > DEEPEST:
            raise ValueError(f"it is nested more than {DEEPEST} levels deep")
    return json.loads(text)
