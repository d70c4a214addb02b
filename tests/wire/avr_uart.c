/* A Mega 2560 in simavr whose first UART is standard input and output. Argument: the firmware. */
#include <poll.h>
#include <simavr/avr_uart.h>
#include <simavr/sim_avr.h>
#include <simavr/sim_elf.h>
#include <string.h>
#include <unistd.h>

#define STEPS 2000 /* instructions from one look at standard input to the next */

static int taking = 1; /* whether the UART takes bytes */

static void say_nothing(avr_t *avr, const int level, const char *format, va_list arguments) {
  (void)avr, (void)level, (void)format, (void)arguments;
}

static void sent(struct avr_irq_t *irq, uint32_t value, void *parameter) {
  const uint8_t byte = (uint8_t)value;
  (void)irq, (void)parameter;
  if (write(STDOUT_FILENO, &byte, 1) != 1) {
    _exit(0);
  }
}

static void starts(struct avr_irq_t *irq, uint32_t value, void *parameter) {
  (void)irq, (void)value, (void)parameter;
  taking = 1;
}

static void stops(struct avr_irq_t *irq, uint32_t value, void *parameter) {
  (void)irq, (void)value, (void)parameter;
  taking = 0;
}

int main(int argc, char **argv) {
  static elf_firmware_t firmware;
  const uint32_t uart = AVR_IOCTL_UART_GETIRQ('0');
  uint32_t flags = 0;
  avr_global_logger_set(say_nothing);
  avr_t *const avr = avr_make_mcu_by_name("atmega2560");
  if (argc != 2 || avr == NULL || elf_read_firmware(argv[1], &firmware) != 0) {
    return 2;
  }
  avr_init(avr);
  avr_load_firmware(avr, &firmware);
  avr->frequency = 16000000;
  avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
  avr_irq_register_notify(avr_io_getirq(avr, uart, UART_IRQ_OUTPUT), sent, NULL);
  avr_irq_register_notify(avr_io_getirq(avr, uart, UART_IRQ_OUT_XON), starts, NULL);
  avr_irq_register_notify(avr_io_getirq(avr, uart, UART_IRQ_OUT_XOFF), stops, NULL);
  for (;;) {
    struct pollfd in = {STDIN_FILENO, POLLIN, 0};
    uint8_t byte;
    for (int i = 0; i < STEPS; ++i) {
      const int state = avr_run(avr);
      if (state == cpu_Done || state == cpu_Crashed) {
        return 1;
      }
    }
    if (taking && poll(&in, 1, 0) > 0) {
      if (read(STDIN_FILENO, &byte, 1) != 1) {
        return 0;
      }
      avr_raise_irq(avr_io_getirq(avr, uart, UART_IRQ_INPUT), byte);
    }
  }
}
