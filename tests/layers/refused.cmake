# What the scripts beside this one have to refuse: each is run on a small repository with one fault.
#
#   cmake -D WORK=<an empty folder> -P refused.cmake

function(refuses script fault file)
  set(root ${WORK}/${script})
  file(REMOVE_RECURSE ${root})
  # A repository without faults, of files that are enough for the scripts.
  foreach(n RANGE 9)
    file(WRITE ${root}/src/trace/passes/pass_${n}.cpp "#include \"copse/trace/ir.hpp\"\n")
  endforeach()
  file(WRITE ${root}/src/trace/passes/verify_buffers.cpp "const std::string where = i.primitive->name();\n")
  file(WRITE ${root}/src/core/shape.cpp "#include \"copse/core/shape.hpp\"\n")
  file(WRITE ${root}/src/nn/linear.hpp "\n")
  file(WRITE ${root}/src/ops/matmul.hpp "#include \"../core/../core/shape.cpp\"\n")
  execute_process(COMMAND ${CMAKE_COMMAND} -D ROOT=${root} -P ${CMAKE_CURRENT_LIST_DIR}/${script}.cmake
                  RESULT_VARIABLE result OUTPUT_QUIET ERROR_VARIABLE said)
  if(result)
    message(FATAL_ERROR "${script} refuses a repository without faults: ${said}")
  endif()
  file(APPEND ${root}/${file} "${fault}\n")
  execute_process(COMMAND ${CMAKE_COMMAND} -D ROOT=${root} -P ${CMAKE_CURRENT_LIST_DIR}/${script}.cmake
                  RESULT_VARIABLE result OUTPUT_QUIET ERROR_VARIABLE said)
  if(NOT result)
    message(FATAL_ERROR "${script} does not refuse in ${file}: ${fault}")
  endif()
endfunction()

refuses(includes "#include \"copse/nn/linear.hpp\"" src/core/shape.cpp)
refuses(includes "#include \"../nn/linear.hpp\"" src/core/shape.cpp)
refuses(includes "#include \"../../nn/linear.hpp\"" src/trace/passes/pass_1.cpp)
refuses(includes "#include \"../nothing.hpp\"" src/core/shape.cpp)
refuses(passes "#include \"../../ops/matmul.hpp\"" src/trace/passes/pass_1.cpp)
refuses(passes "#include \"ops/matmul.hpp\"" src/trace/passes/pass_1.cpp)
refuses(passes "if (i.primitive->name() == \"multiply\") return true;" src/trace/passes/pass_1.cpp)
refuses(passes "const auto* p = dynamic_cast<const MatMul*>(i.primitive.get());" src/trace/passes/pass_1.cpp)
message(STATUS "all faults are refused")
