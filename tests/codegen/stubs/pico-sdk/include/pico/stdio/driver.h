/* pico/stdlib.h has the stub of a line. */
#include "pico/stdlib.h"
