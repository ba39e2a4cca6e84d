# proctor_test(<name> [LABEL unit|conformance|e2e|hostile] [ALONE] SOURCES <files> LIBS <libraries>)
# One GoogleTest program; each of its tests is a CTest test. ALONE: while one of them runs, no other
# test does. Programs that the tests start are found through PROCTOR_BIN_DIR. Unit tests of what is
# below rpc/ have the label unit-tsan (ctest takes it for unit as well) and belong to the target
# proctor_tsan_tests: gRPC itself is not instrumented for ThreadSanitizer.

if(PROCTOR_TESTS)
  add_custom_target(proctor_tsan_tests)
endif()

function(proctor_test name)
  cmake_parse_arguments(arg "ALONE" "LABEL;TIMEOUT" "SOURCES;LIBS" ${ARGN})
  if(NOT arg_LABEL)
    set(arg_LABEL unit)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  add_executable(${name} ${arg_SOURCES})
  proctor_warnings(${name})
  target_compile_definitions(${name} PRIVATE
    PROCTOR_BIN_DIR="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}" PROCTOR_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  if(PROCTOR_SANITIZE MATCHES "undefined" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Two fifths of the time that a test takes to compile are for the checks of its own arithmetic.
    set(tests ${arg_SOURCES})
    list(FILTER tests INCLUDE REGEX "_test\\.cc$")
    set_source_files_properties(${tests} PROPERTIES COMPILE_OPTIONS -fno-sanitize=undefined)
  endif()
  if(PROCTOR_LLD)
    target_link_options(${name} PRIVATE -fuse-ld=lld)
  endif()
  target_link_libraries(${name} PRIVATE ${arg_LIBS} GTest::gmock GTest::gtest GTest::gtest_main)
  file(RELATIVE_PATH folder "${PROJECT_SOURCE_DIR}/tests" "${CMAKE_CURRENT_SOURCE_DIR}")
  set(below_rpc ${arg_SOURCES})
  list(TRANSFORM below_rpc PREPEND "${folder}/")
  list(FILTER below_rpc EXCLUDE REGEX "^(common|agent/(job|jobhost|token))/")
  # Nor are the Kerberos libraries.
  if(arg_LABEL STREQUAL "unit" AND NOT below_rpc AND NOT "proctor_realm" IN_LIST arg_LIBS)
    set(arg_LABEL unit-tsan)
    add_dependencies(proctor_tsan_tests ${name})
  endif()
  gtest_discover_tests(${name}
    DISCOVERY_MODE PRE_TEST
    DISCOVERY_TIMEOUT 60
    PROPERTIES LABELS ${arg_LABEL} TIMEOUT ${arg_TIMEOUT} RUN_SERIAL ${arg_ALONE})
endfunction()

if(PROCTOR_TESTS)
  if(NOT WIN32)
    # A test program of 20 MB takes it a quarter of the time that it takes GNU ld.
    find_program(PROCTOR_LLD ld.lld)
  endif()
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()
