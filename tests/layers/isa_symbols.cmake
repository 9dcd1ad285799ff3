# The linker keeps one copy of an inline function that several objects define. If that copy comes from an object compiled
# for AVX, the program dies on processors without it, though it never called a vector kernel. So objects compiled for an
# instruction set may define no such symbol, unless a namespace named after the instruction set makes it their own.
# (DW.ref names hold a pointer, not code.)
#
#   cmake -D NM=nm -D ISA=avx2 -D OBJECTS=a.o;b.o -P isa_symbols.cmake

foreach(object IN LISTS OBJECTS)
  execute_process(COMMAND ${NM} -C --defined-only ${object} OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "[0-9a-f]+ [WVu] [^\n]*" shared "${symbols}")
  foreach(symbol IN LISTS shared)
    if(NOT symbol MATCHES "(^|[^a-z0-9_])${ISA}::| DW\\.ref\\.")
      message(SEND_ERROR "${object} shares ${symbol}")
    endif()
  endforeach()
endforeach()
