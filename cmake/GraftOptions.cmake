# Every option of the build, in one place.
option(GRAFT_WERROR "Treat compiler warnings as errors" OFF)
set(GRAFT_SANITIZE "" CACHE STRING "Sanitizers to build with, e.g. address,undefined")
option(GRAFT_FUZZ "Build the libFuzzer targets of test/fuzz (clang only)" OFF)
set(GRAFT_LIT_ARGS "-sv" CACHE STRING "Arguments that the lit test suites are run with")
set(GRAFT_PYTHON "" CACHE FILEPATH
    "Python that has TensorFlow (scripts/deps makes it); tests against TensorFlow need it")
set(GRAFT_PREBUILT "" CACHE PATH
    "A build directory to take the libraries of a wheel from, instead of compiling them")
