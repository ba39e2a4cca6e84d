# gRPC 1.51 keeps header blocks of any size of peers that nobody knows, and when memory is used up it
# ends calls of anybody. Three of its units are compiled with patches (tools/grpc) and come before
# Debian's archive in every link.
#
# Sets PROCTOR_GRPC_UNITS to these objects, and PROCTOR_GRPC_BOUNDED to whether the programs have a
# reader of headers with bounds. Without one proctord refuses `tls_listen`
# (agent/header_bounds.h).

set(PROCTOR_GRPC_OBJECTS "" CACHE STRING
  "Directory that tools/grpc/objects printed; empty: it is run; OFF: gRPC as Debian ships it")

set(PROCTOR_GRPC_UNITS)
set(PROCTOR_GRPC_BOUNDED OFF)
if(WIN32)
  # tools/windows/libraries builds all of gRPC with the patches.
  set(PROCTOR_GRPC_BOUNDED ON)
  return()
endif()

set(_script "${PROJECT_SOURCE_DIR}/tools/grpc/objects")
set(_directory "${PROCTOR_GRPC_OBJECTS}")
set(_reason "PROCTOR_GRPC_OBJECTS is '${_directory}', where they are not")
if(_directory STREQUAL "")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
    "${_script}" "${PROJECT_SOURCE_DIR}/tools/grpc/compare"
    "${PROJECT_SOURCE_DIR}/tools/grpc/grpc-header-block.patch"
    "${PROJECT_SOURCE_DIR}/tools/grpc/grpc-incomplete-requests.patch")
  execute_process(COMMAND "${_script}" "${PROCTOR_LIB_grpc}"
    OUTPUT_VARIABLE _directory ERROR_VARIABLE _reason OUTPUT_STRIP_TRAILING_WHITESPACE)
endif()

set(_bounded ON)
foreach(_unit chttp2_transport hpack_parser parsing)
  list(APPEND PROCTOR_GRPC_UNITS "${_directory}/${_unit}.o")
  if(NOT EXISTS "${_directory}/${_unit}.o")
    set(_bounded OFF)
  endif()
endforeach()
if(_bounded)
  set(PROCTOR_GRPC_BOUNDED ON)
  message(STATUS "gRPC's patched units: ${_directory}")
else()
  set(PROCTOR_GRPC_UNITS)
  message(WARNING "gRPC is linked as Debian ships it: a stranger can make the agent take all memory, "
    "so it will refuse tls_listen unless its configuration sets allow_unbounded_headers.\n"
    "The patched objects: ${_reason}")
endif()
