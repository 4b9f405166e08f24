# What `cmake --install build --prefix P` puts where: the program, both libraries with
# oneDNN beside them, the headers, and a package for find_package(Graft). The folder can
# be moved: everything finds its neighbours by relative paths. protobuf and libzip stay
# where the system has them.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Graft)
file(RELATIVE_PATH lib_from_bin /${CMAKE_INSTALL_BINDIR} /${CMAKE_INSTALL_LIBDIR})
set_target_properties(graft PROPERTIES INSTALL_RPATH "$ORIGIN/${lib_from_bin}")
set_target_properties(graft_shared graft_runtime PROPERTIES INSTALL_RPATH "$ORIGIN")

install(TARGETS graft RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS graft_shared graft_runtime EXPORT GraftTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(CODE "
  get_filename_component(file \"$<TARGET_FILE:DNNL::dnnl>\" REALPATH)
  file(INSTALL DESTINATION \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}\"
       TYPE FILE RENAME $<TARGET_SONAME_FILE_NAME:DNNL::dnnl> FILES \"\${file}\")")
install(FILES
  ${PROJECT_SOURCE_DIR}/api/include/graft.h
  ${PROJECT_SOURCE_DIR}/runtime/include/graft_runtime.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${PROJECT_SOURCE_DIR}/api/include/graft/convert.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/graft)

install(EXPORT GraftTargets NAMESPACE Graft:: DESTINATION ${package_dir})
configure_package_config_file(
  ${CMAKE_CURRENT_LIST_DIR}/GraftConfig.cmake.in
  ${PROJECT_BINARY_DIR}/GraftConfig.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(
  ${PROJECT_BINARY_DIR}/GraftConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/GraftConfig.cmake
  ${PROJECT_BINARY_DIR}/GraftConfigVersion.cmake
  DESTINATION ${package_dir})
