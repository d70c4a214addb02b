"""All rounding rules of the integer arithmetic.

Multiplication and shifts (`multiply`, `multiply16`) round; other functions are built from them, or
round real numbers (`quantize`).
"""

from edgeq.fixedpoint.division import (
    inverse_sqrt,
    inverse_sqrts,
    leading_zeros,
    one_minus_x_over_one_plus_x,
    one_over_one_plus_x,
    reciprocal,
)
from edgeq.fixedpoint.exponential import (
    exp_on_last_quarter,
    exp_on_negative_values,
    input_radius,
    logistic,
    tanh,
)
from edgeq.fixedpoint.logarithm import log
from edgeq.fixedpoint.multiply import (
    INT32_MAX,
    INT32_MIN,
    LIMITS,
    PROFILE,
    Integers,
    Multiplier,
    multiply_by_quantized_multiplier,
    multiply_wide_by_quantized_multiplier,
    quantize_multiplier,
    round_half_away,
    rounding_divide_by_pot,
    saturate,
    saturating_rounding_doubling_high_mul,
    saturating_shift_left,
    wide_multiplier,
    wrap_int32,
)
from edgeq.fixedpoint.multiply16 import (
    int16_multiplier,
    saturating_doubling_high_mul_16,
    saturating_rounding_doubling_high_mul_16,
)
from edgeq.fixedpoint.quantize import (
    REAL_RANGES,
    activation_range,
    quantize_reals,
    quantize_value,
    round_reals,
)
from edgeq.fixedpoint.square_root import rounded_square_root
from edgeq.fixedpoint.table_log import LOG2_TABLE, scaled_log

__all__ = [
    "INT32_MAX",
    "INT32_MIN",
    "LIMITS",
    "LOG2_TABLE",
    "PROFILE",
    "REAL_RANGES",
    "Integers",
    "Multiplier",
    "activation_range",
    "exp_on_last_quarter",
    "exp_on_negative_values",
    "input_radius",
    "int16_multiplier",
    "inverse_sqrt",
    "inverse_sqrts",
    "leading_zeros",
    "log",
    "logistic",
    "multiply_by_quantized_multiplier",
    "multiply_wide_by_quantized_multiplier",
    "one_minus_x_over_one_plus_x",
    "one_over_one_plus_x",
    "quantize_multiplier",
    "quantize_reals",
    "quantize_value",
    "reciprocal",
    "round_half_away",
    "round_reals",
    "rounded_square_root",
    "rounding_divide_by_pot",
    "saturate",
    "saturating_doubling_high_mul_16",
    "saturating_rounding_doubling_high_mul",
    "saturating_rounding_doubling_high_mul_16",
    "saturating_shift_left",
    "scaled_log",
    "tanh",
    "wide_multiplier",
    "wrap_int32",
]
