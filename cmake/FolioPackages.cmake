# `cpack -G DEB` in the build directory: `folio` (the command), `libfolio-dev`, and, with
# BUILD_SHARED_LIBS, `libfolio0.1`. What the binaries need is found by dpkg-shlibdeps.
set(CPACK_PACKAGE_NAME folio)
set(CPACK_PACKAGE_VENDOR folio)
set(CPACK_PACKAGE_CONTACT "folio <folio@localhost>")
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_CURRENT_SOURCE_DIR}/LICENSE)
set(CPACK_GENERATOR DEB)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL development)
if(TARGET folio_cli)
  list(APPEND CPACK_COMPONENTS_ALL command)
endif()

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMMAND_PACKAGE_NAME folio)
set(CPACK_DEBIAN_COMMAND_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_COMMAND_PACKAGE_SECTION science)
set(CPACK_DEBIAN_COMMAND_DESCRIPTION "Trains networks on folders of images: the command")

set(library libfolio${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
set(CPACK_DEBIAN_LIBRARIES_PACKAGE_NAME ${library})
set(CPACK_DEBIAN_LIBRARIES_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_LIBRARIES_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_LIBRARIES_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_LIBRARIES_DESCRIPTION "Trains networks on folders of images: shared libraries")

# What programs that use folio are compiled and linked with.
set(depends
  libopencv-dev libtbb-dev libboost-filesystem-dev libjpeg-dev libpng-dev libdeflate-dev zlib1g-dev
  libarchive-dev)
if(FOLIO_BUILD_TRAINER)
  list(APPEND depends libdnnl-dev libhdf5-dev libprotobuf-dev libonnx-dev)
endif()
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libfolio-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION
  "Trains networks on folders of images: headers, CMake and pkg-config files")

if(FOLIO_WITH_LIBTORCH)
  list(APPEND depends libtorch-dev)
endif()

if(BUILD_SHARED_LIBS)
  list(APPEND CPACK_COMPONENTS_ALL libraries)
  list(APPEND depends "${library} (= ${PROJECT_VERSION})")
  set(CPACK_DEBIAN_COMMAND_PACKAGE_DEPENDS "${library} (= ${PROJECT_VERSION})")
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS
    ${CMAKE_CURRENT_BINARY_DIR}/datasets ${CMAKE_CURRENT_BINARY_DIR}/augment
    ${CMAKE_CURRENT_BINARY_DIR}/pipeline ${CMAKE_CURRENT_BINARY_DIR}/trainer
    ${CMAKE_CURRENT_BINARY_DIR}/trainer/libtorch)
endif()
# Debian's place for the licence.
foreach(component IN LISTS CPACK_COMPONENTS_ALL)
  string(TOUPPER ${component} COMPONENT)
  install(FILES LICENSE COMPONENT ${component} RENAME copyright
    DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${CPACK_DEBIAN_${COMPONENT}_PACKAGE_NAME})
endforeach()
list(JOIN depends ", " CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS)
include(CPack)
