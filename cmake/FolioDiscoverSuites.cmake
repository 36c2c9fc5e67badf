# folio_discover_suites(PROGRAM LABEL): one ctest test for each suite of a GoogleTest program.
#
# gtest_discover_tests() starts the program once for each test. Loading it takes 0.2 seconds, since
# Debian's OpenCV loads GDAL, which for a thousand short tests is most of their time.
if(CMAKE_SCRIPT_MODE_FILE)
  execute_process(COMMAND ${PROGRAM} --gtest_list_tests
    OUTPUT_VARIABLE listing COMMAND_ERROR_IS_FATAL ANY TIMEOUT 60)
  string(REGEX MATCHALL "(^|\n)[A-Za-z0-9_/]+\\." suites "${listing}")
  set(script "")
  foreach(suite IN LISTS suites)
    string(REGEX REPLACE "^\n|\\.$" "" suite "${suite}")
    string(APPEND script
      "add_test([==[${suite}]==] [==[${PROGRAM}]==] [==[--gtest_filter=${suite}.*]==])\n"
      "set_tests_properties([==[${suite}]==] PROPERTIES LABELS ${LABEL})\n")
  endforeach()
  file(WRITE ${OUTPUT} "${script}")
  return()
endif()

set(FOLIO_DISCOVER_SUITES ${CMAKE_CURRENT_LIST_FILE})

function(folio_discover_suites program label)
  set(list ${CMAKE_CURRENT_BINARY_DIR}/${program}_suites.cmake)
  add_custom_command(TARGET ${program} POST_BUILD
    COMMAND ${CMAKE_COMMAND} -DPROGRAM=$<TARGET_FILE:${program}> -DLABEL=${label} -DOUTPUT=${list}
      -P ${FOLIO_DISCOVER_SUITES}
    BYPRODUCTS ${list}
    VERBATIM)
  # Before the program is built there is none of its tests, and ctest says so.
  file(WRITE ${list}.if_built
    "if(EXISTS [==[${list}]==])\n"
    "  include([==[${list}]==])\n"
    "else()\n"
    "  add_test(${program}_NOT_BUILT ${program}_NOT_BUILT)\n"
    "endif()\n")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${list}.if_built)
endfunction()
