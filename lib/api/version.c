#include "lede/version.h"

#include <string.h>

#include "text/forms.h"
#include "text/words.h"

const char *lede_version(void)
{
    return LEDE_VERSION;
}

const char *lede_feature(const char *name)
{
    if (!name)
        return NULL;
    if (strcmp(name, "unicode") == 0)
        return lede_word_unicode;
    if (strcmp(name, "languages") == 0)
        return lede_forms_languages();
    return NULL;
}
