# Configures and builds a project afresh, and goes on after a program that doesn't compile, so that all such are named.
#
#   cmake -D SOURCE=dir -D BINARY=dir -D GENERATOR=Ninja -D OPTIONS=-DA=1;-DB=2 -P build.cmake

file(REMOVE ${BINARY}/CMakeCache.txt)
execute_process(COMMAND ${CMAKE_COMMAND} -S ${SOURCE} -B ${BINARY} -G ${GENERATOR} ${OPTIONS}
                COMMAND_ERROR_IS_FATAL ANY)
if(GENERATOR STREQUAL "Ninja")
  set(keep_going -- -k 0)
else()
  set(keep_going -- -k)
endif()
execute_process(COMMAND ${CMAKE_COMMAND} --build ${BINARY} --parallel 2 ${keep_going} COMMAND_ERROR_IS_FATAL ANY)
