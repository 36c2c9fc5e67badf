/// The files of pages/, which are part of the program.
#pragma once
#include <string_view>

namespace folio::cli {

/// The content of pages/`name`. Defined in a source file that CMake writes.
///
/// Errors  std::logic_error if there is no such file.
std::string_view page_file(std::string_view name);

}  // namespace folio::cli
