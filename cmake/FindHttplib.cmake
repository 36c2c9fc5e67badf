# cpp-httplib: target Httplib::httplib. Debian builds it as a library; elsewhere it is one header.
find_path(HTTPLIB_INCLUDE_DIR httplib.h)
find_library(HTTPLIB_LIBRARY cpp-httplib)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Httplib REQUIRED_VARS HTTPLIB_INCLUDE_DIR)
if(Httplib_FOUND AND NOT TARGET Httplib::httplib)
  find_package(Threads REQUIRED)
  add_library(Httplib::httplib INTERFACE IMPORTED)
  target_include_directories(Httplib::httplib INTERFACE ${HTTPLIB_INCLUDE_DIR})
  target_link_libraries(Httplib::httplib INTERFACE Threads::Threads)
  if(HTTPLIB_LIBRARY)
    # The header declares what the library was built with.
    find_package(OpenSSL REQUIRED)
    find_package(ZLIB REQUIRED)
    target_compile_definitions(Httplib::httplib INTERFACE
      CPPHTTPLIB_OPENSSL_SUPPORT CPPHTTPLIB_ZLIB_SUPPORT CPPHTTPLIB_BROTLI_SUPPORT)
    target_link_libraries(Httplib::httplib INTERFACE
      ${HTTPLIB_LIBRARY} OpenSSL::SSL OpenSSL::Crypto ZLIB::ZLIB)
  endif()
endif()
mark_as_advanced(HTTPLIB_INCLUDE_DIR HTTPLIB_LIBRARY)
