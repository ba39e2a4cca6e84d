# Libraries of the system that are none of its KnownDLLs: an import of one is looked for beside the
# program, before anything of ours runs.
set(PROCTOR_DELAYED_LIBRARIES bcrypt dbghelp iphlpapi secur32 userenv wtsapi32)

# mingw-w64 has only their import libraries: the delayed ones are made of the names in those.
if(MINGW)
  set(PROCTOR_DELAYED_DIRECTORY "${PROJECT_BINARY_DIR}/delayed")
  file(MAKE_DIRECTORY "${PROCTOR_DELAYED_DIRECTORY}")
  foreach(library ${PROCTOR_DELAYED_LIBRARIES})
    find_library(PROCTOR_IMPORT_${library} NAMES lib${library}.a REQUIRED)
    mark_as_advanced(PROCTOR_IMPORT_${library})
    execute_process(COMMAND "${CMAKE_NM}" "${PROCTOR_IMPORT_${library}}"
      OUTPUT_VARIABLE symbols ERROR_QUIET COMMAND_ERROR_IS_FATAL ANY)
    string(REGEX MATCHALL " T [A-Za-z_0-9]+" names "${symbols}")
    list(TRANSFORM names REPLACE " T " "")
    list(JOIN names "\n" exports)
    set(definition "${PROCTOR_DELAYED_DIRECTORY}/${library}.def")
    file(WRITE "${definition}" "LIBRARY ${library}.dll\nEXPORTS\n${exports}\n")
    execute_process(COMMAND "${CMAKE_DLLTOOL}" -d "${definition}"
      --output-delaylib "${PROCTOR_DELAYED_DIRECTORY}/lib${library}.a" COMMAND_ERROR_IS_FATAL ANY)
  endforeach()
endif()

# proctor_delay_load(<program>): the program loads them when it first calls them, and from the
# system's directory (common/win32/delay_load.cc). Nothing elsewhere.
function(proctor_delay_load program)
  if(NOT PROCTOR_WINDOWS)
    return()
  endif()
  # In the program itself: in a library it would come too late for the linker.
  target_sources(${program} PRIVATE "${PROJECT_SOURCE_DIR}/common/win32/delay_load.cc")
  if(MINGW)
    target_link_directories(${program} BEFORE PRIVATE "${PROCTOR_DELAYED_DIRECTORY}")
  elseif(MSVC)
    target_link_libraries(${program} PRIVATE delayimp)
    foreach(library ${PROCTOR_DELAYED_LIBRARIES})
      target_link_options(${program} PRIVATE "/DELAYLOAD:${library}.dll")
    endforeach()
  endif()
endfunction()
