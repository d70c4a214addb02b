/* What generated headers and float kernels may call; the compiler's own library has the bodies. */
#ifndef EDGEQ_FREESTANDING_MATH_H
#define EDGEQ_FREESTANDING_MATH_H

#define INFINITY __builtin_inff()
#define NAN __builtin_nanf("")

float expf(float x);
float fabsf(float x);
float floorf(float x);
float fmaxf(float a, float b);
float fminf(float a, float b);
float logf(float x);
float roundf(float x);
float sqrtf(float x);
float truncf(float x);

#endif
