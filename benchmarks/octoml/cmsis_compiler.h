/* What CMSIS-NN takes from CMSIS-Core, by the compiler's own intrinsics. */
#ifndef EDGEQ_CMSIS_COMPILER_H
#define EDGEQ_CMSIS_COMPILER_H

#include <arm_acle.h>
#include <stdint.h>

#define __STATIC_FORCEINLINE static inline __attribute__((always_inline))
#define __STATIC_INLINE static inline
#define __INLINE inline
#define __ASM __asm
#define __RESTRICT __restrict
#define __WEAK __attribute__((weak))
#define __ALIGNED(bytes) __attribute__((aligned(bytes)))
#define __PACKED_STRUCT struct __attribute__((packed))
#define __CLZ (uint8_t) __builtin_clz
#define __SMLAD(a, b, c) ((uint32_t)__smlad((int16x2_t)(a), (int16x2_t)(b), (int32_t)(c)))
#define __SMLALD(a, b, c) ((uint64_t)__smlald((int16x2_t)(a), (int16x2_t)(b), (int64_t)(c)))
#define __SMUAD(a, b) ((uint32_t)__smuad((int16x2_t)(a), (int16x2_t)(b)))
#define __QADD16(a, b) ((uint32_t)__qadd16((int16x2_t)(a), (int16x2_t)(b)))
#define __QSUB8(a, b) ((uint32_t)__qsub8((int8x4_t)(a), (int8x4_t)(b)))
#define __QSUB16(a, b) ((uint32_t)__qsub16((int16x2_t)(a), (int16x2_t)(b)))
#define __SADD16(a, b) ((uint32_t)__sadd16((int16x2_t)(a), (int16x2_t)(b)))
#define __SHADD16(a, b) ((uint32_t)__shadd16((int16x2_t)(a), (int16x2_t)(b)))
#define __QADD __qadd
#define __QSUB __qsub
#define __SXTB16(a) ((uint32_t)__sxtb16((int8x4_t)(a)))
#define __SXTAB16(a, b) ((uint32_t)__sxtab16((int16x2_t)(a), (int8x4_t)(b)))
#define __SSAT __ssat
#define __USAT __usat
#define __ROR(a, n) (((uint32_t)(a) >> (n)) | ((uint32_t)(a) << (32 - (n))))
#define __PKHBT(a, b, n) (((uint32_t)(a)&0xFFFFu) | (((uint32_t)(b) << (n)) & 0xFFFF0000u))
#define __PKHTB(a, b, n) (((uint32_t)(a)&0xFFFF0000u) | (((uint32_t)(b) >> (n)) & 0xFFFFu))

__STATIC_FORCEINLINE uint32_t __SXTB16_RORn(uint32_t a, uint32_t n) {
  uint32_t result;
  __asm("sxtb16 %0, %1, ROR %2" : "=r"(result) : "r"(a), "i"(n));
  return result;
}

__STATIC_FORCEINLINE uint32_t __SXTAB16_RORn(uint32_t b, uint32_t a, uint32_t n) {
  uint32_t result;
  __asm("sxtab16 %0, %1, %2, ROR %3" : "=r"(result) : "r"(b), "r"(a), "i"(n));
  return result;
}

#endif
