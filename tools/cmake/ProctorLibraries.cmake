# Third-party libraries. The programs link gRPC and what it needs statically: loading 57 shared
# libraries costs a client command 6 of its 9.5 ms.

if(MSVC)
  include(ProctorPackages)
  return()
endif()

function(proctor_archive out name)
  find_library(PROCTOR_LIB_${name} NAMES lib${name}.a REQUIRED)
  set(${out} "${PROCTOR_LIB_${name}}" PARENT_SCOPE)
endfunction()

# proctor_archive_needs(<out> <name> <module>): what the archive needs beside the C library, as its .pc
# file says: it depends on how the release built it (OpenSSL 3.5 needs zlib and zstd).
function(proctor_archive_needs out name module)
  set(needs)
  if(NOT WIN32)
    find_package(PkgConfig REQUIRED)
    pkg_check_modules(PROCTOR_${name} REQUIRED QUIET ${module})
    foreach(need ${PROCTOR_${name}_STATIC_LIBRARIES})
      if(NOT need MATCHES "^(${name}|atomic|dl|m|pthread|rt)$")
        proctor_archive(_lib ${need})
        list(APPEND needs "${_lib}")
      endif()
    endforeach()
  endif()
  set(${out} "${needs}" PARENT_SCOPE)
endfunction()

proctor_archive(_grpcpp grpc++)
get_filename_component(_libdir "${_grpcpp}" DIRECTORY)
file(GLOB _absl "${_libdir}/libabsl_*.a")
list(FILTER _absl EXCLUDE REGEX "flags|_test|benchmark|scoped_mock|failure_signal")

add_library(proctor_absl INTERFACE)
list(JOIN _absl "," _absl_group)
target_link_libraries(proctor_absl INTERFACE "$<LINK_GROUP:RESCAN,${_absl_group}>" Threads::Threads)

add_library(proctor_protobuf_lite INTERFACE)
proctor_archive(_lib protobuf-lite)
target_link_libraries(proctor_protobuf_lite INTERFACE ${_lib} Threads::Threads)

add_library(proctor_protobuf INTERFACE)
proctor_archive(_lib protobuf)
proctor_archive(_z z)
target_link_libraries(proctor_protobuf INTERFACE ${_lib} ${_z} Threads::Threads)

proctor_archive(_grpc grpc)
include(ProctorGrpcObjects)
# The units first: of an archive the linker takes only what it does not have yet.
set(_grpc_archives ${PROCTOR_GRPC_UNITS} "${_grpcpp}" "${_grpc}")
foreach(name gpr upb address_sorting re2 cares ssl crypto)
  proctor_archive(_lib ${name})
  list(APPEND _grpc_archives "${_lib}")
endforeach()
proctor_archive_needs(_crypto_needs crypto libcrypto)
list(APPEND _grpc_archives ${_crypto_needs})
add_library(proctor_grpc INTERFACE)
# One group with all that gRPC needs: CMake keeps no order between groups, and whatever else names
# proctor_absl may have put that in front.
proctor_archive(_protobuf protobuf)
list(JOIN _grpc_archives "," _grpc_group)
list(JOIN _absl "," _absl_group)
# On Windows what they need of the system stands in it too: CMake keeps each library's first mention.
set(_system)
if(WIN32)
  set(_system ",-lws2_32,-liphlpapi,-lcrypt32,-lgdi32,-ldbghelp,-lbcrypt")
endif()
target_link_libraries(proctor_grpc INTERFACE
  "-Wl,--start-group,${_grpc_group},${_absl_group},${_protobuf},${_z}${_system},--end-group"
  Threads::Threads ${CMAKE_DL_LIBS})

add_library(proctor_sqlite INTERFACE)
proctor_archive(_lib sqlite3)
target_link_libraries(proctor_sqlite INTERFACE ${_lib} ${CMAKE_DL_LIBS} m Threads::Threads)

add_library(proctor_crypto INTERFACE)
proctor_archive(_lib crypto)
target_link_libraries(proctor_crypto INTERFACE ${_lib} ${_crypto_needs} ${CMAKE_DL_LIBS} Threads::Threads)

if(PROCTOR_POSIX)
  # Shared: its modules are, and bring their own.
  find_library(PROCTOR_LIB_pam pam REQUIRED)
  add_library(proctor_pam INTERFACE)
  target_link_libraries(proctor_pam INTERFACE "${PROCTOR_LIB_pam}")
endif()

if(WIN32)
  # What the static libraries need of the system.
  target_link_libraries(proctor_absl INTERFACE dbghelp bcrypt)
  target_link_libraries(proctor_crypto INTERFACE ws2_32 crypt32 gdi32)
  # All headers lie in one directory; the packages' own CMake files are of the machine's.
  find_path(PROCTOR_HEADERS NAMES spdlog/spdlog.h REQUIRED)
  include_directories(SYSTEM "${PROCTOR_HEADERS}")
  add_library(spdlog_header_only INTERFACE)
  add_library(spdlog::spdlog_header_only ALIAS spdlog_header_only)
  target_compile_definitions(spdlog_header_only INTERFACE SPDLOG_FMT_EXTERNAL FMT_HEADER_ONLY)
  add_library(CLI11 INTERFACE)
  add_library(CLI11::CLI11 ALIAS CLI11)
else()
  find_package(spdlog REQUIRED)
  find_package(CLI11 REQUIRED)
endif()
