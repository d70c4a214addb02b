/* Counts instructions for QEMU: a TCG plugin, built when it is needed, so that the header that distributions leave out
 * is not missed. The declarations below are the few of QEMU's interface that it uses.
 *
 * Arguments: state=FILE, whose first 8 bytes are the count, shared with whoever reads or clears it; base=, end=: the
 * addresses of the code that counts.
 */
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

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, tb_trans_callback callback);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, vcpu_callback callback, int flags, void *userdata);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv);

/* Versions of the interface: 1 up to QEMU 8, 2 is still understood by all later ones. */
EXPORT int qemu_plugin_version = EDGEQ_PLUGIN_VERSION;

static volatile uint64_t *count;
static uint64_t base, end;

static void run_block(unsigned int vcpu, void *instructions) {
  (void)vcpu;
  *count += (uintptr_t)instructions;
}

static void translate_block(qemu_plugin_id_t id, struct qemu_plugin_tb *tb) {
  (void)id;
  const uint64_t address = qemu_plugin_tb_vaddr(tb);
  if (address >= base && address < end) {
    const uintptr_t instructions = qemu_plugin_tb_n_insns(tb);
    qemu_plugin_register_vcpu_tb_exec_cb(tb, run_block, 0, (void *)instructions);
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
  void *shared = file < 0 ? MAP_FAILED : mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (shared == MAP_FAILED) {
    return -1;
  }
  count = shared;
  base = strtoull(argument(argc, argv, "base"), NULL, 0);
  end = strtoull(argument(argc, argv, "end"), NULL, 0);
  qemu_plugin_register_vcpu_tb_trans_cb(id, translate_block);
  return 0;
}
