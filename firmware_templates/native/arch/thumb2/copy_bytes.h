/* Copies of few bytes by words, wherever they lie, on cores that load and store those anywhere. In
 * C: portable/copy_bytes.h. */
#ifndef EDGEQ_THUMB2_COPY_BYTES_H
#define EDGEQ_THUMB2_COPY_BYTES_H

#include "arch/portable/set_bytes.h"

/* The shift puts the lower bits of the count into the flags. */
EDGEQ_NAKED static int8_t *edgeq_copy_bytes(int8_t *to __attribute__((unused)),
                                            const int8_t *from __attribute__((unused)),
                                            int32_t count __attribute__((unused))) {
  __asm__(
      "lsrs r3, r2, #2\n\t"
      "beq 2f\n\t"
      ".p2align 2\n"
      "1:\n\t"
      "ldr r12, [r1], #4\n\t"
      "str r12, [r0], #4\n\t"
      "subs r3, #1\n\t"
      "bne 1b\n"
      "2:\n\t"
      "lsls r2, r2, #31\n\t"
      "bcc 3f\n\t"
      "ldrh r3, [r1], #2\n\t"
      "strh r3, [r0], #2\n"
      "3:\n\t"
      "bpl 4f\n\t"
      "ldrb r3, [r1]\n\t"
      "strb r3, [r0], #1\n"
      "4:\n\t"
      "bx lr\n");
}

#endif
