/* Rendered for the rows of the files that include it. */

/* Outputs of neurons that have no scale. */
typedef struct {
  edgeq_outputs_TYPE channels;
} edgeq_neurons_TYPE;

static inline SUM edgeq_neuron_TYPE(const EDGEQ_FLASH edgeq_neurons_TYPE *p, SUM sum, int32_t u) {
  return edgeq_output_TYPE(&p->channels, sum, u, 0);
}
