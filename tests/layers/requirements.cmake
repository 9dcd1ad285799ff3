# Without what Copse needs of a compiler, the first and only #error says so, and nothing follows it.
#
#   cmake -D ROOT=<the repository> -D COMPILER=<C++ compiler> -P requirements.cmake

set(headers copse.hpp io.hpp tree.hpp core/array.hpp core/threads.hpp train/strategy.hpp)
set(flags_language -std=c++17)
set(flags_exceptions -std=c++20 -fno-exceptions)
set(flags_rtti -std=c++20 -fno-rtti)
set(says_language "Copse needs C\\+\\+20")
set(says_exceptions "Copse needs exceptions")
set(says_rtti "Copse needs run-time type information")

get_filename_component(folder ${CMAKE_CURRENT_BINARY_DIR}/requirements ABSOLUTE)
file(MAKE_DIRECTORY ${folder})
foreach(header IN LISTS headers)
  file(WRITE ${folder}/program.cpp "#include \"copse/${header}\"\nint main() {}\n")
  foreach(lacking language exceptions rtti)
    execute_process(COMMAND ${COMPILER} ${flags_${lacking}} -fsyntax-only -I${ROOT}/include ${folder}/program.cpp
                    RESULT_VARIABLE status ERROR_VARIABLE output)
    string(REGEX MATCHALL "[^\n]*error:[^\n]*" errors "${output}")
    list(LENGTH errors count)
    if(status EQUAL 0 OR NOT count EQUAL 2 OR NOT errors MATCHES "${says_${lacking}}")
      message(SEND_ERROR "${header} with ${flags_${lacking}}: wanted one #error that says \"${says_${lacking}}\" and the "
                         "end of the compilation, got\n${output}")
    endif()
  endforeach()
endforeach()
