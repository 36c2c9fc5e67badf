"""Conan 2 recipe: `conan create packaging --build=missing` builds the tree that this lies in."""
import os

from conan import ConanFile
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy


class FolioConan(ConanFile):
    name = "folio"
    version = "0.1.0"
    description = "From a directory of images, one folder per class, to a trained network"
    license = "MIT"
    package_type = "library"
    settings = "os", "compiler", "build_type", "arch"
    options = {"shared": [True, False], "trainer": [True, False]}
    default_options = {"shared": False, "trainer": False}

    def export_sources(self):
        root = os.path.join(self.recipe_folder, "..")
        for pattern in ("CMakeLists.txt", "LICENSE", "cmake/*", "datasets/*", "augment/*",
                        "pipeline/*", "trainer/*", "cli/*"):
            copy(self, pattern, root, self.export_sources_folder)

    def requirements(self):
        # The public headers name cv::Mat.
        self.requires("opencv/[>=4.5 <5]", transitive_headers=True, transitive_libs=True)
        self.requires("boost/[>=1.74]")
        self.requires("libarchive/[>=3.5 <4]")
        self.requires("libdeflate/[>=1.14]")
        self.requires("libjpeg-turbo/[>=2.1]")
        self.requires("libpng/[>=1.6 <2]")
        self.requires("nlohmann_json/[>=3.9]")
        self.requires("onetbb/[>=2021.8]")
        self.requires("zlib/[>=1.2 <2]")
        if self.options.trainer:
            # And oneDNN 2, which comes from the system: ConanCenter has none.
            self.requires("hdf5/[>=1.10 <2]")
            self.requires("onnx/[>=1.12]")
            self.requires("protobuf/[>=3.12]")

    def layout(self):
        cmake_layout(self)

    def generate(self):
        CMakeDeps(self).generate()
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["FOLIO_DEVELOPER_MODE"] = False
        toolchain.cache_variables["FOLIO_BUILD_CLI"] = False
        toolchain.cache_variables["FOLIO_BUILD_TRAINER"] = bool(self.options.trainer)
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        CMake(self).install()
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))

    def package_info(self):
        # folio installs its own CMake package.
        self.cpp_info.set_property("cmake_find_mode", "none")
        self.cpp_info.builddirs = [os.path.join("lib", "cmake", "folio")]
