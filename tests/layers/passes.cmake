# The compiler's passes decide by what operations say of themselves (core/traits.hpp): none includes a private header of the
# operations' folders, casts a primitive to a class or asks for a name, but to print it in the places named here.
#
#   cmake -D ROOT=<the repository> -P passes.cmake

# Where a name is printed: the file, and what is in the line.
set(printed
  "fuse_emit.cpp:from\\.push_back"          # what a fused loop is made of, for people who read programs
  "inline.cpp:^ *i\\.primitive->name\\(\\), body"  # in an error message
  "verify_buffers.cpp:const std::string where")  # in an error message
# What an instruction that the compiler makes is called.
set(own_name "std::string_view name\\(\\) const override")

include(${CMAKE_CURRENT_LIST_DIR}/complain.cmake)

file(GLOB files ${ROOT}/src/trace/passes/*.cpp ${ROOT}/src/trace/passes/*.hpp)
set(names 0)
foreach(file IN LISTS files)
  get_filename_component(short ${file} NAME)
  file(STRINGS ${file} lines REGEX "name\\(\\)|dynamic_cast|#include")
  foreach(line IN LISTS lines)
    if(line MATCHES "#include \"(\\.\\./)*ops/")
      complain("${short}: a private header of the operations: ${line}; passes ask what core/traits.hpp says")
    elseif(line MATCHES "dynamic_cast")
      complain("${short}: a cast: ${line}; let the operation say what is to be known, in core/traits.hpp")
    elseif(line MATCHES "name\\(\\)" AND NOT line MATCHES "${own_name}")
      set(allowed OFF)
      foreach(place IN LISTS printed)
        string(REGEX MATCH "^([^:]+):(.*)$" parts "${place}")
        if(short STREQUAL CMAKE_MATCH_1)
          set(pattern "${CMAKE_MATCH_2}")
          if(line MATCHES "${pattern}")
            set(allowed ON)
          endif()
        endif()
      endforeach()
      if(NOT allowed)
        complain("${short}: asks for a name: ${line}; names are for printing, in the places that tests/layers/passes.cmake "
                 "lists")
      endif()
      math(EXPR names "${names} + 1")
    endif()
  endforeach()
endforeach()

list(LENGTH files file_count)
if(file_count LESS 10 OR names EQUAL 0)
  message(FATAL_ERROR "${ROOT}: found ${file_count} passes and ${names} names that are printed; is it the repository?")
endif()
message(STATUS "${file_count} files of passes, ${names} names printed: ${errors} faults")
