# What Graft stands on; docs/rationale/dependencies.md gives the reason for each.

# MLIR's version file wants major.minor.
find_package(MLIR 22.1 REQUIRED CONFIG)
list(APPEND CMAKE_MODULE_PATH "${MLIR_CMAKE_DIR}" "${LLVM_CMAKE_DIR}")
set(MLIR_LINK_MLIR_DYLIB ON) # not set by MLIRConfig
set(MLIR_BINARY_DIR ${CMAKE_BINARY_DIR})
set(LLVM_RUNTIME_OUTPUT_INTDIR ${CMAKE_BINARY_DIR}/bin)
set(LLVM_LIBRARY_OUTPUT_INTDIR ${CMAKE_BINARY_DIR}/lib)
include(TableGen)
include(AddLLVM)
include(AddMLIR)
include(HandleLLVMOptions)
include_directories(SYSTEM ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
# Sources and the files generated from them share their paths.
include_directories(${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
separate_arguments(graft_llvm_definitions NATIVE_COMMAND "${LLVM_DEFINITIONS}")
add_definitions(${graft_llvm_definitions})

find_package(Protobuf REQUIRED)
find_package(absl REQUIRED CONFIG)
find_library(LIBZIP zip REQUIRED)
find_program(FLATC flatc REQUIRED)
find_package(CLI11 REQUIRED CONFIG)
find_package(nlohmann_json REQUIRED CONFIG)
# oneDNN 3.2 with GNU OpenMP, from the wheels that scripts/deps installs.
find_package(dnnl 3.2 REQUIRED CONFIG)
if(BUILD_TESTING)
  find_package(GTest REQUIRED)
endif()

if(GRAFT_SANITIZE)
  add_compile_options(-fsanitize=${GRAFT_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${GRAFT_SANITIZE})
endif()
if(GRAFT_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(GRAFT_WERROR)
  add_compile_options(-Werror)
endif()
