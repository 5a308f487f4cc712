#!/usr/bin/env python3
"""Writes fold_table.c: which characters fold to which, for text/fold.c.

    python3 fold_table.py [/usr/share/unicode/UnicodeData.txt] > fold_table.c

Only characters that a normal form (NFKC, case-folded) can hold matter.
"""
import sys

SOURCE = sys.argv[1] if len(sys.argv) > 1 else \
    '/usr/share/unicode/UnicodeData.txt'

# Combining marks that go when they follow a Latin, Greek or Cyrillic letter.
MARKS = [(0x300, 0x36F), (0x483, 0x487), (0x1AB0, 0x1ACE), (0x1DC0, 0x1DFF),
         (0x20D0, 0x20F0), (0xFE20, 0xFE2F)]

# What goes wherever it stands: Hebrew points and accents, Arabic harakat and
# hamza marks, tatweel, letters that only stand for an apostrophe.
DROPPED = [(0x591, 0x5BD), (0x5BF, 0x5BF), (0x5C1, 0x5C2), (0x5C4, 0x5C5),
           (0x5C7, 0x5C7), (0x610, 0x61A), (0x640, 0x640), (0x64B, 0x65F),
           (0x670, 0x670), (0x6D6, 0x6DC), (0x6DF, 0x6E4), (0x6E7, 0x6E8),
           (0x6EA, 0x6ED), (0x8CA, 0x8E1), (0x8E3, 0x8FF), (0x2B9, 0x2C1),
           (0x2C8, 0x2C8)]

# Scripts whose letters lose their marks.
LETTERS = [(0x41, 0x5A), (0x61, 0x7A), (0xAA, 0xAA), (0xBA, 0xBA),
           (0xC0, 0xD6), (0xD8, 0xF6), (0xF8, 0x2AF), (0x370, 0x373),
           (0x376, 0x377), (0x37B, 0x37D), (0x386, 0x386), (0x388, 0x3FF),
           (0x400, 0x481), (0x48A, 0x52F), (0x1C80, 0x1C88),
           (0x1D00, 0x1DBF), (0x1E00, 0x1FFF), (0x2C60, 0x2C7F),
           (0xA640, 0xA66D), (0xA680, 0xA69B), (0xA722, 0xA7FF),
           (0xAB30, 0xAB6F)]

# Letters that no decomposition takes apart.
SPECIAL = {
    'ı': 'i', 'ȷ': 'j', 'ø': 'o', 'ł': 'l', 'đ': 'd', 'ħ': 'h', 'ŧ': 't',
    'æ': 'ae', 'œ': 'oe', 'þ': 'th', 'ð': 'd', 'ß': 'ss', 'ŋ': 'n', 'ĸ': 'k',
    'ə': 'a', 'ǝ': 'e', 'ɛ': 'e', 'ɔ': 'o', 'ɓ': 'b', 'ɗ': 'd', 'ɖ': 'd',
    'ƒ': 'f', 'ɠ': 'g', 'ƙ': 'k', 'ɲ': 'n', 'ƥ': 'p', 'ƭ': 't', 'ʋ': 'v',
    'ƴ': 'y', 'ɣ': 'g', 'ɩ': 'i', 'ʊ': 'u', 'ƀ': 'b', 'ȼ': 'c', 'ɇ': 'e',
    'ǥ': 'g', 'ɨ': 'i', 'ɉ': 'j', 'ƚ': 'l', 'ɵ': 'o', 'ɍ': 'r', 'ⱥ': 'a',
    'ⱦ': 't', 'ʉ': 'u', 'ɏ': 'y', 'ƶ': 'z', 'ꞌ': '',
    # Arabic script: alef, waw and yeh with or without hamza, the Persian and
    # Urdu letters for kaf, yeh and heh, teh marbuta.
    'ٱ': 'ا', 'ٲ': 'ا', 'ٳ': 'ا', 'ى': 'ي', 'ی': 'ي', 'ۍ': 'ي', 'ے': 'ي',
    'ک': 'ك', 'ڪ': 'ك', 'ة': 'ه', 'ہ': 'ه', 'ۃ': 'ه', 'ۀ': 'ه', 'ە': 'ه',
    'ۂ': 'ه', 'ۓ': 'ي', '٫': '.', '٬': ',',
}

# How else a letter is spelt, where that is more than without its mark.
DIGRAPH = {'ä': 'ae', 'ö': 'oe', 'ü': 'ue', 'å': 'aa', 'ø': 'oe',
           'ǖ': 'ue', 'ȫ': 'oe', 'ǟ': 'ae', 'ǿ': 'oe', 'ǻ': 'aa'}

