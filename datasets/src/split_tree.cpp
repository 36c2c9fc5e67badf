#include <folio/datasets/error.h>
#include <folio/datasets/split_tree.h>

#include <algorithm>
#include <set>

#include "file_transfer.h"
#include "new_directory.h"

namespace folio {
namespace {

const char* folder_of(SplitPart part) {
  switch (part) {
    case SplitPart::kTraining:
      return "train/";
    case SplitPart::kValidation:
      return "validation/";
    case SplitPart::kTest:
      break;
  }
  return "test/";
}

}  // namespace

std::size_t write_split_tree(const SampleList& samples, const std::string& directory,
                             FileTransfer transfer, const Progress& progress) {
  internal::NewDirectory tree(directory);
  std::set<std::string> folders;
  std::size_t written = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (progress && i % 64 == 0) progress(i, samples.size());
    const Sample& sample = samples.samples[i];
    if (!sample.part) continue;
    if (!internal::stays_inside(sample.path)) {
      throw Error(ErrorKind::kData, "path " + sample.path + " leads out of " + samples.root);
    }
    const std::string to = tree.path() + "/" + folder_of(*sample.part) + sample.path;
    const std::string folder = to.substr(0, to.rfind('/'));
    if (folders.insert(folder).second) internal::make_directories(folder);
    internal::transfer_file(samples.path(i), to, transfer);
    ++written;
  }
  if (progress) progress(samples.size(), samples.size());
  tree.commit();
  return written;
}

}  // namespace folio
