# Compiles a program and an empty one, compares the processor time of both, and runs the program unless the flags say -c.
#
#   cmake -D COMPILER=c++ -D SOURCE=file.cpp -D EMPTY=empty.cpp -D INCLUDE=dir -D LIMIT=seconds [-D FLAGS=list]
#         -D OUTPUT=file -P check.cmake

# Milliseconds of user time that compiling takes; the best of three, because others use the processor's caches, too.
function(measure source variable)
  set(best 999999)
  foreach(try 1 2 3)
    execute_process(COMMAND sh -c "\"$@\" && times" sh ${COMPILER} -std=c++20 ${FLAGS} -I${INCLUDE} ${source} -o ${OUTPUT}
                    RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE errors)
    # The second line is about the children: 0m3.412s 0m0.210s
    if(NOT status EQUAL 0 OR NOT output MATCHES "\n *([0-9]+)m([0-9]+)[.]([0-9]+)s")
      message(FATAL_ERROR "${source} does not compile:\n${output}${errors}")
    endif()
    set(minutes ${CMAKE_MATCH_1})
    set(seconds ${CMAKE_MATCH_2})
    string(SUBSTRING "${CMAKE_MATCH_3}000" 0 3 milliseconds)
    math(EXPR time "(${minutes} * 60 + ${seconds}) * 1000 + 1${milliseconds} - 1000")
    if(time LESS best)
      set(best ${time})
    endif()
    math(EXPR limit "${LIMIT} * 1000")
    if(best LESS limit)
      break()
    endif()
  endforeach()
  set(${variable} ${best} PARENT_SCOPE)
endfunction()

measure(${EMPTY} empty)
measure(${SOURCE} full)
math(EXPR cost "${full} - ${empty}")
math(EXPR limit "${LIMIT} * 1000")
message("${SOURCE}: ${cost} ms more than an empty program")
if(NOT cost LESS limit)
  message(FATAL_ERROR "${SOURCE} takes ${cost} ms more than an empty program, and may take ${limit}")
endif()
if(NOT "${FLAGS}" MATCHES "(^|;)-c(;|$)")
  execute_process(COMMAND ${OUTPUT} RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${SOURCE} gives ${status}")
  endif()
endif()
