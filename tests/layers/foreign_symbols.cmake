# What a static library must not bring into a program: the names of other libraries' inline functions, which a user's
# own code defines as well, perhaps for another processor or of another version (the linker keeps one of the two), and
# handlers that destroy objects when a program or a thread ends, after which operations could not run any more.
#
#   cmake -D NM=nm -D LIBRARIES=a.a;b.a -D FOREIGN=Eigen;fmt -P foreign_symbols.cmake

list(JOIN FOREIGN "|" names)
set(count 0)
foreach(library IN LISTS LIBRARIES)
  execute_process(COMMAND ${NM} -C ${library} OUTPUT_VARIABLE symbols ERROR_QUIET COMMAND_ERROR_IS_FATAL ANY)
  string(REPLACE ";" "," symbols "${symbols}")
  string(REGEX MATCHALL "[^\n]*[^A-Za-z0-9_](${names})::[^\n]*" foreign "${symbols}")
  string(REGEX MATCHALL "[^\n]* U __cxa_(thread_)?atexit[^\n]*" handlers "${symbols}")
  foreach(symbol IN LISTS foreign handlers)
    message(SEND_ERROR "${library} has ${symbol}")
  endforeach()
  string(REGEX MATCHALL " [TW] copse::" own "${symbols}")
  list(LENGTH own found)
  math(EXPR count "${count} + ${found}")
endforeach()
if(count EQUAL 0)
  message(FATAL_ERROR "no symbols of Copse in ${LIBRARIES}")
endif()
