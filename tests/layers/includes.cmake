# Includes point one way. This script reads every #include of Copse's own headers in include/ and src/, and fails on one
# that the table doesn't allow, and on a macro defined in a public header.
#
#   cmake -D ROOT=<the repository> -P includes.cmake

# What the files of each layer may include besides their own layer's: a layer, or one header of it. Whatever is not here
# is not allowed; copse/<layer>.hpp counts as part of <layer>.
set(allow_core tree/leaf.hpp tree/field.hpp)
set(allow_tree core/config.hpp core/error.hpp)
set(allow_ops core)
set(allow_random core ops)
set(allow_trace core ops)
set(allow_transform core ops trace tree)
set(allow_nn core ops random trace tree transform)
set(allow_losses core ops tree)
set(allow_metrics core ops tree losses)
set(allow_optim core ops tree)
set(allow_io core ops tree)
set(allow_data core ops random tree)
set(allow_train core ops random trace tree transform losses metrics optim io data nn/scope.hpp nn/module.hpp)
set(everything core ops random trace tree transform nn losses metrics optim io data train)
set(allow_copse ${everything})
set(allow_interop ${everything})
set(allow_testing ${everything})
set(layers ${everything} copse interop testing)

# The only public header that may define macros.
set(macro_header include/copse/core/config.hpp)

cmake_policy(SET CMP0057 NEW)
set(errors 0)
function(complain text)
  message(SEND_ERROR "${text}")
  math(EXPR errors "${errors} + 1")
  set(errors ${errors} PARENT_SCOPE)
endfunction()

file(GLOB_RECURSE files RELATIVE ${ROOT} ${ROOT}/include/*.hpp ${ROOT}/src/*.hpp ${ROOT}/src/*.cpp)
list(LENGTH files file_count)
set(include_count 0)
foreach(file IN LISTS files)
  string(REGEX REPLACE "^(include/copse|src)/([^/]*)(/.*)?$" "\\2" layer ${file})
  string(REGEX REPLACE "\\.[hc]pp$" "" layer ${layer})
  if(NOT layer IN_LIST layers)
    complain("${file}: ${layer} is no layer that tests/layers/includes.cmake knows")
    continue()
  endif()

  file(STRINGS ${ROOT}/${file} lines REGEX "^[ \t]*#[ \t]*(include|define)[ \t]")
  foreach(line IN LISTS lines)
    if(line MATCHES "#[ \t]*define")
      if(file MATCHES "^include/" AND NOT file STREQUAL macro_header)
        complain("${file}: a macro in a public header: ${line}")
      endif()
      continue()
    endif()
    if(NOT line MATCHES "[<\"](copse/)?([a-z0-9_]+)(/[^>\"]*|\\.hpp)[>\"]" OR NOT CMAKE_MATCH_2 IN_LIST layers)
      continue()  # some other library's header, or a neighbour in the same folder
    endif()
    set(other ${CMAKE_MATCH_2})
    set(header ${CMAKE_MATCH_2}${CMAKE_MATCH_3})
    math(EXPR include_count "${include_count} + 1")
    if(NOT other STREQUAL layer AND NOT other IN_LIST allow_${layer} AND NOT header IN_LIST allow_${layer})
      complain("${file}: ${layer} must not include ${other} (${header})")
    endif()
  endforeach()
endforeach()

if(file_count EQUAL 0 OR include_count EQUAL 0)
  message(FATAL_ERROR "${ROOT}: found ${file_count} files and ${include_count} includes; is it the repository?")
endif()
message(STATUS "${include_count} includes in ${file_count} files: ${errors} not allowed")
