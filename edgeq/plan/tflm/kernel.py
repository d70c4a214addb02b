"""How the allocations of one TFLM kernel are told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from edgeq.plan.tflm.node import Node

Sizes: TypeAlias = Callable[[Node, str], tuple[int, ...]]


def nothing(node: Node, simd: str) -> tuple[int, ...]:
    return ()


@dataclass(frozen=True)
class Refusal:
    """Why a kernel cannot run a node, and what to do."""

    why: str
    remedy: str


def _accepts(node: Node) -> None:
    return None


@dataclass(frozen=True)
class Kernel:
    """Allocations of one kernel, in bytes.

    options, alignment: the operator's builtin data, made while the file is parsed.
    state, init: what Init makes: a struct, and more.
    temporaries: the tensors that Prepare looks at (`i0`: input 0, `o0`: output 0; `i*`: all inputs;
    `@int8`: only where input 0 is int8), once for each look; or a function that names them.
    persistent, scratch: what Prepare asks for.
    refuses: why it cannot run such a node, None if it can.
    """

    options: int = 0
    alignment: int = 4
    state: int = 0
    temporaries: str | Callable[[Node], str] = "i0 o0"
    persistent: Sizes = nothing
    scratch: Sizes = nothing
    refuses: Callable[[Node], Refusal | None] = _accepts
    init: Sizes = nothing
