/// Pages: the HTML files of pages/, filled with values.
#pragma once
#include <string>
#include <string_view>

#include "argument.h"

namespace folio::cli {

/// Fills in the page `name` of pages/, in the manner of Mustache:
///
///     {{name}}            a value of `data`, escaped; numbers with six digits
///     {{#name}}...{{/name}}   once for each element of a list, or if the value is set and not
///     empty
///     {{^name}}...{{/name}}   if it is not
///     {{.}}               the element itself
///     {{&name}}           the value as JSON, for a <script>
///     {{>file}}           another file of pages/, filled likewise
///
/// Names are looked up from the innermost section outwards; a name that is nowhere is empty. No
/// value can end up as markup.
std::string render_page(std::string_view name, const Json& data);

}  // namespace folio::cli
