# Language, warnings, sanitizers, output directories.

option(PROCTOR_TESTS "Build the tests and benchmarks" ON)
option(PROCTOR_FUZZ "Build the fuzzers; takes Clang" OFF)
option(PROCTOR_WERROR "Warnings are errors: for the compilers that the project is tested with" OFF)
set(PROCTOR_SANITIZE "" CACHE STRING "Sanitizers for the whole build: address,undefined or thread")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

find_program(CCACHE_PROGRAM ccache)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)  # ccache needs it.
endif()
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE_PROGRAM}")
  set(CMAKE_C_COMPILER_LAUNCHER "${CCACHE_PROGRAM}")
endif()

if(MSVC)
  # As the triplet of vcpkg's libraries: the programs need no runtime that is not in Windows.
  set(CMAKE_MSVC_RUNTIME_LIBRARY "MultiThreaded$<$<CONFIG:Debug>:Debug>")
endif()

include_directories("${PROJECT_SOURCE_DIR}")
add_compile_definitions(PROCTOR_VERSION="${PROJECT_VERSION}")

# The build picks the files of a platform; sources do not ask which one it is.
if(WIN32)
  set(PROCTOR_WINDOWS ON)
  enable_language(RC)
  # NOGDI: its ERROR is a name of our messages.
  add_compile_definitions(UNICODE _UNICODE NOMINMAX WIN32_LEAN_AND_MEAN NOGDI)
  if(NOT MSVC)
    add_link_options(-fstack-protector-strong)  # mingw-w64 keeps the guard in a library of its own.
    # The same bytes of the same sources, wherever and whenever they are built. GCC for Windows has
    # no control flow guard.
    add_compile_options("-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=")
    add_link_options(-Wl,--no-insert-timestamp)
    if(CMAKE_BUILD_TYPE STREQUAL "Release")
      add_link_options(-s)
    endif()
  endif()
else()
  set(PROCTOR_POSIX ON)
  add_compile_definitions(_GNU_SOURCE)
  # Hardening of a privileged service: no lazy binding, no fixed addresses. The libraries are for
  # executables only, so all is compiled alike and can share precompiled headers.
  add_compile_options(-fPIE)
  add_link_options(-Wl,-z,now -Wl,-z,relro -pie)
endif()
# ... checked libc calls, protected stacks.
if(MSVC)
  # Windows 10 and later, as the cross build's toolchain says. The CRT's own replacements for the C
  # library are not portable.
  add_compile_definitions(_WIN32_WINNT=0x0A00 _CRT_SECURE_NO_WARNINGS)
  add_compile_options(/utf-8 /permissive- /Zc:__cplusplus /Zc:preprocessor /EHsc /bigobj /guard:cf)
  # Libraries that come with Windows are looked for where Windows is, before the first line of ours.
  add_link_options(/guard:cf /DYNAMICBASE /HIGHENTROPYVA /DEPENDENTLOADFLAG:0x800)
else()
  add_compile_options(-fstack-protector-strong)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT MSVC)
  add_compile_options(-O2 -D_FORTIFY_SOURCE=2)
  add_link_options(-Wl,--gc-sections)
  add_compile_options(-ffunction-sections -fdata-sections)
endif()

if(PROCTOR_SANITIZE)
  add_compile_options(-fsanitize=${PROCTOR_SANITIZE} -fno-omit-frame-pointer -g1)
  add_link_options(-fsanitize=${PROCTOR_SANITIZE})
  if(PROCTOR_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
endif()

# What the fuzzers drive tells libFuzzer which ways it takes.
if(PROCTOR_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "libFuzzer comes with Clang: CMAKE_CXX_COMPILER=clang++")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# Warnings are for our own code; generated code and system headers are exempt.
function(proctor_warnings target)
  if(MSVC)
    # Without what GCC's -Wall -Wextra does not ask for either: narrowing of integers, constant
    # conditions and unreachable code in templates, padding of aligned types, deprecations of the
    # standard library.
    target_compile_options(${target} PRIVATE /W4 $<$<BOOL:${PROCTOR_WERROR}>:/WX>
      /wd4127 /wd4244 /wd4245 /wd4267 /wd4324 /wd4389 /wd4702 /wd4996)
    return()
  endif()
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wshadow -Wnon-virtual-dtor
    $<$<BOOL:${PROCTOR_WERROR}>:-Werror>)
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    target_compile_options(${target} PRIVATE -Wthread-safety)
  endif()
endfunction()
