/* esp_camera.h of espressif/esp32-camera 2.0, as far as programs use it: pictures whose brightness grows
 * from row to row. The ninth ends the program. */
#ifndef ESP_CAMERA_STUB_H
#define ESP_CAMERA_STUB_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

typedef int esp_err_t;
#define ESP_OK 0
typedef enum { LEDC_TIMER_0 } ledc_timer_t;
typedef enum { LEDC_CHANNEL_0 } ledc_channel_t;
typedef enum { PIXFORMAT_RGB565, PIXFORMAT_GRAYSCALE = 3 } pixformat_t;
typedef enum { FRAMESIZE_96X96, FRAMESIZE_QVGA = 5 } framesize_t;
typedef enum { CAMERA_FB_IN_PSRAM, CAMERA_FB_IN_DRAM } camera_fb_location_t;
typedef enum { CAMERA_GRAB_WHEN_EMPTY, CAMERA_GRAB_LATEST } camera_grab_mode_t;

typedef struct {
  int pin_pwdn, pin_reset, pin_xclk, pin_sccb_sda, pin_sccb_scl;
  int pin_d7, pin_d6, pin_d5, pin_d4, pin_d3, pin_d2, pin_d1, pin_d0;
  int pin_vsync, pin_href, pin_pclk, xclk_freq_hz;
  ledc_timer_t ledc_timer;
  ledc_channel_t ledc_channel;
  pixformat_t pixel_format;
  framesize_t frame_size;
  int jpeg_quality;
  size_t fb_count;
  camera_fb_location_t fb_location;
  camera_grab_mode_t grab_mode;
} camera_config_t;

typedef struct {
  uint8_t *buf;
  size_t len, width, height;
} camera_fb_t;

static inline esp_err_t esp_camera_init(const camera_config_t *config) {
  return config->pixel_format == PIXFORMAT_GRAYSCALE && config->frame_size == FRAMESIZE_QVGA ? ESP_OK : 1;
}

static inline camera_fb_t *esp_camera_fb_get(void) {
  static int taken = 0;
  if (++taken == 9) {
    exit(0);
  }
  camera_fb_t *picture = (camera_fb_t *)calloc(1, sizeof(camera_fb_t));
  picture->buf = (uint8_t *)malloc(320 * 240);
  for (size_t i = 0; i < 320 * 240; ++i) {
    picture->buf[i] = (uint8_t)(i / 320);
  }
  return picture;
}

static inline void esp_camera_fb_return(camera_fb_t *picture) {
  free(picture->buf);
  free(picture);
}

#endif
