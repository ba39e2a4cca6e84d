# Third-party libraries from packages that have CMake files of their own: vcpkg's, for MSVC. The targets
# are those of ProctorLibraries.cmake.

find_package(absl CONFIG REQUIRED)
find_package(protobuf CONFIG REQUIRED)
find_package(gRPC CONFIG REQUIRED)
# Before, a peer that nobody knows could send headers of any size: CVE-2023-33953.
set(PROCTOR_GRPC_BOUNDED ON)
if(gRPC_VERSION VERSION_LESS 1.57)
  set(PROCTOR_GRPC_BOUNDED OFF)
endif()
find_package(unofficial-sqlite3 CONFIG REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(spdlog CONFIG REQUIRED)
find_package(CLI11 CONFIG REQUIRED)

add_library(proctor_absl INTERFACE)
target_link_libraries(proctor_absl INTERFACE
  absl::algorithm_container absl::base absl::cleanup absl::cord absl::core_headers
  absl::flat_hash_map absl::flat_hash_set absl::optional absl::span absl::status absl::statusor
  absl::str_format absl::strings absl::synchronization absl::time Threads::Threads)

add_library(proctor_protobuf INTERFACE)
target_link_libraries(proctor_protobuf INTERFACE protobuf::libprotobuf)
# The whole library also for those that need only a part: a program must not have both.
add_library(proctor_protobuf_lite INTERFACE)
target_link_libraries(proctor_protobuf_lite INTERFACE protobuf::libprotobuf)

add_library(proctor_grpc INTERFACE)
target_link_libraries(proctor_grpc INTERFACE gRPC::grpc++ proctor_absl proctor_protobuf)

add_library(proctor_sqlite INTERFACE)
target_link_libraries(proctor_sqlite INTERFACE unofficial::sqlite3::sqlite3)

add_library(proctor_crypto INTERFACE)
target_link_libraries(proctor_crypto INTERFACE OpenSSL::Crypto ws2_32 crypt32)
