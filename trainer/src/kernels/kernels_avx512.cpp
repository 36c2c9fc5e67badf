#define FOLIO_KERNELS_NAMESPACE avx512
#include "kernels_isa.inc"
#include "optimizer_kernels_isa.inc"
#include "winograd_kernels_isa.inc"
