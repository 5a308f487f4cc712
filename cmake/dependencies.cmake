# What lede links: utf8proc, libstemmer, xxhash, zstd. Debian's libstemmer has no
# .pc file, and libutf8proc's states a wrong version: their headers are read.
find_package(PkgConfig REQUIRED)
pkg_check_modules(utf8proc REQUIRED IMPORTED_TARGET libutf8proc)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)
find_path(UTF8PROC_INCLUDE_DIR utf8proc.h HINTS ${utf8proc_INCLUDEDIR}
          REQUIRED)
file(STRINGS ${UTF8PROC_INCLUDE_DIR}/utf8proc.h utf8proc_version
     REGEX "^#define UTF8PROC_VERSION_(MAJOR|MINOR|PATCH) ")
string(REGEX REPLACE "#define UTF8PROC_VERSION_[A-Z]+ +([0-9]+)[^;]*" "\\1"
       utf8proc_version "${utf8proc_version}")
string(REPLACE ";" "." utf8proc_version "${utf8proc_version}")
if(utf8proc_version VERSION_LESS 2.5)
  message(FATAL_ERROR "utf8proc ${utf8proc_version} is too old: 2.5 is needed")
endif()

find_path(LIBSTEMMER_INCLUDE_DIR libstemmer.h REQUIRED)
find_library(LIBSTEMMER_LIBRARY stemmer REQUIRED)

add_library(lede_dependencies INTERFACE)
target_include_directories(lede_dependencies SYSTEM INTERFACE
                           $<BUILD_INTERFACE:${LIBSTEMMER_INCLUDE_DIR}>)
target_link_libraries(lede_dependencies INTERFACE PkgConfig::utf8proc
                      PkgConfig::xxhash PkgConfig::zstd
                      $<BUILD_INTERFACE:${LIBSTEMMER_LIBRARY}>
                      $<INSTALL_INTERFACE:stemmer> Threads::Threads m)
