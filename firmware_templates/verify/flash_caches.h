/* Flash behind its caches: which of its sectors fetches and loads have to read. */
#ifndef EDGEQ_FLASH_CACHES_H
#define EDGEQ_FLASH_CACHES_H

#include <stdint.h>

#define MOST_LINES 2048u /* of a cache */

/* Powers of two. lines 0: no cache, so that every access reads flash. ways: lines that a line of flash may lie in. */
typedef struct {
  uint32_t line_bytes, lines, ways;
} edgeq_cache_shape;

/* unified: loads go through the cache of fetches. bursts: a read of the sector behind the one read last goes on
 * with the same burst; else a fetch of the sector behind the one fetched last was asked for ahead. */
typedef struct {
  uint32_t sector_bytes, unified, bursts;
  edgeq_cache_shape code, data;
} edgeq_flash_shape;

/* Of each set's lines the one used last is the first, and the last is dropped where another one comes. */
typedef struct {
  uint32_t lines, ways, sectors_log2, sets; /* sectors_log2: of a line */
  uint32_t line[MOST_LINES];                /* the line of flash that is held, and 1; 0: none */
  uint32_t valid[MOST_LINES];               /* a bit for each of its sectors */
} edgeq_cache;

typedef struct {
  uint32_t sector_log2, unified, bursts;
  uint32_t behind_fetched, behind_read; /* the sectors behind those fetched and read last */
  uint64_t fetched[2], loaded[2];       /* sectors read for fetches and for loads: out of order, and in order */
  edgeq_cache code, data;
} edgeq_flash;

static uint32_t log2_of(uint32_t power) {
  uint32_t log2 = 0;
  while (power >> log2 > 1) {
    ++log2;
  }
  return log2;
}

/* cache: zeros. */
static void shape_cache(edgeq_cache *cache, edgeq_cache_shape shape, uint32_t sector_bytes) {
  cache->lines = shape.lines < MOST_LINES ? shape.lines : MOST_LINES;
  cache->ways = shape.ways;
  cache->sets = shape.lines == 0 ? 1 : shape.lines / shape.ways;
  cache->sectors_log2 = shape.lines == 0 ? 0 : log2_of(shape.line_bytes / sector_bytes);
}

/* flash: zeros, whose caches are empty. */
static void shape_flash(edgeq_flash *flash, edgeq_flash_shape shape) {
  flash->sector_log2 = log2_of(shape.sector_bytes);
  flash->unified = shape.unified;
  flash->bursts = shape.bursts;
  shape_cache(&flash->code, shape.code, shape.sector_bytes);
  shape_cache(&flash->data, shape.data, shape.sector_bytes);
}

/* Uses some sectors of a line of flash: the bits of those that have to be read. */
static uint32_t use_line(edgeq_cache *cache, uint32_t line, uint32_t sectors) {
  if (cache->lines == 0) {
    return sectors;
  }
  const uint32_t set = (line & (cache->sets - 1)) * cache->ways, tag = line + 1;
  uint32_t *lines = cache->line + set, *valid = cache->valid + set, way = 0;
  if (lines[0] == tag && (sectors & ~valid[0]) == 0) {
    return 0; /* as mostly */
  }
  while (lines[way] != tag && way + 1 < cache->ways) {
    ++way;
  }
  const uint32_t held = lines[way] == tag ? valid[way] : 0;
  for (; way > 0; --way) {
    lines[way] = lines[way - 1];
    valid[way] = valid[way - 1];
  }
  lines[0] = tag;
  valid[0] = held | sectors;
  return sectors & ~held;
}

/* Uses the sectors from first to last. fetches: whether they are fetched, and not loaded from. read: counts those
 * that have to be read. */
static void use_sectors(edgeq_flash *flash, edgeq_cache *cache, uint32_t first, uint32_t last, int fetches,
                        uint64_t read[2]) {
  const uint32_t log2 = cache->sectors_log2, in_line = (1u << log2) - 1;
  for (uint32_t line = first >> log2; line <= last >> log2; ++line) {
    const uint32_t from = line == first >> log2 ? first & in_line : 0;
    const uint32_t to = line == last >> log2 ? last & in_line : in_line;
    uint32_t lacking = use_line(cache, line, (2u << to) - (1u << from));
    for (uint32_t sector = line << log2; lacking != 0; ++sector, lacking >>= 1) {
      if (lacking & 1) {
        const int ahead = fetches && (sector != first || first == flash->behind_fetched);
        read[flash->bursts ? sector == flash->behind_read : ahead] += 1;
        flash->behind_read = sector + 1;
      }
    }
  }
}

/* Fetches `size` bytes that lie `offset` behind the beginning of flash. */
static void fetch(edgeq_flash *flash, uint32_t offset, uint32_t size) {
  const uint32_t first = offset >> flash->sector_log2, last = (offset + size - 1) >> flash->sector_log2;
  use_sectors(flash, &flash->code, first, last, 1, flash->fetched);
  flash->behind_fetched = last + 1;
}

/* Loads `size` bytes. */
static void load(edgeq_flash *flash, uint32_t offset, uint32_t size) {
  const uint32_t first = offset >> flash->sector_log2, last = (offset + size - 1) >> flash->sector_log2;
  use_sectors(flash, flash->unified ? &flash->code : &flash->data, first, last, 0, flash->loaded);
}

#endif
