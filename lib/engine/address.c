#include "engine/address.h"

static bool is_letter(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_scheme_char(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9') || c == '+';
}

/* The length of the scheme `text` begins with, 0 without one. */
static size_t scheme_length(const char *text)
{
    size_t len = 0;

    if (!is_letter(text[0]))
        return 0;
    while (len <= LEDE_SCHEME_MAX && is_scheme_char(text[len]))
        len++;
    return text[len] == ':' && len >= 2 && len <= LEDE_SCHEME_MAX ? len : 0;
}

lede_address lede_address_split(const char *text)
{
    size_t len = scheme_length(text);
    lede_address address = { .rest = text };

    if (len == 0)
        return address;
    memcpy(address.scheme, text, len);
    address.rest = text + len + 1;
    if (strncmp(address.rest, "//", 2) == 0)
        address.rest += 2;
    return address;
}

bool lede_scheme_in(const char *list, const char *name)
{
    size_t len = strlen(name);

    if (len == 0)
        return false;
    for (;;) {
        size_t word = strcspn(list, " ");

        if (word == len && memcmp(list, name, len) == 0)
            return true;
        if (list[word] == '\0')
            return false;
        list += word + 1;
    }
}
