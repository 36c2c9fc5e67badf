// folio dataset download
#include <algorithm>
#include <array>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <folio/datasets/cifar.h>
#include <folio/datasets/error.h>
#include <folio/datasets/idx.h>
#include <folio/datasets/message.h>

#include "dataset_commands.h"
#include "download.h"
#include "progress.h"
#include "terminal.h"

namespace folio::cli {
namespace {

namespace fs = std::filesystem;

struct RemoteFile {
  const char* name;
  const char* sha256;
};

struct RemoteDataset {
  const char* name;
  const char* url;  // Of the folder that the files are in.
  std::vector<RemoteFile> files;
};

// The digests are those that TensorFlow Datasets and other projects publish for these files. MNIST
// comes from the mirror that torchvision uses: its first home refuses programs.
const std::vector<RemoteDataset>& datasets() {
  static const std::vector<RemoteDataset> all{
      {"mnist",
       "https://ossci-datasets.s3.amazonaws.com/mnist",
       {{"train-images-idx3-ubyte.gz",
         "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"},
        {"train-labels-idx1-ubyte.gz",
         "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"},
        {"t10k-images-idx3-ubyte.gz",
         "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"},
        {"t10k-labels-idx1-ubyte.gz",
         "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"}}},
      {"fashion-mnist",
       "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
       {{"train-images-idx3-ubyte.gz",
         "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"},
        {"train-labels-idx1-ubyte.gz",
         "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"},
        {"t10k-images-idx3-ubyte.gz",
         "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"},
        {"t10k-labels-idx1-ubyte.gz",
         "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"}}},
      {"cifar10",
       "https://www.cs.toronto.edu/~kriz",
       {{"cifar-10-binary.tar.gz",
         "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"}}}};
  return all;
}

const RemoteDataset& find_dataset(const std::string& name) {
  std::vector<std::string> names;
  for (const RemoteDataset& dataset : datasets()) {
    if (name == dataset.name) return dataset;
    names.emplace_back(dataset.name);
  }
  throw Error(ErrorKind::kUsage, "unknown dataset \"" + name +
                                     "\", expected mnist, fashion-mnist or cifar10" +
                                     did_you_mean(name, names));
}

struct DownloadArguments {
  std::string dataset;
  std::string output;
  std::string url;
  std::string files;
  std::vector<std::string> sha256;
};

// Takes back the folders that a download that came to nothing has made.
class NewFolders {
 public:
  NewFolders(const std::string& outer, const std::string& inner) {
    std::error_code error;
    for (const std::string& path : {inner, outer}) {
      if (!fs::exists(path, error)) made_.push_back(path);
    }
    fs::create_directories(outer, error);
    if (!error) fs::create_directories(inner, error);
    if (error) throw Error(ErrorKind::kIo, "cannot create " + inner + ": " + error.message());
  }
  ~NewFolders() {
    std::error_code not_empty;
    for (const std::string& path : made_) fs::remove(path, not_empty);
  }
  NewFolders(const NewFolders&) = delete;
  NewFolders& operator=(const NewFolders&) = delete;

 private:
  std::vector<std::string> made_;
};

// Images of a pair of IDX files, into one of the two folders.
std::size_t import_pair(const std::string& folder, const std::string& prefix,
                        const std::string& output, const std::vector<std::string>& names) {
  return import_idx(folder + "/" + prefix + "-images-idx3-ubyte.gz",
                    folder + "/" + prefix + "-labels-idx1-ubyte.gz", output, names);
}

void run(const DownloadArguments& arguments) {
  const RemoteDataset& dataset = find_dataset(arguments.dataset);
  if (!arguments.sha256.empty() && arguments.sha256.size() != dataset.files.size()) {
    throw Error(ErrorKind::kUsage, "--sha256: expected " + std::to_string(dataset.files.size()) +
                                       " digests, one for each file, got " +
                                       std::to_string(arguments.sha256.size()));
  }
  if (!arguments.sha256.empty() && arguments.url.empty()) {
    throw Error(ErrorKind::kUsage, "--sha256: only with --url, for files from elsewhere");
  }
  std::error_code none;
  for (const char* part : {"/train", "/test"}) {
    if (fs::exists(arguments.output + part, none)) {
      throw Error(ErrorKind::kUsage, arguments.output + part + " exists already");
    }
  }
  const std::string folder =
      arguments.files.empty() ? arguments.output + "/download" : arguments.files;
  const NewFolders folders(arguments.output, folder);

  const InterruptWatch watch;
  const std::string url = arguments.url.empty() ? dataset.url : arguments.url;
  for (std::size_t i = 0; i < dataset.files.size(); ++i) {
    const RemoteFile& file = dataset.files[i];
    ProgressLine line(file.name, "bytes");
    download(url + "/" + file.name, arguments.sha256.empty() ? file.sha256 : arguments.sha256[i],
             folder + "/" + file.name,
             [&](std::size_t done, std::size_t total) { line.update(done, total); });
  }
  std::size_t written = 0;
  if (arguments.dataset == "cifar10") {
    // Both folders at once, in a place of their own that is then taken apart.
    const std::string both = folder + "/images";
    ProgressLine line("writing", "images");
    written = import_cifar(folder + "/" + dataset.files.front().name, CifarKind::kCifar10, both,
                           [&](std::size_t done, std::size_t total) { line.update(done, total); });
    for (const char* part : {"/train", "/test"}) fs::rename(both + part, arguments.output + part);
    fs::remove(both);
  } else {
    const std::vector<std::string> names = arguments.dataset == "fashion-mnist"
                                               ? fashion_mnist_class_names()
                                               : std::vector<std::string>{};
    written = import_pair(folder, "train", arguments.output + "/train", names) +
              import_pair(folder, "t10k", arguments.output + "/test", names);
  }
  if (arguments.files.empty()) fs::remove_all(folder);
  std::cout << "Wrote " << written << " images to " << arguments.output << "/train and "
            << arguments.output << "/test\n";
}

}  // namespace

void add_dataset_download_command(CLI::App& dataset) {
  CLI::App& command =
      *dataset.add_subcommand("download", "Fetch mnist, fashion-mnist or cifar10 as class folders");
  command.footer(
      "Files are checked against SHA-256 digests that are built in. A download that was cut short\n"
      "goes on where it stopped when the command is run again.\n"
      "\n"
      "Examples:\n"
      "  folio dataset download mnist mnist\n"
      "  folio train mnist/train --validation-dir mnist/test --model mnist_cnn --epochs 5\n"
      "  folio dataset download cifar10 cifar --url https://mirror.example.org/cifar");
  const auto arguments = std::make_shared<DownloadArguments>();
  command.add_option("dataset", arguments->dataset, "Which dataset")
      ->type_name("mnist|fashion-mnist|cifar10")
      ->required();
  command.add_option("output", arguments->output, "Folder that gets train and test")
      ->type_name("OUT")
      ->required();
  command
      .add_option("--url", arguments->url,
                  "Folder to take the files from, instead of their public home")
      ->type_name("URL");
  command
      .add_option(
          "--sha256", arguments->sha256,
          "With --url: digests of its files, where they are not the public ones, with commas")
      ->type_name("HEX,...")
      ->delimiter(',');
  command
      .add_option("--keep-files", arguments->files,
                  "Keep the downloaded files here; files that are right are not fetched again")
      ->type_name("DIR");
  command.callback([arguments] { run(*arguments); });
}

}  // namespace folio::cli
