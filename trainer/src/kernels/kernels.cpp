#include "kernels.h"

#include "optimizer_kernels.h"
#include "winograd_kernels.h"

namespace folio::internal {
namespace portable {
extern const Kernels kKernels8;
extern const Kernels kKernels16;
extern const OptimizerKernels kOptimizerKernels;
extern const WinogradKernels kWinogradKernels8;
extern const WinogradKernels kWinogradKernels16;
}  // namespace portable

#ifdef FOLIO_X86_KERNELS
namespace avx2 {
extern const Kernels kKernels8;
extern const Kernels kKernels16;
extern const OptimizerKernels kOptimizerKernels;
extern const WinogradKernels kWinogradKernels8;
extern const WinogradKernels kWinogradKernels16;
}  // namespace avx2
namespace avx512 {
extern const Kernels kKernels8;
extern const Kernels kKernels16;
extern const OptimizerKernels kOptimizerKernels;
extern const WinogradKernels kWinogradKernels8;
extern const WinogradKernels kWinogradKernels16;
}  // namespace avx512

namespace {

bool has_avx512() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
}

bool has_avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

}  // namespace

int preferred_block() { return has_avx512() ? 16 : 8; }

const Kernels& kernels(int block) {
  if (has_avx512()) return block == 16 ? avx512::kKernels16 : avx512::kKernels8;
  if (has_avx2()) return block == 16 ? avx2::kKernels16 : avx2::kKernels8;
  return block == 16 ? portable::kKernels16 : portable::kKernels8;
}

const OptimizerKernels& optimizer_kernels() {
  if (has_avx512()) return avx512::kOptimizerKernels;
  if (has_avx2()) return avx2::kOptimizerKernels;
  return portable::kOptimizerKernels;
}

const WinogradKernels& winograd_kernels(int block) {
  if (has_avx512()) return block == 16 ? avx512::kWinogradKernels16 : avx512::kWinogradKernels8;
  if (has_avx2()) return block == 16 ? avx2::kWinogradKernels16 : avx2::kWinogradKernels8;
  return block == 16 ? portable::kWinogradKernels16 : portable::kWinogradKernels8;
}
#else
int preferred_block() { return 8; }

const Kernels& kernels(int block) {
  return block == 16 ? portable::kKernels16 : portable::kKernels8;
}

const OptimizerKernels& optimizer_kernels() { return portable::kOptimizerKernels; }

const WinogradKernels& winograd_kernels(int block) {
  return block == 16 ? portable::kWinogradKernels16 : portable::kWinogradKernels8;
}
#endif

}  // namespace folio::internal
