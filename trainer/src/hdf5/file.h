/// File: the groups, datasets and attributes of an HDF5 file in memory.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "attribute.h"
#include "file_view.h"
#include "float_array.h"
#include "global_heap.h"
#include "links.h"

namespace folio::internal::hdf5 {

/// The subset of HDF5 that h5py, Keras and TensorFlow.js write, read without libhdf5, which crashes
/// or hangs on one damaged file in a hundred. Whatever the bytes are, calls return or throw Error
/// (kModel) after work that is linear in the size of the file.
///
/// Owns    Nothing: the bytes must outlive it.
class File {
 public:
  /// A group or a dataset; valid as long as its file.
  class Object {
   public:
    [[nodiscard]] bool has_attribute(const std::string& name) const;
    /// Null if there is none.
    [[nodiscard]] const Attribute* attribute(const std::string& name) const;
    /// The strings of an attribute; none if there is no such attribute.
    [[nodiscard]] std::vector<std::string> strings(const std::string& name) const;

    [[nodiscard]] const Links& links() const;
    /// Whether a path (`conv2d/kernel:0`) leads somewhere.
    [[nodiscard]] bool contains(const std::string& path) const;
    /// Errors  Error (kModel) naming the path.
    [[nodiscard]] Object at(const std::string& path) const;

    [[nodiscard]] bool is_dataset() const;
    [[nodiscard]] FloatArray floats() const;
    [[nodiscard]] double number() const;

   private:
    friend class File;
    struct Contents {
      std::vector<Message> messages;
      std::map<std::string, Attribute> attributes;
      Links links;
    };
    Object(File* file, const Contents* contents) : file_(file), contents_(contents) {}
    [[nodiscard]] std::optional<Object> find(const std::string& path) const;

    File* file_;
    const Contents* contents_;
  };

  explicit File(Bytes bytes);

  [[nodiscard]] Object root() { return object(root_); }

 private:
  Object object(std::uint64_t address);

  FileView view_;
  GlobalHeap heap_{view_};
  std::uint64_t root_ = 0;
  std::map<std::uint64_t, Object::Contents> objects_;
};

}  // namespace folio::internal::hdf5
