/// Numbers as logs show them.
#pragma once
#include <cmath>

namespace folio::internal {

/// The value; NaN without its sign, which would be shown as `-nan`.
inline double plain_nan(double value) { return std::isnan(value) ? std::abs(value) : value; }

}  // namespace folio::internal
