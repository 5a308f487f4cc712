#!/usr/bin/env bash
# Installs a build into a scratch prefix, moves the prefix, and builds programs
# against it: by find_package with a C-only project, with the archives, and by
# pkg-config; among them the first program of README.md, as it stands there.
#
#     bash tests/check_install.sh SOURCE_DIR BUILD_DIR
set -eu
source=$(realpath "$1")
build=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CC=${CC:-cc}

say() {
    echo "-- $*"
}

cmake --install "$build" --prefix "$work/first" >"$work/log"
mv "$work/first" "$work/prefix"
prefix=$work/prefix
libdir=$(dirname "$(find "$prefix" -name 'liblede.so' | head -n 1)")
programs=(minimal fields typing threads errors)
packages=(lede)
if [ -e "$libdir/liblede-xapian.so" ]; then
    programs+=(shards)
    packages+=(lede-xapian)
fi
# Nothing of where it was built or first put may be in what is read from it.
if grep -rIl -e "$work/first" -e "$source" "$prefix"; then
    echo "FAILED: paths of the build are in the files above"
    exit 1
fi

run_examples() { # FOLDER PROGRAM...
    LD_LIBRARY_PATH=$libdir bash "$source/tests/check_examples.sh" "$@"
}

cmake_project() { # NAME COMPONENTS TARGETS PROGRAM...
    local dir=$work/$1 components=$2 targets=$3
    shift 3
    mkdir -p "$dir"
    {
        echo 'cmake_minimum_required(VERSION 3.25)'
        echo 'project(user LANGUAGES C)'
        echo "find_package(lede 0.1 REQUIRED $components)"
        echo 'find_package(Threads REQUIRED)'
        echo 'add_compile_definitions(_POSIX_C_SOURCE=200809L)'
        for program in "$@"; do
            echo "add_executable($program $source/examples/$program.c)"
            echo "target_link_libraries($program $targets Threads::Threads)"
        done
    } >"$dir/CMakeLists.txt"
    cmake -S "$dir" -B "$dir/build" -DCMAKE_PREFIX_PATH="$prefix" \
        >"$work/log" 2>&1 && cmake --build "$dir/build" >>"$work/log" 2>&1 || {
        cat "$work/log"
        exit 1
    }
    run_examples "$dir/build" "$@"
}

say "find_package(lede COMPONENTS lede), C alone"
cmake_project plain 'COMPONENTS lede' lede::lede minimal fields typing threads errors
say "find_package(lede COMPONENTS lede static)"
cmake_project static 'COMPONENTS lede static' lede::lede-static \
    minimal fields errors
if ldd "$work/static/build/fields" | grep liblede; then
    echo "FAILED: lede::lede-static links the shared library"
    exit 1
fi
if [ ${#packages[@]} -gt 1 ]; then
    say "find_package(lede)"
    cmake_project both '' 'lede::lede lede::xapian' minimal shards
    say "find_package(lede COMPONENTS xapian static)"
    cmake_project both-static 'COMPONENTS xapian static' \
        'lede::xapian-static lede::lede-static' minimal shards
fi
sed -i 's/COMPONENTS lede/COMPONENTS nonsense/' "$work/plain/CMakeLists.txt"
if cmake -S "$work/plain" -B "$work/none" -DCMAKE_PREFIX_PATH="$prefix" \
    >/dev/null 2>&1; then
    echo "FAILED: a component that is none was found"
    exit 1
fi

say "pkg-config"
export PKG_CONFIG_PATH=$libdir/pkgconfig
mkdir "$work/pc" "$work/pc-static" "$work/readme"
for package in "${packages[@]}"; do
    pkg-config --print-errors --exists "$package >= 0.1"
done
for program in "${programs[@]}"; do
    # shellcheck disable=SC2046
    $CC -std=c11 -D_POSIX_C_SOURCE=200809L -pthread \
        "$source/examples/$program.c" -o "$work/pc/$program" \
        $(pkg-config --cflags --libs "${packages[@]}")
done
run_examples "$work/pc" "${programs[@]}"

say "pkg-config --static"
mkdir "$work/archives"
cp "$libdir"/*.a "$work/archives"
for program in "${programs[@]}"; do
    # The archives alone stand first, so the linker takes them.
    # shellcheck disable=SC2046
    $CC -std=c11 -D_POSIX_C_SOURCE=200809L -pthread \
        "$source/examples/$program.c" -o "$work/pc-static/$program" \
        -L"$work/archives" \
        $(pkg-config --static --cflags --libs "${packages[@]}" |
            sed 's|-L[^ ]*/pkgconfig/[^ ]*||g')
done
if ldd "$work/pc-static/fields" | grep liblede; then
    echo "FAILED: --static links the shared library"
    exit 1
fi
run_examples "$work/pc-static" "${programs[@]}"

say "the first program of README.md"
awk '/^```c$/ { inside = 1; next } /^```$/ && inside { exit } inside' \
    "$source/README.md" >"$work/readme/first.c"
grep -q 'int main' "$work/readme/first.c"
# shellcheck disable=SC2046
$CC -Wall -Wextra -Werror "$work/readme/first.c" -o "$work/readme/first" \
    $(pkg-config --cflags --libs lede)
(cd "$work/readme" && LD_LIBRARY_PATH=$libdir ./first) | tee "$work/log"
grep -q . "$work/log"
if [ -x "$prefix/bin/lede" ]; then
    say "the installed tool"
    "$prefix/bin/lede" index "$work/news.lede" "$source/examples/articles.jsonl"
    "$prefix/bin/lede" search "$work/news.lede" ferry -n 1 | grep -q ferr
fi
[ ! -x "$prefix/bin/lede" ] || "$prefix/bin/lede" --version
say "all of it works"
