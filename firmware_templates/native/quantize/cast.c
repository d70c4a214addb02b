#include <stdbool.h>

#include "common/edgeq_native.h"

/* Rendered for
 *   NAME           X         Y        OF
 *   cast_s8_s16    int8_t    int16_t  (int16_t)
 *   cast_s8_s32    int8_t    int32_t  (int32_t)
 *   cast_s8_s64    int8_t    int64_t  (int64_t)
 *   cast_u8_s16    uint8_t   int16_t  (int16_t)
 *   cast_u8_s32    uint8_t   int32_t  (int32_t)
 *   cast_u8_s64    uint8_t   int64_t  (int64_t)
 *   cast_s16_s8    int16_t   int8_t   (int8_t)
 *   cast_s16_s32   int16_t   int32_t  (int32_t)
 *   cast_s16_s64   int16_t   int64_t  (int64_t)
 *   cast_s32_s8    int32_t   int8_t   (int8_t)
 *   cast_s32_s16   int32_t   int16_t  (int16_t)
 *   cast_s32_s64   int32_t   int64_t  (int64_t)
 *   cast_u32_s64   uint32_t  int64_t  (int64_t)
 *   cast_s64_s8    int64_t   int8_t   (int8_t)
 *   cast_s64_s16   int64_t   int16_t  (int16_t)
 *   cast_s64_s32   int64_t   int32_t  (int32_t)
 *   cast_s8_f32    int8_t    float    (float)
 *   cast_u8_f32    uint8_t   float    (float)
 *   cast_s16_f32   int16_t   float    (float)
 *   cast_s32_f32   int32_t   float    (float)
 *   cast_u32_f32   uint32_t  float    (float)
 *   cast_s64_f32   int64_t   float    (float)
 *   cast_s8_bool   int8_t    bool     0 !=
 *   cast_u8_bool   uint8_t   bool     0 !=
 *   cast_s16_bool  int16_t   bool     0 !=
 *   cast_s32_bool  int32_t   bool     0 !=
 *   cast_s64_bool  int64_t   bool     0 !=
 *   cast_f32_bool  float     bool     0 !=
 */
typedef int8_t X;
typedef int16_t Y;
#define OF (int16_t)

typedef struct {
  int32_t elements;
} edgeq_NAME_params;

/* CAST of bool as the byte 0 or 1, of integers, which wrap around in narrower types, and to
 * float32, rounded to nearest.
 * x: [elements], any value
 * y: [elements], of any type of as many bits as Y; where one has 8 bits it may overlap x as far as
 *    each element is read before its bytes are written, else it shares no byte with x
 */
EDGEQ_KERNEL void edgeq_NAME(const EDGEQ_FLASH edgeq_NAME_params *p, const void *x, void *y) {
  const X *const from = x;
  Y *const to = y;
  for (int32_t i = 0; i < p->elements; ++i) {
    to[i] = OF from[i];
  }
}
