// folio dataset import
#include <cstddef>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <folio/datasets/archive.h>
#include <folio/datasets/cifar.h>
#include <folio/datasets/error.h>
#include <folio/datasets/idx.h>
#include <folio/datasets/labelled_files.h>

#include "dataset_commands.h"
#include "progress.h"
#include "terminal.h"
#include "validators.h"

namespace folio::cli {
namespace {

void add_output(CLI::App& command, std::string& output) {
  command.add_option("output", output, "Folder to write; must be new or empty")
      ->type_name("OUT")
      ->required();
}

void print_written(std::size_t written, const char* what, const std::string& output) {
  std::cout << "Wrote " << written << ' ' << what << " to " << output << '\n';
}

struct IdxArguments {
  std::string images;
  std::string labels;
  std::string output;
};

void add_idx_command(CLI::App& import, const std::string& name, const std::string& help,
                     const std::vector<std::string>& class_names) {
  CLI::App& command = *import.add_subcommand(name, help);
  command.footer("Example:\n  folio dataset import " + name +
                 " train-images-idx3-ubyte.gz train-labels-idx1-ubyte.gz " + name + "/train");
  const auto arguments = std::make_shared<IdxArguments>();
  command.add_option("images", arguments->images, "The images file")
      ->type_name("IMAGES")
      ->required();
  command.add_option("labels", arguments->labels, "The labels file")
      ->type_name("LABELS")
      ->required();
  add_output(command, arguments->output);
  command.callback([arguments, class_names] {
    print_written(import_idx(arguments->images, arguments->labels, arguments->output, class_names),
                  "images", arguments->output);
  });
}

struct CifarArguments {
  std::string source;
  std::string output;
  bool coarse = false;
};

void add_cifar_command(CLI::App& import, bool hundred) {
  const std::string name = hundred ? "cifar100" : "cifar10";
  const std::string archive = hundred ? "cifar-100-binary.tar.gz" : "cifar-10-binary.tar.gz";
  CLI::App& command = *import.add_subcommand(
      name, std::string("CIFAR-") + (hundred ? "100" : "10") + " in its binary version");
  command.footer("Writes OUT/train and OUT/test.\n\nExample:\n  folio dataset import " + name +
                 " " + archive + " " + name);
  const auto arguments = std::make_shared<CifarArguments>();
  command.add_option("source", arguments->source, archive + ", or the folder that was in it")
      ->type_name("SOURCE")
      ->required();
  add_output(command, arguments->output);
  if (hundred) {
    command.add_flag("--coarse", arguments->coarse, "The twenty groups as classes");
  }
  command.callback([arguments, hundred] {
    const InterruptWatch watch;
    const CifarKind kind = !hundred            ? CifarKind::kCifar10
                           : arguments->coarse ? CifarKind::kCifar100Coarse
                                               : CifarKind::kCifar100;
    ProgressLine line("writing", "images");
    const std::size_t written =
        import_cifar(arguments->source, kind, arguments->output,
                     [&](std::size_t done, std::size_t total) { line.update(done, total); });
    print_written(written, "images", arguments->output);
  });
}

struct ArchiveArguments {
  std::string archive;
  std::string output;
  ArchiveLimits limits;
};

void add_archive_command(CLI::App& import) {
  CLI::App& command =
      *import.add_subcommand("archive", "A zip or tar archive of class folders, from anywhere");
  command.footer(
      "Only regular files and folders are unpacked, and only into OUT. An archive that tries\n"
      "anything else, is damaged or passes the limits is refused as a whole.\n"
      "\n"
      "Example:\n"
      "  folio dataset import archive photos.zip photos");
  const auto arguments = std::make_shared<ArchiveArguments>();
  command
      .add_option("archive", arguments->archive, ".zip, or .tar, also with .gz, .bz2, .xz or .zst")
      ->type_name("ARCHIVE")
      ->required();
  add_output(command, arguments->output);
  command.add_option("--max-bytes", arguments->limits.bytes, "Of all files together")
      ->type_name("N")
      ->check(whole_number(1, 1'000'000'000'000'000))
      ->capture_default_str();
  command.add_option("--max-entries", arguments->limits.entries, "Files and folders")
      ->type_name("N")
      ->check(whole_number(1))
      ->capture_default_str();
  command
      .add_option("--max-ratio", arguments->limits.ratio,
                  "Bytes out for one byte in, from the first gigabyte on")
      ->type_name("RATIO")
      ->check(positive_number())
      ->capture_default_str();
  command.callback([arguments] {
    const InterruptWatch watch;
    ImportedArchive imported;
    {
      ProgressLine line("unpacking", "bytes");
      imported =
          import_archive(arguments->archive, arguments->output, arguments->limits,
                         [&](std::size_t done, std::size_t total) { line.update(done, total); });
    }
    for (const std::string& notice : imported.notices) note(notice);
    print_written(imported.files, "files", arguments->output);
  });
}

struct CsvArguments {
  std::string table;
  std::string images;
  std::string output;
  LabelledFilesOptions options;
  bool link = false;
};

void add_csv_command(CLI::App& import) {
  CLI::App& command =
      *import.add_subcommand("csv", "A folder of images whose classes are in a table");
  command.footer(
      "Where nothing has to be moved, folio train IMAGES --manifest TABLE.csv uses the table as "
      "it\n"
      "is.\n"
      "\n"
      "Example:\n"
      "  folio dataset import csv labels.csv images breeds --path-column id --class-column breed "
      "\\\n"
      "    --suffix .jpg");
  const auto arguments = std::make_shared<CsvArguments>();
  command.add_option("table", arguments->table, "Names files and classes")
      ->type_name("TABLE.csv")
      ->required();
  command.add_option("images", arguments->images, "Folder that the paths start from")
      ->type_name("IMAGES")
      ->required();
  add_output(command, arguments->output);
  command.add_option("--path-column", arguments->options.path_column, "Column of the file's path")
      ->type_name("NAME")
      ->capture_default_str();
  command.add_option("--class-column", arguments->options.class_column, "Column of its class")
      ->type_name("NAME")
      ->capture_default_str();
  command.add_option("--suffix", arguments->options.suffix, "Added to each path, such as .jpg")
      ->type_name("TEXT");
  command.add_flag("--link", arguments->link, "Link the files instead of copying them");
  command.callback([arguments] {
    const InterruptWatch watch;
    if (arguments->link) arguments->options.transfer = FileTransfer::kLink;
    ProgressLine line("writing", "images");
    const std::size_t written = import_labelled_files(
        arguments->table, arguments->images, arguments->output, arguments->options,
        [&](std::size_t done, std::size_t total) { line.update(done, total); });
    print_written(written, "images", arguments->output);
  });
}

}  // namespace

void add_dataset_import_command(CLI::App& dataset) {
  CLI::App& command = *dataset.add_subcommand("import", "Write a dataset as class folders");
  command.require_subcommand(1);
  add_idx_command(command, "mnist", "MNIST and its like (IDX files, also .gz)", {});
  add_idx_command(command, "fashion-mnist", "Fashion-MNIST, with the names of its classes",
                  fashion_mnist_class_names());
  add_cifar_command(command, false);
  add_cifar_command(command, true);
  add_archive_command(command);
  add_csv_command(command);
  command.footer("Example:\n  folio dataset import archive photos.zip photos");
}

}  // namespace folio::cli