KEEP, DROP, MARK, MAP = range(4)


def within(ranges, c):
    return any(low <= c <= high for low, high in ranges)


def read():
    chars = {}
    for line in open(SOURCE):
        part = line.split(';')
        chars[int(part[0], 16)] = part
    return chars


def decompose(chars, c):
    field = chars[c][5] if c in chars else ''
    if not field or field.startswith('<'):
        return [c]
    return [d for piece in field.split() for d in decompose(chars,
                                                            int(piece, 16))]


def fold(chars, c):
    """The list of characters that c becomes, and the list of the second."""
    part = chars[c]
    if part[2] == 'Nd':
        return [0x30 + int(part[6])], []
    if chr(c) in SPECIAL:
        first = [ord(x) for x in SPECIAL[chr(c)]]
        return first, [ord(x) for x in DIGRAPH.get(chr(c), '')]
    whole = decompose(chars, c)
    if len(whole) < 2 or not within(LETTERS + DROPPED + [(0x620, 0x6D5)],
                                    whole[0]):
        return [c], []
    if whole[0] == 0x438 and whole[1] == 0x306:
        return [0x439], []  # a Cyrillic short i is a letter of its own
    if within([(0x620, 0x6D5)], whole[0]):
        base = [d for d in whole if not within(DROPPED, d)]
    else:
        base = [d for d in whole if not within(MARKS, d)]
    first = []
    for d in base:
        first += [ord(x) for x in SPECIAL.get(chr(d), chr(d))]
    return first, [ord(x) for x in DIGRAPH.get(chr(c), '')]


def size(text):
    return len(''.join(map(chr, text)).encode())


def main():
    chars = read()
    rules = [(KEEP, (0, 0), (0, 0)), (DROP, (0, 0), (0, 0)),
             (MARK, (0, 0), (0, 0))]
    place, digits = {}, []
    for c in sorted(chars):
        part = chars[c]
        if c > 0xFFFF:
            if part[2] == 'Nd' and int(part[6]) == 0 and not part[5]:
                digits.append(c)
            continue
        if part[13] and chr(c) not in SPECIAL:
            continue  # has a lower case, so no normal form holds it
        if within(DROPPED, c):
            rule = rules[DROP]
        elif within(MARKS, c):
            rule = rules[MARK]
        else:
            first, second = fold(chars, c)
            if first == [c] and not second:
                continue
            assert len(first) <= 2 and len(second) <= 2, hex(c)
            assert max(size(first), size(second)) <= size([c]), hex(c)
            if not first:
                rule = rules[DROP]
            else:
                rule = (MAP, tuple((first + [0])[:2]),
                        tuple((second + [0, 0])[:2]))
        if rule not in rules:
            rules.append(rule)
        place[c] = rules.index(rule)

    pages, index = [tuple([0] * 64)], []
    for page in range(1024):
        row = tuple(place.get(page * 64 + i, 0) for i in range(64))
        if row not in pages:
            pages.append(row)
        index.append(pages.index(row))
    assert len(pages) < 256 and len(rules) < 65536

    out = ['/* Written by fold_table.py from Unicode 15.0; not by hand. */',
           '#include "text/fold_table.h"', '',
           '/* clang-format off */',
           'const lede_fold_rule lede_fold_rules[%d] = {' % len(rules)]
    for kind, first, second in rules:
        out.append('    { %d, { 0x%X, 0x%X }, { 0x%X, 0x%X } },'
                   % ((kind,) + first + second))
    out += ['};', '', 'const uint8_t lede_fold_pages[1024] = {']
    for i in range(0, 1024, 16):
        out.append('    ' + ', '.join(str(x) for x in index[i:i + 16]) + ',')
    out += ['};', '',
            'const uint16_t lede_fold_places[%d][64] = {' % len(pages)]
    for row in pages:
        out.append('    {')
        for i in range(0, 64, 12):
            out.append('        ' + ', '.join(map(str, row[i:i + 12])) + ',')
        out.append('    },')
    out += ['};', '',
            'const uint32_t lede_fold_digits[LEDE_FOLD_DIGITS] = {']
    for i in range(0, len(digits), 8):
        out.append('    ' + ', '.join('0x%X' % x for x in digits[i:i + 8])
                   + ',')
    out += ['};', '/* clang-format on */']
    assert len(digits) == 25, len(digits)
    print('\n'.join(out))


main()
