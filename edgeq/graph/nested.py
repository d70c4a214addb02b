"""A model as plain data: variables as tensors, and subgraphs that operators call as regions of theirs."""

from __future__ import annotations

from edgeq.graph.check import check_model
from edgeq.graph.model import Model
from edgeq.graph.region_variables import with_region_variables
from edgeq.graph.regions import with_regions
from edgeq.graph.restarts import with_restarts
from edgeq.graph.variables import with_variables


def nested(model: Model) -> Model:
    """The model with variables as tensors and called subgraphs as regions; with handles as the file
    has them where regions use variables in other ways than to read and assign them, or where
    initial values are not known.

    model: as a file has it, or one that is nested, of which more initial values are known.
    """
    restarted = with_restarts(model)
    plain = with_variables(restarted)
    if plain != model:
        check_model(plain)
    inner = with_regions(plain)
    on_values = with_region_variables(inner)
    return with_regions(restarted) if on_values is None else on_values
