"""Cycles of a core: rules of issue as data, and what blocks of instructions cost by them."""

from edgeq.cycles.add_up import FLASH_CAUSES, Spent, TimedBlock, add_up
from edgeq.cycles.core import Core, Cycles, Priced
from edgeq.cycles.cores import CORES

__all__ = ["CORES", "FLASH_CAUSES", "Core", "Cycles", "Priced", "Spent", "TimedBlock", "add_up"]
