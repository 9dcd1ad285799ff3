# Finds what Copse is built from. Nothing is downloaded. COPSE_HAS_<NAME> is 1 where an optional one is used, else 0.

find_package(Threads REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(Eigen3 3.4 REQUIRED NO_MODULE)
find_package(nlohmann_json 3.10 REQUIRED)
set(CMAKE_REQUIRED_QUIET ON)

# copse_optional(<name> <package> [<version>]): unless COPSE_WITH_<name> is off
macro(copse_optional name package)
  set(COPSE_HAS_${name} 0)
  if(COPSE_WITH_${name})
    find_package(${package} ${ARGN} QUIET)
    if(${package}_FOUND)
      set(COPSE_HAS_${name} 1)
    else()
      message(STATUS "Copse: ${package} was not found; building without it")
    endif()
  endif()
endmacro()

copse_optional(ZLIB ZLIB)
copse_optional(PNG PNG)
copse_optional(JPEG JPEG)
set(MPI_CXX_SKIP_MPICXX ON)  # MPI's own C++ functions, which it doesn't have any more
copse_optional(MPI MPI COMPONENTS CXX)
copse_optional(XTENSOR xtensor 0.24)  # only copse/interop/xtensor*.hpp ask for it
