/* Where ESP-IDF puts variables: components/esp_common/include/esp_attr.h. */
#include "sdkconfig.h"

#if CONFIG_SPIRAM_ALLOW_BSS_SEG_EXTERNAL_MEMORY
#define EXT_RAM_BSS_ATTR __attribute__((section(".ext_ram.bss.0")))
#else
#define EXT_RAM_BSS_ATTR
#endif
