# Installs headers, libraries and a package that find_package(copse) reads.
# Every layer has an export file of its own, so that a consumer of one needs only what that one needs.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/copse)

get_property(layers GLOBAL PROPERTY COPSE_LAYERS)
foreach(name IN LISTS layers)
  get_target_property(target copse::${name} ALIASED_TARGET)
  install(TARGETS ${target} EXPORT copse-${name}
          ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
          FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(EXPORT copse-${name} NAMESPACE copse:: FILE copse-${name}-targets.cmake DESTINATION ${package_dir})
endforeach()

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/copse-config.cmake.in
                              ${PROJECT_BINARY_DIR}/copse-config.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/copse-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/copse-config.cmake ${PROJECT_BINARY_DIR}/copse-config-version.cmake
        DESTINATION ${package_dir})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/copse)
