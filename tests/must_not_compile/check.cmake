# Compares what the compiler said of one program with the expectation in the program's first line.
#
#   cmake -D SOURCE=file.cpp -D SAID=file.txt -P check.cmake

file(STRINGS ${SOURCE} first LIMIT_COUNT 1)
file(READ ${SAID} said)
string(FIND "${said}" "error: " refused)

if(first STREQUAL "// expect-success")
  if(NOT refused EQUAL -1)
    message(FATAL_ERROR "${SOURCE} must compile, but:\n${said}")
  endif()
elseif(first MATCHES "^// expect: (.+)$")
  set(text "${CMAKE_MATCH_1}")
  if(refused EQUAL -1)
    message(FATAL_ERROR "${SOURCE} compiles, but must be refused with: ${text}")
  endif()
  # Compilers have words of their own where the library can give none: `TEXT || TEXT`.
  string(REPLACE " || " ";" alternatives "${text}")
  foreach(alternative IN LISTS alternatives)
    string(FIND "${said}" "${alternative}" position)
    if(NOT position EQUAL -1)
      return()
    endif()
  endforeach()
  message(FATAL_ERROR "${SOURCE} is refused, but not with: ${text}\n${said}")
else()
  message(FATAL_ERROR "${SOURCE}: the first line must be '// expect: TEXT' or '// expect-success'")
endif()
