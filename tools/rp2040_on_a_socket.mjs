// Runs firmware of an RP2040 in rp2040js, with its serial port on a TCP socket.
//
// node tools/rp2040_on_a_socket.mjs PACKAGE BOOTROM FIRMWARE.bin [uart|usb]
//
// PACKAGE: folder of the npm package rp2040js. BOOTROM: demo/bootrom.ts of its sources, whose
// numbers are the words of the boot ROM. FIRMWARE.bin: the flash, from its first byte.
// The first line of standard output is the number of the port, on 127.0.0.1. The board starts
// with the first connection, and its time stands still while there is none.
//
// Analog input i reads 100 * (i + 1).
// UART0's bytes arrive at the baud rate that the firmware set, so that what it does not fetch in
// time is lost, as on a board.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const FLASH = 0x10000000;
const BITS_PER_BYTE = 10; // with a start and a stop bit
const RESET_RECOVERY_NANOS = 1e7; // TRSTRCY of USB 2.0
const SLICE_NANOS = 1e6; // of the board's time, between two looks at the socket
const MANY_BYTES = 65536; // unsent, of a client that does not read

const [folder, bootrom, firmware, line = 'uart'] = process.argv.slice(2);
const { ConsoleLogger, LogLevel, Simulator, USBCDC } = await import(
  pathToFileURL(resolve(folder, 'dist/esm/index.js')).href
);

const simulator = new Simulator();
const { clock, rp2040 } = simulator;
rp2040.logger = new ConsoleLogger(LogLevel.Error);
rp2040.loadBootrom(Uint32Array.from(readFileSync(bootrom, 'utf8').match(/0x[0-9a-f]{8}\b/g)));
rp2040.flash.set(readFileSync(firmware));
rp2040.core.PC = FLASH;
rp2040.adc.channelValues.forEach((_, i, values) => {
  values[i] = 100 * (i + 1);
});

const toBoard = [];
let client = null;
let running = false;
const toClient = (bytes) => client?.write(bytes);
const start = { uart: bridgeUart, usb: bridgeUsb }[line]();

/** UART0: returns what to call when bytes have come for an idle line. */
function bridgeUart() {
  const uart = rp2040.uart[0];
  let lost = 0;
  uart.onByte = (byte) => toClient(Uint8Array.of(byte));
  const nextByte = clock.createAlarm(() => {
    if (uart.rxFIFO.full && lost++ === 0) {
      console.error('bytes are lost: the firmware does not fetch in time what arrives');
    }
    uart.feedByte(toBoard.shift());
    schedule();
  });
  let busy = false;
  function schedule() {
    busy = toBoard.length > 0;
    if (busy) {
      nextByte.schedule((BITS_PER_BYTE * 1e9) / uart.baudRate);
    }
  }
  return () => busy || schedule();
}

/** USB's serial port, without the loss of bytes: returns what to call when bytes have come. */
function bridgeUsb() {
  const usb = rp2040.usbCtrl;
  const cdc = new USBCDC(usb);
  const { onEndpointRead, onResetReceived } = usb;
  // A host waits after a reset; TinyUSB drops a request that comes before it has handled the reset.
  const recovered = clock.createAlarm(() => onResetReceived());
  usb.onResetReceived = () => recovered.schedule(RESET_RECOVERY_NANOS);
  // USBCDC answers each read at once, without bytes where it has none, which keeps the core busy.
  let waiting = null;
  usb.onEndpointRead = (endpoint, size) => {
    if (endpoint !== 0) {
      waiting = () => onEndpointRead(endpoint, size);
      feed();
    }
  };
  cdc.onSerialData = (bytes) => toClient(Uint8Array.from(bytes));
  function feed() {
    while (toBoard.length > 0 && !cdc.txFIFO.full) {
      cdc.sendSerialByte(toBoard.shift());
    }
    if (waiting !== null && !cdc.txFIFO.empty) {
      const read = waiting;
      waiting = null;
      read();
    }
  }
  return feed;
}

/** Runs the board for a slice of its time, and again after what has come from the socket. */
function run() {
  running = client !== null;
  if (!running) {
    return;
  }
  if (toBoard.length > 0) {
    start();
  }
  // A client that does not read makes the board wait.
  const end = client.writableLength > MANY_BYTES ? 0 : clock.nanos + SLICE_NANOS;
  while (clock.nanos < end) {
    if (rp2040.core.waiting) {
      clock.tick(Math.min(clock.nanosToNextAlarm || SLICE_NANOS, SLICE_NANOS));
    } else {
      clock.tick((rp2040.core.executeInstruction() * 1e9) / rp2040.clkSys);
    }
  }
  setImmediate(run);
}

const server = createServer((socket) => {
  if (client !== null) {
    socket.destroy();
    return;
  }
  client = socket.setNoDelay(true);
  socket.on('data', (bytes) => toBoard.push(...bytes));
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    client = null;
  });
  if (!running) {
    setImmediate(run);
  }
  running = true;
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
