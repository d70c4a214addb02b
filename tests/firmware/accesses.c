/* Notes what a core reads and writes in a range of addresses, for the emulator, which calls edgeq_note_access at every
 * access. Callbacks in Python would take most of the time of a traced run. */
#include <stdint.h>
#include <stdlib.h>

typedef struct {
  uint64_t address;
  uint64_t size; /* bytes */
  uint64_t type; /* Unicorn's number of a read or a write */
} edgeq_access;

typedef struct {
  uint64_t first, last; /* addresses that are watched */
  uint64_t used, room;  /* accesses */
  edgeq_access *accesses;
} edgeq_accesses;

void edgeq_note_access(void *emulator, int type, uint64_t address, int size, int64_t value,
                       edgeq_accesses *noted) {
  (void)emulator;
  (void)value;
  if (address < noted->first || address > noted->last) {
    return;
  }
  if (noted->used == noted->room) {
    const uint64_t room = 2 * noted->room + 4096;
    edgeq_access *more = realloc(noted->accesses, room * sizeof *more);
    if (more == NULL) {
      abort();
    }
    noted->accesses = more;
    noted->room = room;
  }
  const edgeq_access access = {address, (uint64_t)size, (uint64_t)type};
  noted->accesses[noted->used++] = access;
}

void edgeq_forget(edgeq_accesses *noted) {
  free(noted->accesses);
}
