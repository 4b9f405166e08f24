# Thin wrappers, so that each folder's CMakeLists.txt says only what is in it.
include(CMakeParseArguments)

# What is shipped (GRAFT_STATIC_MLIR of a target) takes the parts of MLIR and LLVM that it
# needs from their archives: a tenth of the shared libraries. The programs for developers
# share libMLIR.so with their plug-ins.
define_property(TARGET PROPERTY GRAFT_STATIC_MLIR
  BRIEF_DOCS "the target links MLIR's archives, not its shared library")
file(GLOB graft_archives ${LLVM_LIBRARY_DIR}/libMLIR*.a ${LLVM_LIBRARY_DIR}/libLLVM*.a)
list(FILTER graft_archives EXCLUDE REGEX "CAPI")
add_library(graft_static_mlir INTERFACE)
# lld looks into all of them, whatever their order.
target_link_libraries(graft_static_mlir INTERFACE ${graft_archives})

# Links the library or program NAME to MLIR, as what it becomes part of wants it.
function(graft_link_mlir name scope)
  set(static "$<BOOL:$<TARGET_PROPERTY:GRAFT_STATIC_MLIR>>")
  target_link_libraries(${name} ${scope}
    "$<${static}:graft_static_mlir>"
    "$<$<NOT:${static}>:MLIR>" "$<$<NOT:${static}>:LLVM>")
endfunction()

# graft_library(NAME sources... [EXPORTED]
#               [DEPENDS targets...] [LIBS libraries...] [MLIR mlir-libraries...])
# A static library of this folder. LIBS are Graft's own or third-party targets;
# MLIR names what it uses of MLIR; the linker finds what that needs. A plug-in of
# graft-opt may use what is EXPORTED; a C library hides that, too.
function(graft_library name)
  cmake_parse_arguments(ARG "EXPORTED" "" "DEPENDS;LIBS;MLIR" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  if(ARG_EXPORTED)
    set_target_properties(${name} PROPERTIES CXX_VISIBILITY_PRESET default)
    set_property(GLOBAL APPEND PROPERTY GRAFT_EXPORTED_LIBRARIES ${name})
  endif()
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
  target_link_libraries(${name} PUBLIC ${ARG_LIBS})
  if(ARG_MLIR)
    graft_link_mlir(${name} PUBLIC)
    # Generated headers reach across dialects.
    add_dependencies(${name} graft-headers)
  endif()
endfunction()

# graft_tool(NAME sources... [LIBS libraries...] [MLIR mlir-libraries...])
function(graft_tool name)
  cmake_parse_arguments(ARG "" "" "LIBS;MLIR" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  if(GRAFT_SANITIZE)
    target_sources(${name} PRIVATE ${PROJECT_SOURCE_DIR}/cmake/SanitizerDefaults.cpp)
  endif()
  target_link_libraries(${name} PRIVATE ${ARG_LIBS})
  if(ARG_MLIR)
    graft_link_mlir(${name} PRIVATE)
    add_dependencies(${name} graft-headers)
  endif()
endfunction()

# graft_tablegen(TD_FILE out.inc -gen-x ... [out2.inc -gen-y ...])
# Runs mlir-tblgen on TD_FILE once per "output flags..." group; a group starts at
# each name that ends in ".inc".
function(graft_tablegen td)
  set(LLVM_TARGET_DEFINITIONS ${td})
  set(TABLEGEN_OUTPUT)
  set(output "")
  set(flags "")
  foreach(word ${ARGN})
    if(word MATCHES "\\.inc$")
      if(output)
        mlir_tablegen(${output} ${flags})
      endif()
      set(output ${word})
      set(flags "")
    else()
      list(APPEND flags ${word})
    endif()
  endforeach()
  mlir_tablegen(${output} ${flags})
  string(MD5 id "${CMAKE_CURRENT_SOURCE_DIR}/${td}")
  get_filename_component(stem ${td} NAME_WE)
  string(SUBSTRING ${id} 0 6 id)
  add_public_tablegen_target(graft-${stem}-${id}-inc)
  add_dependencies(graft-headers graft-${stem}-${id}-inc)
endfunction()

# graft_unit_test(NAME sources... [LIBS libraries...]): a GoogleTest program under ctest.
function(graft_unit_test name)
  cmake_parse_arguments(ARG "" "" "LIBS;MLIR" ${ARGN})
  graft_tool(${name} ${ARG_UNPARSED_ARGUMENTS} LIBS ${ARG_LIBS} GTest::gtest_main MLIR ${ARG_MLIR})
  add_test(NAME unit/${name} COMMAND ${name})
  set_tests_properties(unit/${name} PROPERTIES LABELS sanitized)
endfunction()

# graft_pytests(GROUP [ENVIRONMENT variable=value...] PROPERTIES name value...): one
# entry of ctest, GROUP/name, for each test_<name>.py of this folder.
function(graft_pytests group)
  cmake_parse_arguments(ARG "" "" "ENVIRONMENT;PROPERTIES" ${ARGN})
  string(REPLACE "/" "-" results ${group})
  file(GLOB tests CONFIGURE_DEPENDS test_*.py)
  foreach(test ${tests})
    get_filename_component(name ${test} NAME_WE)
    string(REPLACE "test_" "" name ${name})
    add_test(NAME ${group}/${name}
      COMMAND ${GRAFT_PYTHON} -m pytest -q -p no:cacheprovider
              --junitxml=${GRAFT_TEST_RESULTS}/${results}-${name}.xml ${test})
    set_tests_properties(${group}/${name} PROPERTIES
      ENVIRONMENT "GRAFT_BIN=${PROJECT_BINARY_DIR}/bin;PYTHONPATH=${PROJECT_BINARY_DIR}/python;${ARG_ENVIRONMENT}"
      ${ARG_PROPERTIES})
  endforeach()
endfunction()

# graft_c_library(TARGET): a shared library that exports graft_* and nothing else.
function(graft_c_library target)
  set(exports ${PROJECT_SOURCE_DIR}/cmake/graft_exports.map)
  target_link_options(${target} PRIVATE
    LINKER:--exclude-libs,ALL
    LINKER:--as-needed
    LINKER:--gc-sections
    LINKER:--version-script=${exports})
  if(GRAFT_SANITIZE) # whose library comes with the program
    target_link_options(${target} PRIVATE LINKER:-z,undefs)
  endif()
  set_target_properties(${target} PROPERTIES LINK_DEPENDS ${exports})
endfunction()

# All generated headers, for libraries that include another folder's.
add_custom_target(graft-headers)
