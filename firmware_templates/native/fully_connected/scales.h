/* Rendered for the rows of the files that include it. */

/* Outputs of neurons whose scales are one for each, or one for all. */
typedef struct {
  int32_t scale_step; /* 1: a multiplier and a shift for each neuron; 0: one for all */
  edgeq_outputs_TYPE channels;
} edgeq_neurons_TYPE;

static inline int32_t edgeq_neuron_TYPE(
    const EDGEQ_FLASH edgeq_neurons_TYPE *p, SUM sum, int32_t u) {
  return edgeq_output_TYPE(&p->channels, sum, u, u * p->scale_step);
}
