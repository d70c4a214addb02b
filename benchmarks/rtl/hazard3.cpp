// Runs an image on the RTL of a Hazard3: hazard3 IN OUT. IN holds pieces of memory, each as address, size and bytes.
// Prints the cycles between the writes to two marks; OUT receives the pieces as the program left them.
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <vector>

#include "Vhazard3.h"
#include "verilated.h"

namespace {

constexpr uint32_t kBegin = 0xF0000000u, kEnd = 0xF0000004u, kTrap = 0x1100u;
constexpr uint64_t kMost = 2000000000u;

struct Piece {
  uint32_t address;
  std::vector<uint8_t> bytes;
};

struct Access {  // a bus access in its data phase
  uint32_t address = 0;
  unsigned bytes = 0;  // 0: none
  bool write = false;
};

std::vector<Piece> pieces;

uint8_t *at(uint32_t address) {
  for (Piece &piece : pieces) {
    if (address - piece.address < piece.bytes.size()) {
      return piece.bytes.data() + (address - piece.address);
    }
  }
  return nullptr;
}

uint32_t word(const Access &access) {
  uint32_t value = 0;
  const uint8_t *from = access.bytes && !access.write ? at(access.address & ~3u) : nullptr;
  if (from) {
    std::memcpy(&value, from, 4);
  }
  return value;
}

bool store(const Access &access, uint32_t value) {
  uint8_t *to = at(access.address & ~3u);
  for (unsigned i = 0; to && i < access.bytes; ++i) {
    const unsigned byte = (access.address & 3) + i;
    to[byte] = static_cast<uint8_t>(value >> (8 * byte));
  }
  return to != nullptr;
}

bool read_pieces(const char *name) {
  FILE *file = std::fopen(name, "rb");
  uint32_t head[2];
  while (file && std::fread(head, 4, 2, file) == 2) {
    pieces.push_back({head[0], std::vector<uint8_t>(head[1])});
    if (std::fread(pieces.back().bytes.data(), 1, head[1], file) != head[1]) {
      return false;
    }
  }
  return file && std::fclose(file) == 0;
}

}  // namespace

int main(int argc, char **argv) {
  if (argc != 3 || !read_pieces(argv[1])) {
    return 2;
  }
  Vhazard3 core;
  const auto tick = [&core] { core.clk = 1; core.eval(); core.clk = 0; core.eval(); };
  core.rst_n = 0;
  core.clk = 0;
  core.eval();
  tick();
  core.rst_n = 1;
  Access fetch, data;
  uint64_t begin = 0;
  for (uint64_t cycle = 0; cycle < kMost; ++cycle) {
    core.i_hrdata = word(fetch);
    core.d_hrdata = word(data);
    core.eval();
    if (data.write && data.address == kBegin) {
      begin = cycle;
    } else if (data.write && data.address == kEnd) {
      std::printf("%llu\n", static_cast<unsigned long long>(cycle - begin));
      FILE *file = std::fopen(argv[2], "wb");
      for (const Piece &piece : pieces) {
        std::fwrite(piece.bytes.data(), 1, piece.bytes.size(), file);
      }
      return std::fclose(file);
    } else if (data.write && !store(data, core.d_hwdata)) {
      std::fprintf(stderr, "write to %x\n", data.address);
      return 3;
    }
    const Access next_fetch{core.i_haddr, core.i_htrans & 2 ? 4u : 0u, false};
    const Access next_data{core.d_haddr, core.d_htrans & 2 ? 1u << core.d_hsize : 0u,
                           (core.d_htrans & 2) && core.d_hwrite};
    tick();
    fetch = next_fetch;
    data = next_data;
    if (fetch.bytes && (fetch.address & ~0xFFu) == kTrap) {
      std::fprintf(stderr, "trap after %llu cycles\n", static_cast<unsigned long long>(cycle));
      return 4;
    }
  }
  return 5;
}
