# The template, copied out of the repository, is built against an installed Copse, and passes its tests.
#
#   cmake -D SOURCE=<examples/template> -D PREFIX=<the install tree> -D GENERATOR=Ninja -D COMPILER=g++
#         -D BUILD_TYPE=Release -P template.cmake
set(temporary /tmp)
if(DEFINED ENV{TMPDIR})
  set(temporary $ENV{TMPDIR})
endif()
string(RANDOM LENGTH 12 name)
set(folder ${temporary}/copse-template-${name})
file(COPY ${SOURCE}/ DESTINATION ${folder})

set(status 0)
# step(<command>...): unless a step before has failed
function(step)
  if(status EQUAL 0)
    execute_process(COMMAND ${ARGN} WORKING_DIRECTORY ${folder} RESULT_VARIABLE status)
    set(status "${status}" PARENT_SCOPE)
  endif()
endfunction()
step(${CMAKE_COMMAND} -S . -B build -G ${GENERATOR} -D CMAKE_PREFIX_PATH=${PREFIX} -D CMAKE_CXX_COMPILER=${COMPILER}
     -D CMAKE_BUILD_TYPE=${BUILD_TYPE})
step(${CMAKE_COMMAND} --build build --parallel 2)
step(${CMAKE_CTEST_COMMAND} --test-dir build --output-on-failure --no-tests=error)
file(REMOVE_RECURSE ${folder})
if(NOT status EQUAL 0)
  message(FATAL_ERROR "the template does not build, or fails its tests (${status})")
endif()
