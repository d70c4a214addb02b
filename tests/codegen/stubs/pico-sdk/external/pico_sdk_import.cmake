# The Pico SDK as far as projects go, for this machine: what external/pico_sdk_import.cmake and pico_sdk_init.cmake define.
if(PROJECT_NAME OR NOT PICO_BOARD)
  message(FATAL_ERROR "the import comes before project() and behind PICO_BOARD")
endif()

macro(pico_sdk_init)
  if(NOT PROJECT_NAME)
    message(FATAL_ERROR "pico_sdk_init() comes behind project()")
  endif()
  add_library(pico_stdlib INTERFACE)
  target_include_directories(pico_stdlib SYSTEM INTERFACE "${PICO_SDK_PATH}/include")
  target_link_libraries(pico_stdlib INTERFACE m)
  add_library(hardware_adc INTERFACE)
  add_library(hardware_i2c INTERFACE)
endmacro()

function(pico_enable_stdio_usb target enabled)
  set_target_properties(${target} PROPERTIES PICO_TARGET_STDIO_USB ${enabled})
endfunction()

function(pico_enable_stdio_uart target enabled)
  set_target_properties(${target} PROPERTIES PICO_TARGET_STDIO_UART ${enabled})
endfunction()

function(pico_add_extra_outputs target)
  get_target_property(usb ${target} PICO_TARGET_STDIO_USB)
  get_target_property(uart ${target} PICO_TARGET_STDIO_UART)
  file(GENERATE OUTPUT "${CMAKE_BINARY_DIR}/${target}.said" CONTENT "${PICO_BOARD} usb ${usb} uart ${uart}")
endfunction()
