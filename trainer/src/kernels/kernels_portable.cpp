#define FOLIO_KERNELS_NAMESPACE portable
#include "kernels_isa.inc"
