# What the rooms link, and the two functions that make a room and a program.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(simdjson REQUIRED)
find_package(tl-expected REQUIRED)
find_package(prometheus-cpp REQUIRED COMPONENTS core)
pkg_check_modules(rdkafka REQUIRED IMPORTED_TARGET rdkafka>=2.0.2)

# Flags that every object of the project is compiled with.
add_library(project_flags INTERFACE)
target_compile_options(project_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Werror
                                               -fno-omit-frame-pointer)
target_include_directories(project_flags INTERFACE ${PROJECT_SOURCE_DIR}/src)
target_compile_definitions(project_flags INTERFACE CPG_VERSION="${PROJECT_VERSION}")
target_link_libraries(project_flags INTERFACE Threads::Threads tl::expected)
find_program(MOLD mold)
if(MOLD)
  target_link_options(project_flags INTERFACE -fuse-ld=mold)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # gcc 12 warns wrongly about std::string's own code at -O2 (its bug 105651).
  target_compile_options(project_flags INTERFACE -Wno-restrict)
endif()
if(CPG_SANITIZE)
  target_compile_options(project_flags INTERFACE -fsanitize=${CPG_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(project_flags INTERFACE -fsanitize=${CPG_SANITIZE})
endif()
if(CPG_SANITIZE MATCHES "undefined")
  # The vptr check looks at memory through a pipe: without a free descriptor, which is something we test, it reports faults
  # that are none.
  target_compile_options(project_flags INTERFACE -fno-sanitize=vptr)
endif()

# Asio is compiled once, in net/asio.cc.
add_library(asio INTERFACE)
target_link_libraries(asio INTERFACE Boost::headers)
target_compile_definitions(asio INTERFACE BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)
if(CPG_SANITIZE MATCHES "thread")
  target_compile_definitions(asio INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
endif()

# room(NAME [USES rooms…] [LINK targets…]): the static library of src/NAME. A room without a source yet carries its
# include path and its arrows only.
function(room name)
  cmake_parse_arguments(ROOM "" "" "USES;LINK" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cc)
  list(FILTER sources EXCLUDE REGEX "/main\\.cc$")
  if(sources)
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC project_flags ${ROOM_USES} ${ROOM_LINK})
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE project_flags ${ROOM_USES} ${ROOM_LINK})
  endif()
endfunction()

# program(NAME SOURCE ROOM): an executable at the top of the build folder.
function(program name source room)
  if(EXISTS ${PROJECT_SOURCE_DIR}/${source})
    add_executable(${name} ${PROJECT_SOURCE_DIR}/${source})
    target_link_libraries(${name} PRIVATE ${room})
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
    add_dependencies(programs ${name})
  endif()
endfunction()
