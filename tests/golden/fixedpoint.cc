// Writes fixedpoint.json: what gemmlowp answers, the library that TFLite's reference kernels and TFLM call.
//
//   gemmlowp="$(python -c 'import tensorflow as tf; print(tf.sysconfig.get_include())')/external/gemmlowp"
//   g++ -O1 -fwrapv -I "$gemmlowp" tests/golden/fixedpoint.cc -o /tmp/fixedpoint
//   /tmp/fixedpoint > tests/golden/fixedpoint.json
#include <cstdint>
#include <cstdio>
#include <functional>
#include <vector>

#include "fixedpoint/fixedpoint.h"

using gemmlowp::FixedPoint;
using gemmlowp::RoundingDivideByPOT;
using gemmlowp::SaturatingRoundingDoublingHighMul;
using Row = std::vector<int64_t>;
using Rows = std::vector<Row>;

// The powers of two of `bits` bits, of both signs, and their neighbours; `step` thins them out.
static std::vector<int64_t> corners(int bits, int step) {
  std::vector<int64_t> values = {0};
  for (int i = 0; i < bits; i += step) {
    for (int64_t near = -2; near <= 2; ++near) {
      for (int64_t sign = -1; sign <= 1; sign += 2) {
        const int64_t v = sign * (int64_t{1} << i) + near;
        if (v >= -(int64_t{1} << (bits - 1)) && v < int64_t{1} << (bits - 1)) values.push_back(v);
      }
    }
  }
  values.push_back(-(int64_t{1} << (bits - 1)));
  values.push_back((int64_t{1} << (bits - 1)) - 1);
  return values;
}

static void write(const char* name, const Rows& rows, bool last = false) {
  std::printf("  \"%s\": [", name);
  for (size_t i = 0; i < rows.size(); ++i) {
    std::printf(i % 8 ? ", [" : i ? ",\n    [" : "\n    [");
    for (size_t k = 0; k < rows[i].size(); ++k) std::printf(k ? ",%lld" : "%lld", (long long)rows[i][k]);
    std::printf("]");
  }
  std::printf(last ? "]\n" : "],\n");
}

static Rows unary(std::function<int64_t(int32_t)> f, int64_t low, int64_t high) {
  Rows rows;
  for (int64_t a : corners(32, 2)) {
    if (a >= low && a <= high) rows.push_back({a, f(static_cast<int32_t>(a))});
  }
  for (int64_t a = low; a <= high; a += (high - low) / 29 + 1) rows.push_back({a, f(static_cast<int32_t>(a))});
  return rows;
}

template <int Bits>
static FixedPoint<int32_t, Bits> raw(int32_t a) {
  return FixedPoint<int32_t, Bits>::FromRaw(a);
}

int main() {
  const int64_t min = INT32_MIN, max = INT32_MAX;
  Rows products, halves, quotients, multiples;
  for (int64_t a : corners(32, 6)) {
    for (int64_t b : {min, -max, int64_t{-3}, int64_t{-1}, int64_t{1} << 30, (int64_t{1} << 30) + 1, max}) {
      products.push_back({a, b, SaturatingRoundingDoublingHighMul(static_cast<int32_t>(a), static_cast<int32_t>(b))});
    }
  }
  for (int64_t a : corners(16, 4)) {
    for (int64_t b : {-32768, -32767, -1, 1 << 14, 32767}) {
      halves.push_back({a, b, SaturatingRoundingDoublingHighMul(static_cast<int16_t>(a), static_cast<int16_t>(b))});
    }
  }
  for (int64_t exponent = 0; exponent <= 31; ++exponent) {
    const int64_t half = exponent ? int64_t{1} << (exponent - 1) : 0;
    for (int64_t a : {half, -half, half - 1, 1 - half, 3 * half, -3 * half, min, max}) {
      if (a < min || a > max) continue;
      quotients.push_back({a, exponent, RoundingDivideByPOT(static_cast<int32_t>(a), static_cast<int>(exponent))});
    }
  }
  for (int64_t shift = -31; shift <= 30; ++shift) {
    const int left = shift > 0 ? static_cast<int>(shift) : 0, right = shift > 0 ? 0 : static_cast<int>(-shift);
    for (int64_t a : {int64_t{1}, int64_t{-3}, int64_t{255}, int64_t{-65025}, min, max}) {
      for (int64_t m : {int64_t{1} << 30, int64_t{1518500250}}) {
        const int32_t shifted = static_cast<int32_t>(static_cast<uint32_t>(a) << left);
        const int32_t high = SaturatingRoundingDoublingHighMul(shifted, static_cast<int32_t>(m));
        multiples.push_back({a, m, shift, RoundingDivideByPOT(high, right)});
      }
    }
  }
  std::printf("{\n  \"made by\": \"tests/golden/fixedpoint.cc with gemmlowp of TensorFlow 2.19.1, GCC %s\",\n", __VERSION__);
  write("saturating_rounding_doubling_high_mul", products);
  write("saturating_rounding_doubling_high_mul_16", halves);
  write("rounding_divide_by_pot", quotients);
  write("multiply_by_quantized_multiplier", multiples);
  write("exp_on_negative_values_q0", unary([](int32_t a) { return exp_on_negative_values(raw<0>(a)).raw(); }, min, 0));
  write("exp_on_negative_values_q4", unary([](int32_t a) { return exp_on_negative_values(raw<4>(a)).raw(); }, min, 0));
  write("exp_on_negative_values_q5", unary([](int32_t a) { return exp_on_negative_values(raw<5>(a)).raw(); }, min, 0));
  write("tanh_q4", unary([](int32_t a) { return gemmlowp::tanh(raw<4>(a)).raw(); }, -max, max));
  write("logistic_q4", unary([](int32_t a) { return gemmlowp::logistic(raw<4>(a)).raw(); }, -max, max));
  write("one_minus_x_over_one_plus_x",
        unary([](int32_t a) { return one_minus_x_over_one_plus_x_for_x_in_0_1(raw<0>(a)).raw(); }, 0, max));
  write("one_over_one_plus_x", unary([](int32_t a) { return one_over_one_plus_x_for_x_in_0_1(raw<0>(a)).raw(); }, 0, max),
        true);
  std::printf("}\n");
}
