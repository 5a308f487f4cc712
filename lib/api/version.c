#include "lede/version.h"

#include <string.h>

#include "base/cpu.h"
#include "native/native.h"
#include "text/forms.h"
#include "text/words.h"

const char *lede_version(void)
{
    return LEDE_VERSION;
}

static const char *simd_name(void)
{
    switch (lede_cpu_simd()) {
    case LEDE_SIMD_SSE2:
        return "sse2";
    case LEDE_SIMD_AVX2:
        return "avx2";
    case LEDE_SIMD_NEON:
        return "neon";
    default:
        return "none";
    }
}

const char *lede_feature(const char *name)
{
    if (!name)
        return NULL;
    if (strcmp(name, "unicode") == 0)
        return lede_word_unicode;
    if (strcmp(name, "format") == 0)
        return LEDE_NATIVE_FORMAT;
    if (strcmp(name, "simd") == 0)
        return simd_name();
    if (strcmp(name, "languages") == 0)
        return lede_forms_languages();
    return NULL;
}
