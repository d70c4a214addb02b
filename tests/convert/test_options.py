"""`ConvertOptions`: a default for everything, one check of all values, the same from keywords, as
one value and from the command line.
"""

from __future__ import annotations

import inspect
import re
from dataclasses import MISSING, asdict, fields, replace
from typing import Any

import pytest
from codegen.small_models import identity
from ops.harness import quantized

import edgeq
from edgeq.cli.conversion import Conversion
from edgeq.convert.convert import _OUTPUTS
from edgeq.convert.make_integers import _QUANTIZERS
from edgeq.convert.named_classes import with_window_written
from edgeq.convert.options import OUTPUTS, QUANTIZERS, ConvertOptions, chosen_options
from edgeq.data import LoadOptions
from edgeq.errors import EdgeqError
from edgeq.graph import read_tflite, write_tflite
from edgeq.mixed.budget import Budget
from edgeq.quantize.options import Options

DEFAULTS = {field.name: field.default for field in fields(ConvertOptions)}

WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "quantizer": ({"quantizer": "magic"}, "quantizer 'magic'"),
    "scheme": ({"scheme": "int2"}, "scheme 'int2'"),
    "outputs": ({"outputs": "sideways"}, "outputs 'sideways'"),
    "metric": ({"metric": "beauty"}, "metric 'beauty'"),
    "text for a number": ({"percentile": "99"}, "percentile='99'"),
    "number for text": ({"scheme": 8}, "scheme=8"),
    "truth for a number": ({"codebook_bits": True}, "codebook_bits=True"),
    "number for truth": ({"equalize": 1}, "equalize=1"),
    "text for many": ({"custom": "module"}, "custom='module'"),
    "negative limit": ({"scheme": "mixed", "max_flash": -1}, "max_flash=-1"),
    "NaN": ({"scheme": "mixed", "max_accuracy_loss": float("nan")}, "max_accuracy_loss=nan"),
    "other reading": ({"reading": {"window": 3}}, "reading={'window': 3}"),
    "a budget for one width": ({"max_flash": 1000}, "a budget"),
    "choices for TensorFlow": (
        {"quantizer": "tensorflow", "rounding": "nearest"},
        "quantizer 'tensorflow'",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_value_is_one_line(name: str) -> None:
    stated, what = WRONG[name]
    with pytest.raises(EdgeqError) as caught:
        ConvertOptions(**stated)
    assert caught.value.what == what
    assert caught.value.why
    assert caught.value.remedy
    assert "\n" not in str(caught.value)


def test_every_field_is_explained() -> None:
    documented = inspect.getdoc(ConvertOptions) or ""
    assert [n for n in DEFAULTS if not re.search(rf"^{n}: ", documented, re.MULTILINE)] == []


def test_the_parts_are_what_the_fields_say() -> None:
    options = ConvertOptions(
        scheme="mixed", rounding="nearest", max_flash=5, max_accuracy_loss=0.25
    )
    assert options.quantization == Options(scheme="mixed", rounding="nearest")
    assert options.budget == Budget(flash=5, accuracy_loss=0.25)
    assert (ConvertOptions().quantization, ConvertOptions().budget) == (Options(), Budget())


def test_keywords_are_fields_and_count_more_than_the_options() -> None:
    options = ConvertOptions(scheme="int4", metric="auc")
    assert chosen_options(options, {"scheme": "int8"}) == replace(options, scheme="int8")
    assert chosen_options(None, {}) == ConvertOptions()
    with pytest.raises(TypeError, match="'schem'; did you mean 'scheme'"):
        edgeq.convert("model.keras", schem="int8")


def test_the_signature_shows_every_field_with_its_default() -> None:
    shown = inspect.signature(edgeq.convert).parameters
    assert {name: shown[name].default for name in DEFAULTS} == DEFAULTS
    assert {shown[name].kind for name in DEFAULTS} == {inspect.Parameter.KEYWORD_ONLY}


def test_the_command_line_has_the_same_names_and_defaults() -> None:
    stated = {f.name: () if f.default is MISSING else f.default for f in fields(Conversion)}
    assert not stated.pop("per_tensor")
    assert stated.pop("runs_on") is None
    only_python = {"correct_bias", "per_channel", "reading"}
    assert stated == {name: value for name, value in DEFAULTS.items() if name not in only_python}
    assert Conversion().options(LoadOptions()) == ConvertOptions(reading=LoadOptions())
    assert not Conversion(per_tensor=True).options(LoadOptions()).per_channel
    assert not Conversion(runs_on="tflm-arduino").options(LoadOptions()).per_channel


def test_every_known_choice_does_something() -> None:
    assert (tuple(_QUANTIZERS), tuple(_OUTPUTS)) == (QUANTIZERS, OUTPUTS)
    assert asdict(ConvertOptions().quantization).keys() <= DEFAULTS.keys()


def test_how_data_was_cut_is_written_into_the_model() -> None:
    content = write_tflite(identity(quantized("x", (1, 12))))
    assert read_tflite(with_window_written(content, LoadOptions(window=4))).window == (4, 4)
    assert read_tflite(with_window_written(content, LoadOptions(window=4, hop=2))).window == (4, 2)
    assert with_window_written(content, LoadOptions()) == content
