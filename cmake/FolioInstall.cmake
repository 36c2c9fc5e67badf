# What is installed beside libraries and headers: the CMake package, pkg-config files, and how CPack
# makes Debian packages of it all.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/folio)
configure_package_config_file(cmake/folio-config.cmake.in folio-config.cmake
  INSTALL_DESTINATION ${package_dir}
  NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file(folio-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES
  ${CMAKE_CURRENT_BINARY_DIR}/folio-config.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/folio-config-version.cmake
  cmake/FindDeflate.cmake
  cmake/FolioMnistFixture.cmake
  cmake/mnist_fixture.cpp
  DESTINATION ${package_dir} COMPONENT development)
if(FOLIO_BUILD_TRAINER)
  install(FILES cmake/FindOneDNN.cmake DESTINATION ${package_dir} COMPONENT development)
endif()

# pkg-config: folio-pipeline for loading, folio for all. A static library names what it was built
# on as its own requirement, as there is no other way to link it; a shared one keeps it private.
file(RELATIVE_PATH FOLIO_PC_PREFIX
  ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
set(FOLIO_PC_OPENCV_CFLAGS)
foreach(directory IN LISTS OpenCV_INCLUDE_DIRS)
  string(APPEND FOLIO_PC_OPENCV_CFLAGS " -I${directory}")
endforeach()
set(FOLIO_PC_PIPELINE_PACKAGES tbb libjpeg libpng zlib)
set(FOLIO_PC_PIPELINE_LIBS
  -lopencv_imgcodecs -lopencv_imgproc -lboost_filesystem -ldeflate
  -larchive)  # Its own .pc asks for libraries that its Debian package does not bring.
set(FOLIO_PC_TRAINER_PACKAGES hdf5 protobuf)
set(FOLIO_PC_TRAINER_LIBS -ldnnl -lgomp -lonnx_proto)
function(folio_install_pc name)
  configure_file(cmake/${name}.pc.in ${name}.pc @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${name}.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
endfunction()
foreach(list IN ITEMS
    FOLIO_PC_PIPELINE_PACKAGES FOLIO_PC_PIPELINE_LIBS FOLIO_PC_TRAINER_PACKAGES FOLIO_PC_TRAINER_LIBS)
  string(REPLACE ";" " " ${list} "${${list}}")
endforeach()
if(BUILD_SHARED_LIBS)
  set(FOLIO_PC_PRIVATE .private)
  set(FOLIO_PC_THEN_LIBS "\nLibs.private:")
  set(FOLIO_PC_THEN_REQUIRES "\nRequires.private:")
endif()
folio_install_pc(folio-pipeline)
if(FOLIO_BUILD_TRAINER)
  folio_install_pc(folio)
endif()

if(PROJECT_IS_TOP_LEVEL)
  include(FolioPackages)
endif()
