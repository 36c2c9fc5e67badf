# FindOneDNN: target OneDNN::dnnl.
#
# Debian's own dnnl package configuration asks for OpenCL development files that nothing here needs,
# so the library is looked up directly.
find_path(OneDNN_INCLUDE_DIR oneapi/dnnl/dnnl.hpp)
find_library(OneDNN_LIBRARY dnnl)
# Debian builds oneDNN on OpenMP; its team size has to be set to one in every worker thread.
find_library(OneDNN_OPENMP_LIBRARY NAMES gomp
  PATHS ${CMAKE_CXX_IMPLICIT_LINK_DIRECTORIES} ${CMAKE_C_IMPLICIT_LINK_DIRECTORIES}
        /usr/lib/gcc/${CMAKE_LIBRARY_ARCHITECTURE}/12)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OneDNN
  REQUIRED_VARS OneDNN_LIBRARY OneDNN_INCLUDE_DIR OneDNN_OPENMP_LIBRARY)
if(OneDNN_FOUND AND NOT TARGET OneDNN::dnnl)
  add_library(OneDNN::dnnl UNKNOWN IMPORTED)
  set_target_properties(OneDNN::dnnl PROPERTIES
    IMPORTED_LOCATION ${OneDNN_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${OneDNN_INCLUDE_DIR}
    INTERFACE_LINK_LIBRARIES ${OneDNN_OPENMP_LIBRARY})
endif()
