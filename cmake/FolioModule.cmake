# folio_add_module(NAME HEADERS h... SOURCES cpp... [PUBLIC target...] [PRIVATE target...])
#
# One library per module folder, `folio::NAME` in the tree and installed. Public headers live under
# include/ so that `#include <folio/NAME/x.h>` means the same everywhere; private ones under src/.
# What a PRIVATE library needs is also said in folio-config.cmake.in and, for pkg-config, in
# FolioInstall.cmake; the package test finds what is forgotten there.
function(folio_add_module name)
  cmake_parse_arguments(PARSE_ARGV 1 MODULE "" "" "HEADERS;SOURCES;PUBLIC;PRIVATE")
  set(target folio_${name})
  add_library(${target})
  add_library(folio::${name} ALIAS ${target})
  target_sources(${target}
    PRIVATE ${MODULE_SOURCES}
    PUBLIC FILE_SET HEADERS BASE_DIRS include FILES ${MODULE_HEADERS})
  target_include_directories(${target} PRIVATE src)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_link_libraries(${target} PUBLIC ${MODULE_PUBLIC} PRIVATE ${MODULE_PRIVATE})
  # What is public is so by the namespace attribute of the public headers.
  set_target_properties(${target} PROPERTIES
    EXPORT_NAME ${name} POSITION_INDEPENDENT_CODE ON CXX_EXTENSIONS OFF
    CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    UNITY_BUILD OFF  # What a file keeps to itself is named for that file alone.
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
    INSTALL_RPATH "$ORIGIN"
    VERIFY_INTERFACE_HEADER_SETS ${FOLIO_DEVELOPER_MODE})
  folio_developer_warnings(${target})
  if(FOLIO_INSTALL)
    install(TARGETS ${target} EXPORT folio-${name}-targets
      ARCHIVE COMPONENT development
      LIBRARY COMPONENT libraries NAMELINK_COMPONENT development
      FILE_SET HEADERS COMPONENT development)
    install(EXPORT folio-${name}-targets NAMESPACE folio:: COMPONENT development
      DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/folio)
  endif()
endfunction()

# Warnings are the developers' business, never pushed onto users.
function(folio_developer_warnings target)
  if(FOLIO_DEVELOPER_MODE)
    target_compile_options(${target} PRIVATE -Wall -Wextra)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
      # False alarms on `"text" + string` (gcc bug 105651).
      target_compile_options(${target} PRIVATE -Wno-restrict)
    endif()
  endif()
endfunction()
