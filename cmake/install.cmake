# What `cmake --install` puts where: libraries, headers, the package for
# find_package(lede), and a .pc file for each library.
#
# Components of the package: lede, always; xapian-c and xapian where they were
# built; static, which adds a -static target for each of the others asked for.
# Each is a file of its own, so that a program of lede alone needs no C++ and
# no headers of the libraries below it.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/lede)

# NAME is what follows lede::, TARGET and TARGET_static what is built.
function(install_library name target)
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  set_target_properties(${target}_static PROPERTIES EXPORT_NAME ${name}-static)
  # CMake includes NAME-*.cmake from NAME.cmake: no name may begin another.
  install(TARGETS ${target} EXPORT lede-${name}-shared)
  install(TARGETS ${target}_static ${ARGN} EXPORT lede-${name}-archive)
  foreach(export ${name}-shared ${name}-archive)
    install(EXPORT lede-${export} NAMESPACE lede:: DESTINATION ${package_dir})
  endforeach()
endfunction()

# The .pc files find their prefix from where they stand.
file(RELATIVE_PATH pc_prefix
     ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" pc_prefix "${pc_prefix}")
function(install_pc name)
  configure_file(pkgconfig/${name}.pc.in pkgconfig/${name}.pc @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/pkgconfig/${name}.pc
          DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()

install_library(lede lede lede_dependencies)
install_pc(lede)
install(DIRECTORY include/lede DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN "*.h" PATTERN "xapian.h" EXCLUDE)
set(package_components lede)

if(TARGET lede_xapian)
  # It finds libxapian-c beside itself.
  set_target_properties(lede_xapian PROPERTIES INSTALL_RPATH "$ORIGIN")
  # A project in C links the archive by a C compiler.
  target_link_libraries(lede_xapian_c_static INTERFACE
                        $<INSTALL_INTERFACE:stdc++>)
  install_library(xapian-c lede_xapian_c)
  install_library(xapian lede_xapian)
  install_pc(xapian-c)
  install_pc(lede-xapian)
  install(FILES include/lede/xapian.h
          DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/lede)
  install(FILES lib/xapian/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR}
          RENAME LICENSE.xapian)
  install(DIRECTORY include/xapian-c DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  list(APPEND package_components xapian-c xapian)
endif()
if(TARGET lede_program)
  install(TARGETS lede_program)
endif()
install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

configure_package_config_file(cmake/lede-config.cmake.in
    ${CMAKE_CURRENT_BINARY_DIR}/lede-config.cmake
    INSTALL_DESTINATION ${package_dir} NO_SET_AND_CHECK_MACRO)
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file(
    ${CMAKE_CURRENT_BINARY_DIR}/lede-config-version.cmake
    COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/lede-config.cmake
        ${CMAKE_CURRENT_BINARY_DIR}/lede-config-version.cmake
        DESTINATION ${package_dir})
