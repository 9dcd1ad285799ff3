# Compiles one program and compares the outcome with the expectation in its first line.
#
#   cmake -D COMPILER=c++ -D SOURCE=file.cpp -D INCLUDES=dir;dir -P check.cmake

file(STRINGS ${SOURCE} first LIMIT_COUNT 1)
list(TRANSFORM INCLUDES PREPEND -I)
execute_process(COMMAND ${COMPILER} -std=c++20 -fsyntax-only ${INCLUDES} ${SOURCE}
                RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)

if(first STREQUAL "// expect-success")
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${SOURCE} must compile, but:\n${output}")
  endif()
elseif(first MATCHES "^// expect: (.+)$")
  set(text "${CMAKE_MATCH_1}")
  if(status EQUAL 0)
    message(FATAL_ERROR "${SOURCE} compiles, but must be refused with: ${text}")
  endif()
  # Compilers have words of their own where the library can give none: `TEXT || TEXT`.
  string(REPLACE " || " ";" alternatives "${text}")
  foreach(alternative IN LISTS alternatives)
    string(FIND "${output}" "${alternative}" position)
    if(NOT position EQUAL -1)
      return()
    endif()
  endforeach()
  message(FATAL_ERROR "${SOURCE} is refused, but not with: ${text}\n${output}")
else()
  message(FATAL_ERROR "${SOURCE}: the first line must be '// expect: TEXT' or '// expect-success'")
endif()
