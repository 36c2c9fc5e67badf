#define FOLIO_KERNELS_NAMESPACE avx512
#include "kernels_isa.inc"
