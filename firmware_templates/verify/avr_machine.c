/* An AVR in simavr that obeys its standard input, built where it is used. Everything is little endian.
 *
 *   'w' address size bytes   puts bytes into memory: flash below 0x800000, data space from there
 *   'r' address size         answers with bytes of memory
 *   'b' address              stops from now on before the instruction at an address of flash
 *   'c' address              runs from there until a stop; answers with place, state, instructions and cycles, 8 bytes
 *                            each, both counted since the last 'z'; state 0: at a stop, else the core failed
 *   'z'                      sets the counts to 0
 *
 * Addresses and sizes are 4 bytes.
 */
#include <simavr/sim_avr.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DATA UINT32_C(0x800000)

/* Standard output is for answers; simavr would print there as well. */
static void say_nothing(avr_t *avr, const int level, const char *format, va_list arguments) {
  (void)avr;
  (void)level;
  (void)format;
  (void)arguments;
}

static uint8_t *stops; /* one for each byte of flash */
static uint64_t instructions, first_cycle;

static uint32_t read_word(void) {
  uint8_t b[4];
  if (fread(b, 1, sizeof b, stdin) != sizeof b) {
    exit(0);
  }
  return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

/* Where `size` bytes of the core's memory lie in this process. */
static uint8_t *memory(avr_t *avr, uint32_t address, uint32_t size) {
  const int data = address >= DATA;
  const uint32_t at = data ? address - DATA : address;
  const uint32_t bytes = data ? (uint32_t)avr->ramend + 1 : avr->flashend + 1;
  if (at > bytes || size > bytes - at) {
    exit(2);
  }
  return (data ? avr->data : avr->flash) + at;
}

static void write_value(uint64_t value) {
  uint8_t b[8];
  for (int i = 0; i < 8; ++i) {
    b[i] = (uint8_t)(value >> (8 * i));
  }
  fwrite(b, 1, sizeof b, stdout);
}

static void run(avr_t *avr, uint32_t address) {
  avr->pc = address;
  avr->state = cpu_Running;
  do {
    avr_run(avr);
    ++instructions;
  } while (avr->state == cpu_Running && avr->pc <= avr->flashend && !stops[avr->pc]);
  write_value(avr->pc);
  write_value(avr->state != cpu_Running || avr->pc > avr->flashend);
  write_value(instructions);
  write_value(avr->cycle - first_cycle);
}

static void obey(avr_t *avr, int order) {
  uint32_t address = 0, size = 0;
  if (order == 'z') {
    instructions = 0;
    first_cycle = avr->cycle;
    return;
  }
  address = read_word();
  if (order == 'b') {
    stops[address <= avr->flashend ? address : 0] = 1;
  } else if (order == 'c') {
    run(avr, address);
  } else {
    size = read_word();
    uint8_t *const place = memory(avr, address, size);
    if (order == 'w' && fread(place, 1, size, stdin) != size) {
      exit(0);
    }
    if (order == 'r') {
      fwrite(place, 1, size, stdout);
    }
  }
  fflush(stdout);
}

int main(int argc, char **argv) {
  avr_global_logger_set(say_nothing);
  avr_t *const avr = argc > 1 ? avr_make_mcu_by_name(argv[1]) : NULL;
  if (avr == NULL || avr_init(avr) != 0) {
    return 2;
  }
  avr->codeend = avr->flashend;
  stops = calloc(avr->flashend + 1u, 1);
  if (stops == NULL) {
    return 2;
  }
  for (int order = getchar(); order != EOF; order = getchar()) {
    obey(avr, order);
  }
  return 0;
}
