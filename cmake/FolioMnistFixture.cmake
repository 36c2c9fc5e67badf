# folio_add_mnist_fixture(NAME [PER_CLASS n] [SEED s] [IMAGES file LABELS file])
#
# For tests of your own project: a CTest fixture that makes class folders of 28 x 28 grey digits,
# 0 to 9, before the tests that require it, and removes them after. They are drawn, PER_CLASS (100)
# of each with SEED (1), so that nothing is downloaded; or, given a pair of MNIST's IDX files, those
# of MNIST.
#
#   folio_add_mnist_fixture(digits PER_CLASS 20)
#   add_test(NAME my_loader COMMAND my_program ${digits_DIRECTORY})
#   set_tests_properties(my_loader PROPERTIES FIXTURES_REQUIRED digits)
#
# Sets NAME_DIRECTORY, where the folders will be. Needs the component `datasets`, which every other
# one brings.
function(folio_add_mnist_fixture name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "PER_CLASS;SEED;IMAGES;LABELS" "")
  if(ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "folio_add_mnist_fixture: unknown arguments: ${ARG_UNPARSED_ARGUMENTS}")
  endif()
  if(DEFINED ARG_IMAGES AND DEFINED ARG_LABELS)
    set(what import ${ARG_IMAGES} ${ARG_LABELS})
  elseif(DEFINED ARG_IMAGES OR DEFINED ARG_LABELS)
    message(FATAL_ERROR "folio_add_mnist_fixture: IMAGES and LABELS go together")
  else()
    if(NOT DEFINED ARG_PER_CLASS)
      set(ARG_PER_CLASS 100)
    endif()
    if(NOT DEFINED ARG_SEED)
      set(ARG_SEED 1)
    endif()
    set(what draw ${ARG_PER_CLASS} ${ARG_SEED})
  endif()

  if(NOT TARGET folio_mnist_fixture)
    add_executable(folio_mnist_fixture ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/mnist_fixture.cpp)
    set_target_properties(folio_mnist_fixture PROPERTIES CXX_EXTENSIONS OFF)
    target_link_libraries(folio_mnist_fixture PRIVATE folio::datasets)
  endif()
  set(directory ${CMAKE_CURRENT_BINARY_DIR}/${name}.mnist)
  add_test(NAME ${name}.make COMMAND folio_mnist_fixture ${directory} ${what})
  add_test(NAME ${name}.remove COMMAND ${CMAKE_COMMAND} -E rm -rf ${directory})
  set_tests_properties(${name}.make PROPERTIES FIXTURES_SETUP ${name})
  set_tests_properties(${name}.remove PROPERTIES FIXTURES_CLEANUP ${name})
  set(${name}_DIRECTORY ${directory} PARENT_SCOPE)
endfunction()
