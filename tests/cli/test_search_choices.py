"""What `edgeq tune` may choose from, as the command line states it."""

import pytest

from edgeq.cli.search_choices import choices
from edgeq.errors import EdgeqError


def test_options_become_fields_with_their_values() -> None:
    stated = choices(["int8", "mixed"], [2, 4], ["calibrator=mse,kl"])
    assert stated["scheme"] == ("int8", "mixed")
    assert stated["codebook_bits"] == (2, 4)
    assert stated["calibrator"] == ("mse", "kl")


def test_without_bits_every_width_may_be_chosen() -> None:
    assert "codebook_bits" not in choices(["int8"], [], [])


def test_a_field_that_two_options_state_is_refused() -> None:
    with pytest.raises(EdgeqError, match="--only scheme — another option states it too"):
        choices(["int8"], [], ["scheme=int16"])
