"""What fuzzers start from: files that edgeq's own writer makes of operators' samples, and small data
files; and their random changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
from differential.seeds import find_seeds
from graph.mutants import every_change, mutant

from edgeq.graph import write_tflite
from fuzzing.data_files import changed_file, data_files

Generator = np.random.Generator


def model_files(count: int | None = None) -> list[bytes]:
    """Small files with all operators, or about `count` of them spread over the operators; each call gives the
    same files.
    """
    models = {id(m): m for models in find_seeds().values() for m in models}.values()
    files = list(dict.fromkeys(write_tflite(model) for model in models))
    return files if count is None else files[:: max(1, len(files) // count)]


def corpus(target: str, folder: Path | None = None) -> list[bytes]:
    """The inputs that a target starts from. folder: of more files, such as found ones, for targets
    that read models.
    """
    if target == "data":
        return data_files()
    more = sorted(folder.rglob("*.tflite")) if folder else []
    return [*model_files(), *(path.read_bytes() for path in more)]


def every_single_change(count: int) -> Iterator[bytes]:
    """The `count` smallest files of each operator, each with every one of its fields changed."""
    smallest = [
        sorted((write_tflite(model) for model in models), key=len)[:count]
        for models in find_seeds().values()
    ]
    for data in dict.fromkeys(data for files in smallest for data in files):
        yield from every_change(data)


CHANGED: Mapping[str, Callable[[bytes, Generator], bytes]] = {
    "read": mutant,
    "plan": mutant,
    "code": mutant,
    "data": lambda content, rng: content[:2] + changed_file(content[2:], rng),
}
"""Target -> a random change of one of its inputs."""
