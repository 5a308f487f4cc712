# Flags of every target of ours: warnings, sanitizers, and no contraction of
# floating-point expressions, so that scores agree to the bit.
add_library(lede_warnings INTERFACE)
target_compile_options(lede_warnings INTERFACE -ffp-contract=off
    -fno-strict-overflow)
set(common -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
    -Wcast-qual -Wcast-align -Wwrite-strings -Wpointer-arith -Wformat=2 -Wundef
    -Wvla -Wdouble-promotion -Wnull-dereference -Wimplicit-fallthrough)
foreach(flag IN LISTS common)
  target_compile_options(lede_warnings INTERFACE $<$<COMPILE_LANGUAGE:C>:${flag}>)
endforeach()
foreach(flag -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition)
  target_compile_options(lede_warnings INTERFACE $<$<COMPILE_LANGUAGE:C>:${flag}>)
endforeach()
foreach(flag -Wall -Wextra -Wpedantic -Wshadow)
  target_compile_options(lede_warnings INTERFACE
                         $<$<COMPILE_LANGUAGE:CXX>:${flag}>)
endforeach()
if(LEDE_WERROR)
  target_compile_options(lede_warnings INTERFACE -Werror)
endif()
if(LEDE_SANITIZE)
  add_compile_options(-fsanitize=${LEDE_SANITIZE} -fno-sanitize-recover=all
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${LEDE_SANITIZE})
endif()
if(LEDE_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link -UNDEBUG)
endif()
