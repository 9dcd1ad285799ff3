# Reads the version from the one header that states it.

function(copse_read_version out)
  set(header ${CMAKE_CURRENT_SOURCE_DIR}/include/copse/core/version.hpp)
  file(STRINGS ${header} lines REGEX "constexpr int version_(major|minor|patch) = [0-9]+;")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${header})
  foreach(part major minor patch)
    if(NOT "${lines}" MATCHES "version_${part} = ([0-9]+)")
      message(FATAL_ERROR "${header} has no version_${part}")
    endif()
    set(${part} ${CMAKE_MATCH_1})
  endforeach()
  set(${out} ${major}.${minor}.${patch} PARENT_SCOPE)
endfunction()
