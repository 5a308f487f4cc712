# What lede links: utf8proc, libstemmer, zstd, xxhash. Debian's libstemmer has no
# .pc file, and libutf8proc's states a wrong version: both are found by header.
find_package(PkgConfig REQUIRED)
pkg_check_modules(utf8proc REQUIRED IMPORTED_TARGET libutf8proc)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)
find_path(LIBSTEMMER_INCLUDE_DIR libstemmer.h REQUIRED)
find_library(LIBSTEMMER_LIBRARY stemmer REQUIRED)

add_library(lede_dependencies INTERFACE)
target_include_directories(lede_dependencies SYSTEM INTERFACE
                           ${LIBSTEMMER_INCLUDE_DIR})
target_link_libraries(lede_dependencies INTERFACE PkgConfig::utf8proc
                      PkgConfig::xxhash ${LIBSTEMMER_LIBRARY} Threads::Threads
                      m)
