/* Counts instructions and blocks for QEMU: a TCG plugin, built when it is needed, so that the header that
 * distributions leave out is not missed. The declarations below are the few of QEMU's interface that it
 * uses.
 *
 * Arguments: state=FILE, an edgeq_counts, shared with whoever reads or clears its first count; base=,
 * end=: the addresses of the code that counts. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define EXPORT __attribute__((visibility("default")))

typedef uint64_t qemu_plugin_id_t;
typedef struct qemu_info_t qemu_info_t;
struct qemu_plugin_tb;
typedef void (*tb_trans_callback)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);
typedef void (*vcpu_callback)(unsigned int vcpu, void *userdata);

#define BLOCKS 8192u /* places of the hash table, a power of two */

typedef struct {
  uint32_t address, size; /* bytes; size 0: the place is free */
  uint64_t count;         /* executions */
  uint64_t fell;          /* of these, those that the block behind it in memory came next */
} edgeq_block;

typedef struct {
  uint64_t instructions;
  edgeq_block blocks[BLOCKS];
} edgeq_counts;

struct qemu_plugin_insn;
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, tb_trans_callback callback);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, vcpu_callback callback, int flags, void *userdata);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv);

/* Versions of the interface: 1 up to QEMU 8, 2 is still understood by all later ones. */
EXPORT int qemu_plugin_version = EDGEQ_PLUGIN_VERSION;

static edgeq_counts *counts;
static edgeq_block *last;
static uint32_t instructions_of[BLOCKS];
static uint64_t base, end;

static void run_block(unsigned int vcpu, void *which) {
  (void)vcpu;
  edgeq_block *block = which;
  counts->instructions += instructions_of[block - counts->blocks];
  if (last != 0) {
    last->fell += last->address + last->size == block->address;
  }
  block->count += 1;
  last = block;
}

/* The place of a block; 0 where the table is full. */
static edgeq_block *find(uint32_t address, uint32_t size) {
  const uint32_t hash = ((address >> 1) * 2654435761u + size * 40503u) >> 16;
  for (uint32_t probe = 0; probe < BLOCKS; ++probe) {
    edgeq_block *block = &counts->blocks[(hash + probe) % BLOCKS];
    if (block->size == 0) {
      block->address = address;
      block->size = size;
    }
    if (block->address == address && block->size == size) {
      return block;
    }
  }
  return 0;
}

static void translate_block(qemu_plugin_id_t id, struct qemu_plugin_tb *tb) {
  (void)id;
  const uint64_t address = qemu_plugin_tb_vaddr(tb);
  if (address >= base && address < end) {
    const size_t instructions = qemu_plugin_tb_n_insns(tb);
    uint32_t size = 0;
    for (size_t i = 0; i < instructions; ++i) {
      size += (uint32_t)qemu_plugin_insn_size(qemu_plugin_tb_get_insn(tb, i));
    }
    edgeq_block *block = find((uint32_t)address, size);
    if (block != 0) {
      instructions_of[block - counts->blocks] = (uint32_t)instructions;
      qemu_plugin_register_vcpu_tb_exec_cb(tb, run_block, 0, block);
    }
  }
}

/* The value of an argument `name=value`, or an empty string. */
static const char *argument(int argc, char **argv, const char *name) {
  const size_t length = strlen(name);
  for (int i = 0; i < argc; ++i) {
    if (strncmp(argv[i], name, length) == 0 && argv[i][length] == '=') {
      return argv[i] + length + 1;
    }
  }
  return "";
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv) {
  (void)info;
  const int file = open(argument(argc, argv, "state"), O_RDWR);
  void *shared = file < 0 ? MAP_FAILED : mmap(NULL, sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (shared == MAP_FAILED) {
    return -1;
  }
  counts = shared;
  base = strtoull(argument(argc, argv, "base"), NULL, 0);
  end = strtoull(argument(argc, argv, "end"), NULL, 0);
  qemu_plugin_register_vcpu_tb_trans_cb(id, translate_block);
  return 0;
}
