# Flags of our own build as targets: they reach only what links them, and never a user's code.

add_library(copse_warnings INTERFACE)
if(COPSE_WERROR)
  target_compile_options(copse_warnings INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Werror
                         -Wno-unknown-pragmas)  # hints to one compiler
endif()

add_library(copse_sanitize INTERFACE)
if(COPSE_SANITIZE)
  target_compile_options(copse_sanitize INTERFACE -fsanitize=${COPSE_SANITIZE} -fno-sanitize-recover=all
                                                  -fno-omit-frame-pointer)
  target_link_options(copse_sanitize INTERFACE -fsanitize=${COPSE_SANITIZE})
endif()

# Libraries of which Copse's sources use the headers. What these define inline ends in Copse's objects under names that
# a user's own code defines as well, for another processor or of another version, and a linker keeps one of the two. So
# their namespaces have names of our own in all of Copse's sources. A test looks for others (tests/layers).
set(COPSE_PRIVATE_LIBRARIES Eigen fmt nlohmann)
add_library(copse_private_names INTERFACE)
foreach(library IN LISTS COPSE_PRIVATE_LIBRARIES)
  target_compile_definitions(copse_private_names INTERFACE ${library}=copse_${library})
endforeach()

# What every program in this repository links: its layers, and the flags above.
function(copse_add_executable name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK")
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_LINK} copse_warnings copse_sanitize)
endfunction()
