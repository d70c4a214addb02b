# Zephyr's build system as far as an application with modules goes, for this machine. PYTHON: has kconfiglib and PyYAML.
project(Zephyr-Kernel C CXX)
get_filename_component(ZEPHYR_BASE "${CMAKE_CURRENT_LIST_DIR}/../../.." REALPATH)
execute_process(
  COMMAND "${PYTHON}" "${ZEPHYR_BASE}/configure.py" "${CMAKE_BINARY_DIR}" "${CMAKE_SOURCE_DIR}/prj.conf"
          ${ZEPHYR_EXTRA_MODULES}
  RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "the configuration failed")
endif()

set(CMAKE_C_STANDARD 17)
add_library(zephyr_interface INTERFACE)
target_include_directories(zephyr_interface INTERFACE "${ZEPHYR_BASE}/include")
target_compile_options(zephyr_interface INTERFACE -imacros "${CMAKE_BINARY_DIR}/autoconf.h")
file(WRITE "${CMAKE_BINARY_DIR}/empty.c" "extern int empty;\n")
add_library(app STATIC "${CMAKE_BINARY_DIR}/empty.c")
add_executable(zephyr "${CMAKE_BINARY_DIR}/empty.c")
target_link_libraries(app PUBLIC zephyr_interface)
target_link_libraries(zephyr PRIVATE app m)

macro(zephyr_library)
  get_filename_component(ZEPHYR_CURRENT_LIBRARY "${CMAKE_CURRENT_LIST_DIR}" NAME)
  add_library(${ZEPHYR_CURRENT_LIBRARY} STATIC)
  target_link_libraries(${ZEPHYR_CURRENT_LIBRARY} PUBLIC zephyr_interface m)
  target_link_libraries(app PUBLIC ${ZEPHYR_CURRENT_LIBRARY})
endmacro()

macro(zephyr_library_sources)
  target_sources(${ZEPHYR_CURRENT_LIBRARY} PRIVATE ${ARGN})
endmacro()

function(zephyr_include_directories)
  foreach(folder ${ARGN})
    get_filename_component(folder "${folder}" ABSOLUTE)
    target_include_directories(zephyr_interface INTERFACE "${folder}")
  endforeach()
endfunction()

include("${CMAKE_BINARY_DIR}/modules.cmake")
