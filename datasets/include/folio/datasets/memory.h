/// Large pieces of memory.
#pragma once
#include <cstddef>
#include <string>

namespace [[gnu::visibility("default")]] folio {

/// Memory that is not set to anything, aligned for vector instructions, and for large pages if it
/// is several of them. std::free() frees it.
///
/// Errors  std::bad_alloc.
void* allocate(std::size_t bytes);

/// Asks the system to back memory that has not been touched yet by large pages, if it is several
/// of them. The first touch of a page costs more than filling it does: in virtual machines, for
/// 100 MB in pages of 4 KB, up to seconds. Where there are no large pages this does nothing.
void prefer_large_pages(void* memory, std::size_t bytes) noexcept;

/// Sees to it that `what`, which takes so many bytes (a double, as a product
/// of sizes may exceed integers), fits into the memory of this machine: a program
/// that takes more is ended by the system without a word.
///
/// Errors  Error (kUsage) that says what is needed, what there is, and `advice`.
void require_memory(double bytes, const std::string& what, const std::string& advice);

}  // namespace folio
