# gRPC 1.51 keeps header blocks of any size of peers that nobody knows. Two of its units are compiled
# with a patch (tools/grpc) and come before Debian's archive in every link.
#
# Sets PROCTOR_GRPC_UNITS to these objects, and PROCTOR_GRPC_BOUNDED to whether the programs have a
# reader of headers with bounds. Without one proctord refuses `tls_listen`
# (agent/header_bounds.h).

set(PROCTOR_GRPC_OBJECTS "" CACHE STRING
  "Directory that tools/grpc/objects printed; empty: it is run; OFF: gRPC as Debian ships it")

set(PROCTOR_GRPC_UNITS)
set(PROCTOR_GRPC_BOUNDED OFF)
if(WIN32)
  # tools/windows/libraries builds all of gRPC with the patch.
  set(PROCTOR_GRPC_BOUNDED ON)
  return()
endif()

set(_script "${PROJECT_SOURCE_DIR}/tools/grpc/objects")
set(_directory "${PROCTOR_GRPC_OBJECTS}")
set(_reason "PROCTOR_GRPC_OBJECTS is '${_directory}', where they are not")
if(_directory STREQUAL "")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
    "${_script}" "${PROJECT_SOURCE_DIR}/tools/grpc/compare"
    "${PROJECT_SOURCE_DIR}/tools/grpc/grpc-header-block.patch")
  execute_process(COMMAND "${_script}" "${PROCTOR_LIB_grpc}"
    OUTPUT_VARIABLE _directory ERROR_VARIABLE _reason OUTPUT_STRIP_TRAILING_WHITESPACE)
endif()

if(EXISTS "${_directory}/hpack_parser.o" AND EXISTS "${_directory}/parsing.o")
  set(PROCTOR_GRPC_UNITS "${_directory}/hpack_parser.o" "${_directory}/parsing.o")
  set(PROCTOR_GRPC_BOUNDED ON)
  message(STATUS "gRPC's reader of headers: ${_directory}")
else()
  message(WARNING "gRPC is linked as Debian ships it: a stranger can make the agent take all memory, "
    "so it will refuse tls_listen unless its configuration sets allow_unbounded_headers.\n"
    "The patched objects: ${_reason}")
endif()
