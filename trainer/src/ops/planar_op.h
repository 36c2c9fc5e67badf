/// PlanarOp: lets an op work on images in planes where everything around it has them in blocks.
#pragma once
#include <memory>

#include "op.h"

namespace folio::internal {

/// The values of a node in planes, N x C x H x W (or with a depth), whatever their layout.
onednn::Description planes(const OpContext& context, Value value);

/// `op` computes `node` with its input and output in planes; the result reorders them for it.
std::unique_ptr<Op> make_planar_op(const OpContext& context, const Node& node,
                                   std::unique_ptr<Op> op);

}  // namespace folio::internal
