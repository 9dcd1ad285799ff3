# One function makes all layers alike: copse_add_library(<name> FOLDERS <folder>... [HEADERS <header>...]
# [EXCLUDE <header>...] [PUBLIC <library>...] [PRIVATE <library>...] [DEFINITIONS <definition>...])
#
# Sources are src/<folder>/**.cpp, headers include/copse/<folder>.hpp and include/copse/<folder>/**.hpp. A layer without
# sources is an INTERFACE library. Files in a folder called `isa` hold vector kernels; see copse_add_kernels.

function(copse_add_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "FOLDERS;HEADERS;EXCLUDE;PUBLIC;PRIVATE;DEFINITIONS")
  set(include ${PROJECT_SOURCE_DIR}/include)

  set(source_globs)
  set(header_globs)
  foreach(folder IN LISTS arg_FOLDERS)
    list(APPEND source_globs ${PROJECT_SOURCE_DIR}/src/${folder}/*.cpp)
    list(APPEND header_globs ${include}/copse/${folder}/*.hpp)
  endforeach()
  set(sources)
  set(headers)
  if(arg_FOLDERS)
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${source_globs})
    file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${header_globs})
  endif()
  foreach(folder IN LISTS arg_FOLDERS)
    file(GLOB umbrella CONFIGURE_DEPENDS ${include}/copse/${folder}.hpp)
    list(APPEND headers ${umbrella})
  endforeach()
  list(TRANSFORM arg_EXCLUDE PREPEND ${include}/copse/)
  if(arg_EXCLUDE)
    list(REMOVE_ITEM headers ${arg_EXCLUDE})
  endif()
  foreach(header IN LISTS arg_HEADERS)
    file(GLOB found CONFIGURE_DEPENDS ${include}/copse/${header})
    list(APPEND headers ${found})
  endforeach()

  set(kernels ${sources})
  list(FILTER kernels INCLUDE REGEX "/isa/[^/]*$")
  list(FILTER sources EXCLUDE REGEX "/isa/[^/]*$")

  if(name STREQUAL copse)
    set(target copse)
  else()
    set(target copse_${name})
  endif()
  if(sources)
    add_library(${target} STATIC ${sources})
    set(usage PUBLIC)
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)  # it may end in a shared library
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fno-semantic-interposition>)
    target_compile_definitions(${target} PRIVATE ${arg_DEFINITIONS})
    target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(${target} PRIVATE ${arg_PRIVATE} $<BUILD_INTERFACE:copse_private_names>
                                            $<BUILD_INTERFACE:copse_warnings>
                                            $<BUILD_INTERFACE:copse_sanitize>)
  else()
    add_library(${target} INTERFACE)
    set(usage INTERFACE)
  endif()
  add_library(copse::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  if(NOT PROJECT_IS_TOP_LEVEL)
    set_target_properties(${target} PROPERTIES SYSTEM ON)
  endif()
  target_compile_features(${target} ${usage} cxx_std_20)
  target_link_libraries(${target} ${usage} ${arg_PUBLIC})
  target_sources(${target} ${usage} FILE_SET HEADERS BASE_DIRS ${include} FILES ${headers})
  set_property(GLOBAL APPEND PROPERTY COPSE_LAYERS ${name})

  if(kernels)
    copse_add_kernels(${target} SOURCES ${kernels} LINK ${arg_PUBLIC} ${arg_PRIVATE} DEFINITIONS ${arg_DEFINITIONS})
  endif()
endfunction()

# Compiles vector kernels once for each instruction set, with COPSE_ISA naming it: baseline (the one the compiler targets
# anyway), avx2 and avx512. Which of them runs is decided when the program starts. Where there is only the baseline,
# as in a debug build, the whole layer is compiled with COPSE_ISA_ONLY_BASELINE=1.
#
# Such a file must keep what it defines in a namespace named after COPSE_ISA (or in an unnamed one): the linker keeps one
# copy of any inline function that several objects share, and it might be the one that this processor can't run. (Without
# optimisation every one is shared: hence no debug build of this kind.)
function(copse_add_kernels target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK;DEFINITIONS")
  set(flags_baseline)
  set(flags_avx2 -mavx2 -mfma -mf16c -mbmi2)
  set(flags_avx512 -mavx512f -mavx512dq -mavx512bw -mavx512vl ${flags_avx2} -mprefer-vector-width=512)
  set(isas baseline)
  if(COPSE_MULTI_ISA AND NOT CMAKE_BUILD_TYPE STREQUAL Debug AND CMAKE_SIZEOF_VOID_P EQUAL 8
     AND CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
    list(APPEND isas avx2 avx512)
  else()
    list(APPEND arg_DEFINITIONS COPSE_ISA_ONLY_BASELINE=1)
    target_compile_definitions(${target} PRIVATE COPSE_ISA_ONLY_BASELINE=1)
  endif()

  # Whether a value traps or sets errno is nothing a kernel asks; how it rounds, its signed zeros and its NaNs are.
  set(flags $<IF:$<CONFIG:Debug>,-Og,-O3> -fno-math-errno -fno-trapping-math)
  if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
    list(APPEND flags -ffp-contract=fast)  # GCC's default
  endif()
  foreach(isa IN LISTS isas)
    set(objects ${target}_${isa})
    add_library(${objects} OBJECT ${arg_SOURCES})
    set_target_properties(${objects} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    target_compile_options(${objects} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fno-semantic-interposition>)
    target_compile_features(${objects} PRIVATE cxx_std_20)
    target_compile_definitions(${objects} PRIVATE COPSE_ISA=${isa} ${arg_DEFINITIONS})
    target_compile_options(${objects} PRIVATE ${flags} ${flags_${isa}})
    target_include_directories(${objects} PRIVATE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(${objects} PRIVATE ${arg_LINK} copse_private_names copse_warnings copse_sanitize)
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:${objects}>)
  endforeach()
endfunction()
