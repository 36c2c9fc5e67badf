/// A cache of decoded and resized 8-bit images, in memory or in a mapped file.
#pragma once
#include <memory>

#include <folio/datasets/sample_list.h>
#include <folio/pipeline/flow_options.h>

#include "sample_source.h"

namespace folio::internal {

/// Keeps what `source` loads: in memory the first samples of the list, as many as fit into
/// FlowOptions::cache_memory; or in the file FlowOptions::cache_file, which is made anew if it was
/// made for other files or options. The images handed out are the source's, byte for byte.
///
/// Errors  Error (kIo) if the file cannot be made, for want of space too: all of it is reserved at
///         once.
std::unique_ptr<SampleSource> make_caching_source(std::unique_ptr<SampleSource> source,
                                                  const SampleList& samples,
                                                  const FlowOptions& options);

}  // namespace folio::internal
