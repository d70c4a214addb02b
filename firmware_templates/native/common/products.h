/* High words of products of 32 bits. */
#ifndef EDGEQ_PRODUCTS_H
#define EDGEQ_PRODUCTS_H

#include "common/compiler.h"

#include EDGEQ_HIGH_WORD
#include EDGEQ_HIGH_WORD_ROUNDED

#endif
