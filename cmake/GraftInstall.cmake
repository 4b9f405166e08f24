# What `cmake --install build --prefix P` puts where: the programs, both libraries with
# oneDNN beside them, the headers, and a package for find_package(Graft). graft-opt and
# the headers of the dialects are for its plug-ins (docs/plugins.md). The folder can be
# moved: everything finds its neighbours by relative paths. protobuf, libzip and the
# MLIR of graft-opt stay where the system has them.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(dialects_dir ${CMAKE_INSTALL_INCLUDEDIR}/graft-dialects)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Graft)
file(RELATIVE_PATH lib_from_bin /${CMAKE_INSTALL_BINDIR} /${CMAKE_INSTALL_LIBDIR})
set_target_properties(graft PROPERTIES INSTALL_RPATH "$ORIGIN/${lib_from_bin}")
set_target_properties(graft-opt PROPERTIES
  INSTALL_RPATH "$ORIGIN/${lib_from_bin};${LLVM_LIBRARY_DIR}")
set_target_properties(graft_shared graft_runtime PROPERTIES INSTALL_RPATH "$ORIGIN")

install(TARGETS graft RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS graft-opt graft_shared graft_runtime EXPORT GraftTargets
  RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
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

# The dialects' headers include each other from the top of the tree, so they lie as there.
foreach(dialect graph nn plan)
  install(
    DIRECTORY
      ${PROJECT_SOURCE_DIR}/dialects/${dialect}/
      ${PROJECT_BINARY_DIR}/dialects/${dialect}/
    DESTINATION ${dialects_dir}/dialects/${dialect}
    FILES_MATCHING
      PATTERN "*.h"
      PATTERN "*.h.inc"
      PATTERN CMakeFiles EXCLUDE
      PATTERN codec EXCLUDE
      PATTERN reference EXCLUDE)
endforeach()
install(FILES
  ${PROJECT_SOURCE_DIR}/runtime/ops/OpDesc.h
  ${PROJECT_SOURCE_DIR}/runtime/ops/Semantics.h
  ${PROJECT_SOURCE_DIR}/runtime/ops/Tensor.h
  DESTINATION ${dialects_dir}/runtime/ops)
install(FILES ${PROJECT_SOURCE_DIR}/support/Status.h
  DESTINATION ${dialects_dir}/support)

install(EXPORT GraftTargets NAMESPACE Graft:: DESTINATION ${package_dir})
configure_package_config_file(
  ${CMAKE_CURRENT_LIST_DIR}/GraftConfig.cmake.in
  ${PROJECT_BINARY_DIR}/GraftConfig.cmake
  INSTALL_DESTINATION ${package_dir}
  PATH_VARS dialects_dir)
write_basic_package_version_file(
  ${PROJECT_BINARY_DIR}/GraftConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/GraftConfig.cmake
  ${PROJECT_BINARY_DIR}/GraftConfigVersion.cmake
  DESTINATION ${package_dir})
