# Helpers of the build: rooms (one library and one test program a folder), embedded SQL, hardening.

# Warnings and hardening of our own code, for every target.
add_library(milkrun_warnings INTERFACE)
target_compile_options(milkrun_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor
  -Wformat=2 -Werror=format-security $<$<BOOL:${MILKRUN_WERROR}>:-Werror>
  # TRY is a GNU statement expression behind __extension__; clang names it separately.
  $<$<CXX_COMPILER_ID:Clang>:-Wno-gnu-statement-expression-from-macro-expansion>)

# Several sources of one target are compiled as one: the headers and templates they share (json, doctest, fmt) are the
# cost of a build. The clang preset leaves it off, so that ./run lint sees a file that lacks an include.
option(MILKRUN_UNITY "Compile the sources of a target together" OFF)
set(CMAKE_UNITY_BUILD ${MILKRUN_UNITY})
set(CMAKE_UNITY_BUILD_BATCH_SIZE 8)

# milkrun_own_object(FILE...): sources that share names with their siblings (every adapter has its url(), every
# suite its World) and so are compiled by themselves.
function(milkrun_own_object)
  list(TRANSFORM ARGN PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  set_source_files_properties(${ARGN} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()

if(MILKRUN_SANITIZE)
  # GCC's own manual: the sanitizers make -Wmaybe-uninitialized guess wrong. The release build keeps it.
  add_compile_options(-fsanitize=${MILKRUN_SANITIZE} -fno-omit-frame-pointer
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  # Checks at every access, which take a third of the time to compile: a null or a wild pointer stops in ASan as well, x86
  # and arm64 read unaligned, and there is no dynamic_cast.
  if(MILKRUN_SANITIZE MATCHES undefined)
    add_compile_options(-fno-sanitize=null,alignment,object-size,vptr)
  endif()
  # UBSan describes each of its checks in data full of addresses: without a fixed place a start would spend more time on
  # relocating a million of them than on all else, and the stories start the program a thousand times.
  add_link_options(-fsanitize=${MILKRUN_SANITIZE} -no-pie)
else()
  # OpenSSF hardening guide; the sanitizer builds leave it out because the two get in each other's way.
  add_compile_options(-fstack-protector-strong -fstack-clash-protection -fcf-protection=full -fPIE
    -ftrivial-auto-var-init=zero -fno-delete-null-pointer-checks -fno-strict-overflow
    $<$<CONFIG:Release>:-D_FORTIFY_SOURCE=3> -D_GLIBCXX_ASSERTIONS)
  add_link_options(-pie -Wl,-z,relro,-z,now,-z,noexecstack)
endif()
if(MILKRUN_TEST_HOOKS)
  add_compile_definitions(MILKRUN_TEST_HOOKS)
endif()

find_program(MILKRUN_CCACHE ccache)
if(MILKRUN_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${MILKRUN_CCACHE})
endif()
find_program(MILKRUN_MOLD mold)
if(MILKRUN_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# The program that turns .sql files into headers.
add_executable(embed_sql ${PROJECT_SOURCE_DIR}/cmake/embed_sql.cpp)
set(MILKRUN_GENERATED ${PROJECT_BINARY_DIR}/generated)
set_property(GLOBAL PROPERTY MILKRUN_SQL_HEADERS "")

# milkrun_embed_file(ROOM NAME FILE): generated/sql/NAME.hpp with `milkrun::sql::NAME` as one string, for the room.
function(milkrun_embed_file room name file)
  get_target_property(type milkrun_${room} TYPE)
  if(type STREQUAL INTERFACE_LIBRARY)
    return() # the room has no source yet
  endif()
  set(out ${MILKRUN_GENERATED}/sql/${name}.hpp)
  add_custom_command(OUTPUT ${out} COMMAND embed_sql --whole ${name} ${file} ${out} DEPENDS embed_sql ${file})
  add_custom_target(milkrun_embed_${name} DEPENDS ${out})
  target_sources(milkrun_${room} PRIVATE ${out})
  target_include_directories(milkrun_${room} PUBLIC ${MILKRUN_GENERATED})
endfunction()

# Every .sql file FOLDER/X.sql becomes generated/sql/PREFIX_X.hpp with one db::Statement per `-- name: y`.
function(milkrun_embed_sql target prefix)
  foreach(file ${ARGN})
    get_filename_component(stem ${file} NAME_WE)
    set(name ${stem})
    if(prefix)
      set(name ${prefix}_${stem})
    endif()
    set(out ${MILKRUN_GENERATED}/sql/${name}.hpp)
    add_custom_command(OUTPUT ${out} COMMAND embed_sql ${name} ${file} ${out} DEPENDS embed_sql ${file})
    target_sources(${target} PRIVATE ${out})
    target_include_directories(${target} PUBLIC ${MILKRUN_GENERATED})
    set_property(GLOBAL APPEND PROPERTY MILKRUN_SQL_HEADERS sql/${name}.hpp)
  endforeach()
endfunction()

# A target for all headers made from .sql files: who needs only the statements need not build their rooms.
function(milkrun_sql_headers)
  get_property(headers GLOBAL PROPERTY MILKRUN_SQL_HEADERS)
  list(TRANSFORM headers PREPEND ${MILKRUN_GENERATED}/)
  add_custom_target(milkrun_sql_headers DEPENDS ${headers} ${MILKRUN_GENERATED}/sql/schema.hpp)
endfunction()

# What only tests run is built fast: not optimised, and without the undefined-behaviour checks (the product has them).
add_library(milkrun_test_code INTERFACE)
target_compile_options(milkrun_test_code INTERFACE $<$<CONFIG:Debug>:-O0>)
if(MILKRUN_SANITIZE MATCHES undefined)
  target_compile_options(milkrun_test_code INTERFACE -fno-sanitize=undefined)
endif()

# A test program of doctest suites: milkrun_test(NAME SOURCES... LINK libs... [ARGUMENTS of its run...] [LABELS l] [TIMEOUT s]
# [COST s: the dearest begin first, so that none is left alone at the end])
function(milkrun_test name)
  cmake_parse_arguments(arg "" "LABELS;TIMEOUT;COST" "SOURCES;LINK;ARGUMENTS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_LINK} milkrun_test_support milkrun_test_code milkrun_warnings)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/src)
  add_test(NAME ${name} COMMAND ${name} ${arg_ARGUMENTS})
  set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT 900)
  if(arg_TIMEOUT)
    set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_TIMEOUT})
  endif()
  if(arg_COST)
    set_tests_properties(${name} PROPERTIES COST ${arg_COST})
  endif()
endfunction()

# milkrun_room(FOLDER LINK public... PRIVATE private... [TEST_LINK only its test...] [INTERFACE_ONLY]): src/FOLDER as a static library
# milkrun_<folder> (slashes become _), its *_test.cpp as a program <folder>_test.
function(milkrun_room folder)
  cmake_parse_arguments(arg "INTERFACE_ONLY" "" "LINK;PRIVATE;TEST_LINK" ${ARGN})
  string(REPLACE "/" "_" flat ${folder})
  set(dir ${PROJECT_SOURCE_DIR}/src/${folder})
  file(GLOB sources CONFIGURE_DEPENDS ${dir}/*.cpp)
  file(GLOB tests CONFIGURE_DEPENDS ${dir}/*_test.cpp)
  file(GLOB sql CONFIGURE_DEPENDS ${dir}/*.sql)
  if(tests)
    list(REMOVE_ITEM sources ${tests})
  endif()
  if(arg_INTERFACE_ONLY OR NOT sources)
    add_library(milkrun_${flat} INTERFACE)
    target_include_directories(milkrun_${flat} INTERFACE ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(milkrun_${flat} INTERFACE ${arg_LINK} ${arg_PRIVATE})
  else()
    add_library(milkrun_${flat} STATIC ${sources})
    target_include_directories(milkrun_${flat} PUBLIC ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(milkrun_${flat} PUBLIC ${arg_LINK} PRIVATE ${arg_PRIVATE} milkrun_warnings)
    milkrun_embed_sql(milkrun_${flat} "" ${sql})
  endif()
  if(tests AND BUILD_TESTING)
    milkrun_test(${flat}_test SOURCES ${tests} LINK milkrun_${flat} ${arg_PRIVATE} ${arg_TEST_LINK} LABELS unit)
  endif()
endfunction()

# jobs/*: one folder a job; all of them are one library, registered by jobs/jobs.def.
function(milkrun_jobs)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/jobs/*.cpp ${PROJECT_SOURCE_DIR}/jobs/*/*.cpp)
  file(GLOB tests CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/jobs/*/*_test.cpp)
  if(tests)
    list(REMOVE_ITEM sources ${tests})
  endif()
  if(NOT sources)
    add_library(milkrun_jobs INTERFACE)
    return()
  endif()
  add_library(milkrun_jobs STATIC ${sources})
  set_target_properties(milkrun_jobs PROPERTIES UNITY_BUILD OFF) # every stage has its gate(), work() and settle()
  target_include_directories(milkrun_jobs PUBLIC ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(milkrun_jobs PUBLIC milkrun_job PRIVATE milkrun_outreach milkrun_content milkrun_providers_feed
    milkrun_providers_ai milkrun_providers_wordpress milkrun_providers_portal milkrun_providers_meta milkrun_warnings)
  file(GLOB folders CONFIGURE_DEPENDS LIST_DIRECTORIES true ${PROJECT_SOURCE_DIR}/jobs/*)
  foreach(folder ${folders})
    if(IS_DIRECTORY ${folder})
      get_filename_component(prefix ${folder} NAME)
      file(GLOB sql CONFIGURE_DEPENDS ${folder}/*.sql)
      milkrun_embed_sql(milkrun_jobs ${prefix} ${sql})
    endif()
  endforeach()
  if(tests AND BUILD_TESTING)
    milkrun_test(jobs_test SOURCES ${tests} LINK milkrun_jobs milkrun_outreach milkrun_run milkrun_ledger milkrun_credentials milkrun_content
      milkrun_providers_feed milkrun_providers_ai milkrun_providers_wordpress milkrun_providers_portal milkrun_providers_meta LABELS unit)
  endif()
endfunction()
