/* Memory functions for an image without a C library: by words where both ends are aligned, else by bytes. */
#include <stdint.h>
#include <string.h>

#define WORD sizeof(uint32_t)

typedef uint32_t __attribute__((may_alias)) word_t;

static size_t whole_words(const void *a, const void *b, size_t bytes) {
  return ((uintptr_t)a | (uintptr_t)b) % WORD == 0 ? bytes / WORD : 0;
}

void *memcpy(void *to, const void *from, size_t bytes) {
  const size_t words = whole_words(to, from, bytes);
  for (size_t i = 0; i < words; ++i) {
    ((word_t *)to)[i] = ((const word_t *)from)[i];
  }
  for (size_t i = words * WORD; i < bytes; ++i) {
    ((uint8_t *)to)[i] = ((const uint8_t *)from)[i];
  }
  return to;
}

void *memmove(void *to, const void *from, size_t bytes) {
  if ((uintptr_t)to <= (uintptr_t)from) {
    return memcpy(to, from, bytes); /* forwards: each word is read before any byte of it is written */
  }
  for (size_t i = bytes; i > 0; --i) {
    ((uint8_t *)to)[i - 1] = ((const uint8_t *)from)[i - 1];
  }
  return to;
}

void *memset(void *to, int value, size_t bytes) {
  const size_t words = whole_words(to, to, bytes);
  const uint32_t byte = (uint8_t)value;
  for (size_t i = 0; i < words; ++i) {
    ((word_t *)to)[i] = byte * 0x01010101u;
  }
  for (size_t i = words * WORD; i < bytes; ++i) {
    ((uint8_t *)to)[i] = (uint8_t)byte;
  }
  return to;
}

int memcmp(const void *a, const void *b, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) {
    const int difference = ((const uint8_t *)a)[i] - ((const uint8_t *)b)[i];
    if (difference != 0) {
      return difference;
    }
  }
  return 0;
}
