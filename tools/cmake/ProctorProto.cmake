# Generated code for the files in proto/.

if(MSVC)
  # Those of the packages, which fit their libraries.
  set(PROTOC "$<TARGET_FILE:protobuf::protoc>")
  set(GRPC_CPP_PLUGIN "$<TARGET_FILE:gRPC::grpc_cpp_plugin>")
else()
  find_program(PROTOC protoc REQUIRED)
  find_program(GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)
endif()

# proctor_proto_library(<target> [GRPC] PROTOS <files below proto/> LIBS <libraries>)
function(proctor_proto_library target)
  cmake_parse_arguments(arg "GRPC" "" "PROTOS;LIBS" ${ARGN})
  set(root "${PROJECT_SOURCE_DIR}/proto")
  set(out "${PROJECT_BINARY_DIR}/generated")
  set(sources)
  foreach(proto ${arg_PROTOS})
    string(REGEX REPLACE "\\.proto$" "" stem "${proto}")
    set(files "${out}/${stem}.pb.cc" "${out}/${stem}.pb.h")
    set(flags "--cpp_out=${out}")
    if(arg_GRPC)
      list(APPEND files "${out}/${stem}.grpc.pb.cc" "${out}/${stem}.grpc.pb.h")
      list(APPEND flags "--grpc_out=${out}" "--plugin=protoc-gen-grpc=${GRPC_CPP_PLUGIN}")
    endif()
    add_custom_command(
      OUTPUT ${files}
      COMMAND "${CMAKE_COMMAND}" -E make_directory "${out}"
      COMMAND "${PROTOC}" "-I${root}" ${flags} "${root}/${proto}"
      DEPENDS "${root}/${proto}"
      VERBATIM)
    list(APPEND sources ${files})
  endforeach()
  add_library(${target} STATIC ${sources})
  target_include_directories(${target} SYSTEM PUBLIC "${out}")
  target_compile_options(${target} PRIVATE $<IF:$<CXX_COMPILER_ID:MSVC>,/W0,-w>)
  if(PROCTOR_SANITIZE MATCHES "address")
    # As their library, which is Debian's: with sanitizers they take a tenth of the whole build.
    target_compile_options(${target} PRIVATE -fno-sanitize=all)
  endif()
  target_link_libraries(${target} PUBLIC ${arg_LIBS})
endfunction()
