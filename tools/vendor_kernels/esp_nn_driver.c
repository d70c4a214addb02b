/* Runs one function of ESP-NN on one layer from standard input: 32-bit numbers in the order in which they
 * are read here, each array with its length in bytes first. Writes the output, and behind it a byte that
 * says whether bytes behind the scratch (1) or the output (2) were overwritten. */
#include <esp_nn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GUARD 4096
#define FILL 0x5A

enum { CONVOLUTION, DEPTHWISE, CONNECTED, ADD, MULTIPLY, MEAN, LARGEST };

static int32_t number(void) {
  int32_t value;
  if (fread(&value, sizeof value, 1, stdin) != 1) {
    exit(3);
  }
  return value;
}

/* `size` aligned bytes between guards. */
static int8_t *room(int32_t size) {
  int8_t *const memory = aligned_alloc(64, (size_t)(2 * GUARD + (size + 63) / 64 * 64));
  memset(memory, FILL, (size_t)(2 * GUARD + size));
  return memory + GUARD;
}

static int touched(const int8_t *memory, int32_t size) {
  int found = 0;
  for (int i = 0; i < GUARD; ++i) {
    found |= memory[size + i] != FILL || memory[-1 - i] != FILL;
  }
  return found;
}

/* An array; NULL where it has no bytes. */
static void *array(void) {
  const int32_t size = number();
  int8_t *const memory = room(size);
  if (fread(memory, 1, (size_t)size, stdin) != (size_t)size) {
    exit(4);
  }
  return size ? memory : NULL;
}

static data_dims_t dims(void) {
  data_dims_t of;
  of.width = number(), of.height = number(), of.channels = number(), of.extra = 1;
  return of;
}

static data_2d_t both(void) {
  data_2d_t of;
  of.width = number(), of.height = number();
  return of;
}

static int slide(int kind, int32_t bytes, int8_t *y) {
  const data_dims_t x_dims = dims(), w_dims = dims(), y_dims = dims();
  const int32_t x_offset = number(), y_offset = number(), multiplier = number();
  const data_2d_t stride = both(), padding = both();
  const act_params_t range = {number(), number()};
  const int8_t *const x = array(), *const w = array();
  const int32_t *const bias = array();
  int32_t *const scale = array(), *const shift = array();
  const quant_data_t scales = {shift, scale};
  const data_2d_t dilation = {1, 1};
  const conv_params_t layer = {x_offset, y_offset, stride, padding, dilation, range};
  const dw_conv_params_t deep = {x_offset, y_offset, multiplier, stride, padding, dilation, range};
  const int32_t size =
      kind == DEPTHWISE
          ? esp_nn_get_depthwise_conv_scratch_size(&x_dims, &w_dims, &y_dims, &deep)
          : esp_nn_get_conv_scratch_size(&x_dims, &w_dims, &y_dims, &layer);
  int8_t *const scratch = room(size);
  if (kind == DEPTHWISE) {
    esp_nn_set_depthwise_conv_scratch_buf(scratch);
    esp_nn_depthwise_conv_s8(&x_dims, x, &w_dims, w, bias, &y_dims, y, &deep, &scales);
  } else {
    esp_nn_set_conv_scratch_buf(scratch);
    esp_nn_conv_s8(&x_dims, x, &w_dims, w, bias, &y_dims, y, &layer, &scales);
  }
  return touched(scratch, size) | touched(y, bytes) << 1;
}

static int connect(int32_t bytes, int8_t *y) {
  const int32_t depth = number(), neurons = number(), x_offset = number(), y_offset = number();
  const int32_t low = number(), high = number();
  const int8_t *const x = array(), *const w = array();
  const int32_t *const bias = array(), *const scale = array(), *const shift = array();
  esp_nn_fully_connected_per_ch_s8(x, x_offset, (uint16_t)depth, w, 0, bias, y, (uint16_t)neurons,
                                   y_offset, shift, scale, low, high);
  return touched(y, bytes) << 1;
}

#ifndef ASSEMBLY_ONLY
static int add(int32_t bytes, int8_t *y) {
  int32_t p[12];
  for (int i = 0; i < 12; ++i) {
    p[i] = number();
  }
  const int8_t *const a = array(), *const b = array();
  esp_nn_add_elementwise_s8(a, b, p[0], p[1], p[2], p[3], p[4], p[5], p[6], y, p[7], p[8], p[9],
                            p[10], p[11], bytes);
  return touched(y, bytes) << 1;
}

static int multiply(int32_t bytes, int8_t *y) {
  int32_t p[7];
  for (int i = 0; i < 7; ++i) {
    p[i] = number();
  }
  const int8_t *const a = array(), *const b = array();
  esp_nn_mul_elementwise_s8(a, b, p[0], p[1], y, p[2], p[3], p[4], p[5], p[6], bytes);
  return touched(y, bytes) << 1;
}
#endif

static int pool(int kind, int32_t bytes, int8_t *y) {
  uint16_t p[11];
  for (int i = 0; i < 11; ++i) {
    p[i] = (uint16_t)number();
  }
  const int32_t low = number(), high = number();
  const int8_t *const x = array();
  if (kind == MEAN) {
    esp_nn_avg_pool_s8(x, p[0], p[1], y, p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9], low, high,
                       p[10]);
  }
#ifndef ASSEMBLY_ONLY
  if (kind == LARGEST) {
    esp_nn_max_pool_s8(x, p[0], p[1], y, p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9], low, high,
                       p[10]);
  }
#endif
  return touched(y, bytes) << 1;
}

int main(void) {
  const int kind = number();
  const int32_t bytes = number();
  int8_t *const y = room(bytes);
  int said = 0;
  if (kind == CONVOLUTION || kind == DEPTHWISE) {
    said = slide(kind, bytes, y);
  } else if (kind == CONNECTED) {
    said = connect(bytes, y);
#ifndef ASSEMBLY_ONLY
  } else if (kind == ADD) {
    said = add(bytes, y);
  } else if (kind == MULTIPLY) {
    said = multiply(bytes, y);
#endif
  } else {
    said = pool(kind, bytes, y);
  }
  fwrite(y, 1, (size_t)bytes, stdout);
  putchar(said);
  return 0;
}
