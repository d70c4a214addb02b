/* What init says of arenas that are too small, misaligned, and good, and whether it took them: a pair for each. */
#include <stdio.h>

#include "net.h"

#define ALIGNMENT sizeof(int64_t)

static union {
  int64_t alignment;
  int8_t bytes[NET_ARENA_BYTES + 2 * sizeof(int64_t)];
} memory;

static void try_arena(size_t offset, size_t bytes) {
  net_t model = {0};
  const int status = (int)net_init(&model, memory.bytes + offset, bytes);
  printf("%d %d\n", status, model.arena == memory.bytes + offset);
}

int main(void) {
  try_arena(0, 0);
  try_arena(0, NET_ARENA_BYTES - 1);
  for (size_t offset = 1; offset < ALIGNMENT; ++offset) {
    try_arena(offset, NET_ARENA_BYTES);
  }
  try_arena(0, NET_ARENA_BYTES);
  try_arena(ALIGNMENT, sizeof memory.bytes - ALIGNMENT);
  return 0;
}
