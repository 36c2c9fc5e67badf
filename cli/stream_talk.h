/// What commands say about a stream of images.
#pragma once
#include <folio/pipeline/batch_stream.h>

namespace folio::cli {

/// Whether results are for people or, with --json, for machines.
enum class Output { kText, kJson };

/// `Found 48000 images belonging to 10 classes.`, a result for people, talk beside JSON; nothing
/// with --quiet.
void print_found(const BatchStream& stream, Output output);

/// The stream's notices, on standard error.
void print_notices(const BatchStream& stream);

/// Every bad file that the stream has met, with its reason, on standard error.
void print_bad_files(const BatchStream& stream);

}  // namespace folio::cli
