# proctor_resources(<program> <description>): what Windows shows of a program, and how it is to treat
# it. Nothing elsewhere.
function(proctor_resources program description)
  if(NOT PROCTOR_WINDOWS)
    return()
  endif()
  set(PROCTOR_PROGRAM "${program}")
  set(PROCTOR_DESCRIPTION "${description}")
  set(PROCTOR_MANIFEST "${PROJECT_SOURCE_DIR}/tools/windows/resources/program.manifest")
  set(resource "${PROJECT_BINARY_DIR}/generated/resources/${program}.rc")
  configure_file("${PROJECT_SOURCE_DIR}/tools/windows/resources/program.rc.in" "${resource}" @ONLY)
  target_sources(${program} PRIVATE "${resource}")
  if(MSVC)
    target_link_options(${program} PRIVATE /MANIFEST:NO)  # It is in the resources.
  endif()
endfunction()
