cmake_minimum_required(VERSION 3.25)
# Public headers open the namespace with the attribute that makes its content visible.
file(GLOB_RECURSE headers ${root}/*/include/folio/*.h)
foreach(header IN LISTS headers)
  file(STRINGS ${header} bare REGEX "^namespace folio")
  if(bare)
    message(SEND_ERROR
      "${header}: write `namespace [[gnu::visibility(\"default\")]] folio {` in public headers")
  endif()
endforeach()
