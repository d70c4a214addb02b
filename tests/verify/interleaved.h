/* Comes before each model's source: whenever a layer of theirs ends, the test has its turn. */
#ifndef INTERLEAVED_H
#define INTERLEAVED_H

void layer_ended(void);

#define EDGEQ_TRACE(layer, data, bytes) layer_ended()

#endif
