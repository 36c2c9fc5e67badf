#include <folio/datasets/error.h>

namespace folio {

Error::Error(ErrorKind kind, const std::string& message)
    : std::runtime_error(message), kind_(kind) {}

}  // namespace folio
