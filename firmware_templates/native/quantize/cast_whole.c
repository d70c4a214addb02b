#include "common/float32.h"

/* Rendered for
 *   NAME          Y         LOWEST     HIGHEST
 *   cast_f32_s8   int8_t    INT8_MIN   INT8_MAX
 *   cast_f32_u8   uint8_t   0          UINT8_MAX
 *   cast_f32_s16  int16_t   INT16_MIN  INT16_MAX
 *   cast_f32_s32  int32_t   INT32_MIN  INT32_MAX
 *   cast_f32_u32  uint32_t  0          UINT32_MAX
 *   cast_f32_s64  int64_t   INT64_MIN  INT64_MAX
 */
typedef int8_t Y;
#define LOWEST INT8_MIN
#define HIGHEST INT8_MAX

typedef struct {
  int32_t elements;
} edgeq_NAME_params;

/* CAST of float32 to integers: fractions are cut off.
 * x: [elements], any value; NaN gives HIGHEST
 * y: [elements], LOWEST to HIGHEST; of 8 bits it may start with x or below, else it shares no byte
 *    with x
 */
EDGEQ_KERNEL void edgeq_NAME(const EDGEQ_FLASH edgeq_NAME_params *p, const float *x, Y *y) {
  for (int32_t i = 0; i < p->elements; ++i) {
    const float v = x[i];
    y[i] = v < (float)HIGHEST ? v > (float)LOWEST ? (Y)v : LOWEST : HIGHEST;
  }
}
