"""Cycles of a core: rules of issue as data, and what blocks of instructions cost by them."""

from edgeq.cycles.core import CORES, Core
from edgeq.cycles.instruction import Instruction, decode
from edgeq.cycles.price import (
    FLASH_CAUSES,
    Cycles,
    Priced,
    TimedBlock,
    add_up,
    block_cycles,
    price_block,
)

__all__ = [
    "CORES",
    "FLASH_CAUSES",
    "Core",
    "Cycles",
    "Instruction",
    "Priced",
    "TimedBlock",
    "add_up",
    "block_cycles",
    "decode",
    "price_block",
]
