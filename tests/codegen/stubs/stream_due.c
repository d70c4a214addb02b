/* Asks a stream whether a time step is due: at every microsecond of two periods less one, then once after
 * a long time; prints the times at which it said yes and what was lost. The clock starts just before it
 * wraps around. */
#include <stdio.h>

#include "tiny_stream.h"

static tiny_stream_t stream;

int main(void) {
  const uint32_t start = UINT32_MAX - 5000;
  tiny_stream_begin(&stream, NULL);
  for (uint32_t t = 0; t < 1000000; ++t) {
    if (tiny_stream_due(&stream, start + t)) {
      printf("%lu\n", (unsigned long)t);
    }
  }
  const uint32_t late = start + 2000000;
  printf("%d", tiny_stream_due(&stream, late));
  printf(" %d", tiny_stream_due(&stream, late));
  printf(" lost %lu\n", (unsigned long)stream.lost);
  return 0;
}
