/// What was drawn for an image, for machines and for people.
#pragma once
#include <string>
#include <vector>

#include <folio/augment/transform.h>

#include "argument.h"

namespace folio::cli {

/// The parameters under the keys of Keras' get_random_transform; folio's own follow where drawn.
Json parameters_json(const TransformParameters& drawn);

/// The parameters that change something, in the words of the options, one a line.
std::vector<std::string> describe_parameters(const TransformParameters& drawn);

}  // namespace folio::cli
