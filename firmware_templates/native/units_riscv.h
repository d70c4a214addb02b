/* Fully connected layers on RISC-V. Twin of units_portable.h. */
#define EDGEQ_SETS 2

/* One tap of two rows of a set; the assembler's g is the group's offset from x, as it stands in .irp. */
#define EDGEQ_TWO_ROWS(set, first, second, a, b)   \
  "lb t0, 4*\\g+" first "(%[" set "])\n\t"         \
  "lb t1, 4*\\g+" second "(%[" set "])\n\t"        \
  "mul t0, t0, t2\n\t"                            \
  "mul t1, t1, t2\n\t"                            \
  "add %[" a "], %[" a "], t0\n\t"                \
  "add %[" b "], %[" b "], t1\n\t"

/* One tap of 8 rows, 8 multiplications in 25 instructions; the offsets in a group. */
#define EDGEQ_TAP_OF_UNITS(tap, r0, r1, r2, r3) \
  "lb t2, \\g+" tap "(%[x])\n\t"               \
  EDGEQ_TWO_ROWS("w", r0, r1, "a0", "b0")       \
  EDGEQ_TWO_ROWS("w", r2, r3, "c0", "d0")       \
  EDGEQ_TWO_ROWS("v", r0, r1, "a1", "b1")       \
  EDGEQ_TWO_ROWS("v", r2, r3, "c1", "d1")

/* Groups at the offsets `at` from x, `bytes` of x and `set_bytes` of each set altogether, until x reaches the end. */
#define EDGEQ_ADD_GROUPS_OF_UNITS(at, bytes, set_bytes, end)                                                 \
  __asm__("1:\n\t.irp g, " at "\n\t"                                                                         \
          EDGEQ_TAP_OF_UNITS("0", "0", "4", "8", "12") EDGEQ_TAP_OF_UNITS("1", "1", "5", "9", "13")          \
          EDGEQ_TAP_OF_UNITS("2", "2", "6", "10", "14") EDGEQ_TAP_OF_UNITS("3", "3", "7", "11", "15")        \
          ".endr\n\t"                                                                                        \
          "addi %[w], %[w], " set_bytes "\n\taddi %[v], %[v], " set_bytes "\n\t"                             \
          "addi %[x], %[x], " bytes "\n\tbne %[x], %[z], 1b\n\t"                                             \
          : [w] "+&r"(w), [v] "+&r"(v), [x] "+&r"(x), [a0] "+&r"(a0), [b0] "+&r"(b0), [c0] "+&r"(c0),        \
            [d0] "+&r"(d0), [a1] "+&r"(a1), [b1] "+&r"(b1), [c1] "+&r"(c1), [d1] "+&r"(d1)                   \
          : [z] "r"(end)                                                                                     \
          : "t0", "t1", "t2", "memory")

EDGEQ_NOINLINE static void edgeq_dot_units(const int8_t *w, int32_t next, const int8_t *x, int32_t groups,
                                           int32_t *sums) {
  const int8_t *v = w + next, *const end = x + 4 * groups, *const fours = EDGEQ_UNROLLED ? x + 16 * (groups >> 2) : x;
  int32_t a0 = sums[0], b0 = sums[1], c0 = sums[2], d0 = sums[3];
  int32_t a1 = sums[4], b1 = sums[5], c1 = sums[6], d1 = sums[7];
  if (x != fours) {
    EDGEQ_ADD_GROUPS_OF_UNITS("0, 4, 8, 12", "16", "64", fours);
  }
  if (x != end) {
    EDGEQ_ADD_GROUPS_OF_UNITS("0", "4", "16", end);
  }
  sums[0] = a0;
  sums[1] = b0;
  sums[2] = c0;
  sums[3] = d0;
  sums[4] = a1;
  sums[5] = b1;
  sums[6] = c1;
  sums[7] = d1;
}
