# copse/train.hpp trains any struct with steps: it may bring modules, scopes and initializers (scopes make parameters with
# them), but no layer of nn.
#
#   cmake -D ROOT=<the repository> -D COMPILER=c++ -P train_without_nn.cmake

set(allowed call init initializers locate mode module scope table)

execute_process(COMMAND ${COMPILER} -std=c++20 -I ${ROOT}/include -MM ${ROOT}/include/copse/train.hpp
                OUTPUT_VARIABLE headers COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "copse/nn/[a-z0-9_/]+" headers "${headers}")
foreach(header IN LISTS headers)
  cmake_path(GET header FILENAME name)
  list(FIND allowed ${name} position)
  if(position EQUAL -1)
    message(SEND_ERROR "copse/train.hpp includes ${header}.hpp")
  endif()
endforeach()
