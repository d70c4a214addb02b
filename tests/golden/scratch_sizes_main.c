/* Prints, for each line of a window's sizes, the scratch that CMSIS-NN and ESP-NN ask for; tests/golden/scratch_sizes.json
 * holds its answers. ESP_CONV and ESP_DEPTHWISE name files that hold the two functions `esp_nn_get_*_scratch_size_esp32s3`
 * alone, cut out of esp_nn_conv_esp32s3.c and esp_nn_depthwise_conv_s8_esp32s3.c; `-I` CMSIS-NN's Include and
 * Source/ConvolutionFunctions, and ESP-NN's include.
 */
#include <stdint.h>
#include <stdio.h>
#include "arm_nnfunctions.h"
#include "arm_nnsupportfunctions.h"
#ifdef MVE
#define ARM_MATH_MVEI
#endif
#ifdef DSP
#define ARM_MATH_DSP
#endif
#include "arm_convolve_get_buffer_sizes_s16.c"
#include "arm_convolve_get_buffer_sizes_s8.c"
#include "arm_depthwise_conv_get_buffer_sizes_s4.c"
#include "arm_depthwise_conv_get_buffer_sizes_s8.c"
#define max(a, b) ((a) > (b) ? (a) : (b))
#include "esp_nn_defs.h"
#include ESP_CONV
#include ESP_DEPTHWISE

int main(void) {
    int h, w, c, kh, kw, kc, n, sh, sw, dh, dw, oh, ow, ph, pw, m;
    while (scanf("%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d", &h, &w, &c, &kh, &kw, &kc, &n, &sh, &sw, &dh, &dw, &oh, &ow, &ph,
                 &pw, &m) == 16) {
        const cmsis_nn_dims x = {1, h, w, c}, f = {n, kh, kw, kc}, y = {1, oh, ow, n};
        const cmsis_nn_dims g = {1, kh, kw, c * m}, z = {1, oh, ow, c * m};
        const cmsis_nn_conv_params a = {0, 0, {sw, sh}, {pw, ph}, {dw, dh}, {-128, 127}};
        const cmsis_nn_dw_conv_params b = {0, 0, m, {sw, sh}, {pw, ph}, {dw, dh}, {-128, 127}};
        const data_dims_t ex = {w, h, c, 1}, ef = {kw, kh, 0, 0}, ey = {ow, oh, n, 1}, ez = {ow, oh, c * m, 1};
        const conv_params_t ea = {.stride = {sw, sh}, .padding = {pw, ph}};
        const dw_conv_params_t eb = {.ch_mult = m, .stride = {sw, sh}, .padding = {pw, ph}};
        printf("%d %d %d %d %d %d\n", arm_convolve_wrapper_s8_get_buffer_size(&a, &x, &f, &y),
               arm_convolve_wrapper_s16_get_buffer_size(&a, &x, &f, &y),
               arm_depthwise_conv_wrapper_s8_get_buffer_size(&b, &x, &g, &z),
               arm_depthwise_conv_wrapper_s4_get_buffer_size(&b, &x, &g, &z),
               esp_nn_get_conv_scratch_size_esp32s3(&ex, &ef, &ey, &ea),
               esp_nn_get_depthwise_conv_scratch_size_esp32s3(&ex, &ef, &ez, &eb));
    }
    return 0;
}
