# Precompiled headers. Reading gRPC's, protobuf's and Abseil's headers is three quarters of the time
# that a file takes to compile. What a target may see follows from what it links, so that a layer gets
# no headers of a layer above it:
#
#   base   the standard library and Abseil
#   proto  and the messages
#   rpc    and the gRPC services
#
# each also with GoogleTest, for tests. spdlog is in none: it is configured by definitions that not all
# targets have, and a header is precompiled for one set of them.

set(PROCTOR_PCH_base
  <algorithm> <cstddef> <cstdint> <functional> <map> <memory> <string> <utility> <vector>
  <absl/container/flat_hash_map.h> <absl/status/status.h> <absl/status/statusor.h>
  <absl/strings/str_cat.h> <absl/strings/string_view.h> <absl/time/time.h> <absl/types/optional.h>)
set(PROCTOR_PCH_proto ${PROCTOR_PCH_base} <proctor/v1/agent.pb.h> <proctor/v1/authentication.pb.h>)
set(PROCTOR_PCH_rpc ${PROCTOR_PCH_proto}
  <proctor/v1/agent.grpc.pb.h> <proctor/v1/authentication.grpc.pb.h>)
set(PROCTOR_PCH_LIBS_base proctor_absl)
set(PROCTOR_PCH_LIBS_proto proctor_proto)
set(PROCTOR_PCH_LIBS_rpc proctor_proto)

# proctor_links(<out> <target>): all targets of this project that it links, itself included.
function(proctor_links out target)
  set(all ${target})
  set(open ${target})
  while(open)
    list(POP_FRONT open next)
    get_target_property(type ${next} TYPE)
    set(libs)
    if(NOT type STREQUAL "INTERFACE_LIBRARY")
      get_target_property(libs ${next} LINK_LIBRARIES)
    endif()
    foreach(lib ${libs})
      if(TARGET ${lib} AND lib MATCHES "^(proctor_|GTest::)" AND NOT lib IN_LIST all)
        list(APPEND all ${lib})
        if(NOT lib MATCHES "^GTest::")
          list(APPEND open ${lib})
        endif()
      endif()
    endforeach()
  endwhile()
  set(${out} "${all}" PARENT_SCOPE)
endfunction()

# proctor_pch_owner(<kind> <test>): the target that compiles the header, made on first use.
function(proctor_pch_owner out kind test)
  set(owner proctor_pch_${kind})
  set(headers ${PROCTOR_PCH_${kind}})
  set(libs ${PROCTOR_PCH_LIBS_${kind}})
  if(test)
    string(APPEND owner _test)
    list(APPEND headers <gmock/gmock.h> <gtest/gtest.h>)
    list(APPEND libs GTest::gmock GTest::gtest)
  endif()
  if(NOT TARGET ${owner})
    # Not file(WRITE), which makes a new file, and all that is made of it, at each configuration.
    file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/generated/${owner}.cc" CONTENT "" @ONLY)
    add_library(${owner} STATIC "${PROJECT_BINARY_DIR}/generated/${owner}.cc")
    target_link_libraries(${owner} PRIVATE ${libs})
    target_precompile_headers(${owner} PRIVATE ${headers})
  endif()
  set(${out} ${owner} PARENT_SCOPE)
endfunction()

function(proctor_precompile_target target)
  get_target_property(type ${target} TYPE)
  get_target_property(sources ${target} SOURCES)
  # Generated code has no use for them, and a header takes longer than three files.
  if(NOT type MATCHES "LIBRARY|EXECUTABLE" OR type STREQUAL "INTERFACE_LIBRARY" OR
     target MATCHES "_proto$|^proctor_pch_")
    return()
  endif()
  list(FILTER sources INCLUDE REGEX "\\.cc$")
  list(LENGTH sources count)
  if(count EQUAL 0)
    return()
  endif()
  proctor_links(links ${target})
  set(test OFF)
  if("GTest::gtest" IN_LIST links)
    set(test ON)
  endif()
  set(kind base)
  if(links MATCHES "proctor_(rpc|client|fake_agent)(;|$)")
    set(kind rpc)
  elseif("proctor_proto" IN_LIST links)
    set(kind proto)
  elseif(NOT links MATCHES "proctor_(common|absl)(;|$)")
    return()
  endif()
  proctor_pch_owner(owner ${kind} ${test})
  target_precompile_headers(${target} REUSE_FROM ${owner})
endfunction()

# Call last: looks at all targets below `directory`.
function(proctor_precompile directory)
  get_property(targets DIRECTORY "${directory}" PROPERTY BUILDSYSTEM_TARGETS)
  foreach(target ${targets})
    proctor_precompile_target(${target})
  endforeach()
  get_property(below DIRECTORY "${directory}" PROPERTY SUBDIRECTORIES)
  foreach(child ${below})
    proctor_precompile("${child}")
  endforeach()
endfunction()
