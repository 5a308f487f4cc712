#!/usr/bin/env python3
"""Writes lib/text/word_table.c from the Unicode Character Database.

    python3 lib/text/make_word_table.py [DIRECTORY] > lib/text/word_table.c

DIRECTORY holds UnicodeData.txt and the other files; without it the place where
Debian's unicode-data puts them. The same database gives the same bytes.

Each code point has two classes: Word_Break, as Unicode's rules need it, and
the class that text/lexeme.c reads, with what is known of its normal form. A
pair of classes is one byte ("kind") in a two-stage table; two small tables give
a kind's classes.
"""
import os
import re
import sys

BLOCK = 256
CODE_POINTS = 0x110000

WORD_BREAKS = [
    "OTHER", "CR", "LF", "NEWLINE", "EXTEND", "ZWJ", "FORMAT", "KATAKANA",
    "HEBREW_LETTER", "ALETTER", "SINGLE_QUOTE", "DOUBLE_QUOTE", "MIDNUMLET",
    "MIDLETTER", "MIDNUM", "NUMERIC", "EXTENDNUMLET", "REGIONAL_INDICATOR",
    "WSEGSPACE",
]
UCD_WORD_BREAKS = {"MidNumLet": "MIDNUMLET", "ExtendNumLet": "EXTENDNUMLET",
                   "WSegSpace": "WSEGSPACE", "ALetter": "ALETTER",
                   "MidLetter": "MIDLETTER", "MidNum": "MIDNUM"}

LEXES = [
    "OTHER", "LETTER", "HEBREW", "DIGIT", "IDEOGRAPH", "SYLLABLE", "IGNORED",
    "APOSTROPHE", "QUOTE", "MIDDLE", "DOT", "SEPARATOR", "AMPERSAND", "PLUS",
    "HASH", "HYPHEN",
]

# What joins words of articles, and what is read as it. The word rules of
# Unicode know some of these as letters, others as nothing.
MARKS = {
    "APOSTROPHE": [0x27, 0xB4, 0x2BB, 0x2BC, 0x5F3, 0x2018, 0x2019, 0x201B,
                   0x2032, 0xFF07],
    "QUOTE": [0x22, 0x5F4],
    "MIDDLE": [0xB7, 0x387, 0x2027],
    "DOT": [0x2E, 0x2024, 0xFE52, 0xFF0E],
    "SEPARATOR": [0x2C, 0x66C, 0x202F, 0xFE50, 0xFF0C],
    "AMPERSAND": [0x26, 0xFE60, 0xFF06],
    "PLUS": [0x2B, 0xFE62, 0xFF0B],
    "HASH": [0x23, 0xFE5F, 0xFF03],
    "HYPHEN": [0x2D, 0x58A, 0x5BE, 0x2010, 0x2011, 0xFE63, 0xFF0D],
}


def lines(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8") as file:
        for line in file:
            line = line.split("#")[0].strip()
            if line:
                yield [field.strip() for field in line.split(";")]


def code_points(field):
    first, _, last = field.partition("..")
    return range(int(first, 16), int(last or first, 16) + 1)


def values(folder, name):
    """The property of each code point that `name` lists, of its 2nd field."""
    found = {}
    for fields in lines(folder, name):
        for c in code_points(fields[0]):
            found[c] = fields[1]
    return found


def members(folder, name, value):
    found = set()
    for fields in lines(folder, name):
        if fields[1] == value:
            found.update(code_points(fields[0]))
    return found


def version(folder):
    path = os.path.join(folder, "auxiliary", "WordBreakProperty.txt")
    with open(path, encoding="utf-8") as file:
        return re.match(r"# WordBreakProperty-([0-9.]+)\.txt",
                        file.readline()).group(1)


def word_break_name(value):
    return UCD_WORD_BREAKS.get(value, value.upper())


class Database:
    def __init__(self, folder):
        self.breaks = {c: word_break_name(value) for c, value in
                       values(folder,
                              "auxiliary/WordBreakProperty.txt").items()}
        self.pictures = members(folder, "emoji/emoji-data.txt",
                                "Extended_Pictographic")
        self.ideographs = members(folder, "PropList.txt", "Ideographic")
        for script in ("Han", "Hiragana", "Katakana", "Hangul"):
            self.ideographs |= members(folder, "Scripts.txt", script)
        self.spaceless = members(folder, "LineBreak.txt", "SA")
        self.numbers = self.plain_numbers(folder)
        self.normal = self.normal_characters(folder)
        self.combining = {c for c, value in
                          values(folder,
                                 "extracted/DerivedCombiningClass.txt").items()
                          if value != "0"}
        self.marks = {c: lex for lex, chars in MARKS.items() for c in chars}

    @staticmethod
    def plain_numbers(folder):
        """Numbers that are no digits and have only letters and digits in
        their compatibility form: superscripts, circled numbers."""
        category, decomposition = {}, {}
        for fields in lines(folder, "UnicodeData.txt"):
            c = int(fields[0], 16)
            category[c] = fields[2]
            parts = [part for part in fields[5].split()
                     if not part.startswith("<")]
            decomposition[c] = [int(part, 16) for part in parts]

        def is_plain(c):
            parts = decomposition.get(c)
            if parts:
                return all(is_plain(part) for part in parts)
            return category.get(c, "Cn")[0] in "LN"

        return {c for c, value in category.items()
                if value == "No" and is_plain(c)}

    @staticmethod
    def normal_characters(folder):
        """Characters that are their own normal form, whatever is around them
        but for the order of marks; no capitals, for these are looked at, and
        no conjoining jamo, for these are parts of characters."""
        found = set()
        for fields in lines(folder, "extracted/DerivedGeneralCategory.txt"):
            if fields[1] not in ("Cn", "Cs", "Lu", "Lt"):
                found.update(code_points(fields[0]))
        for fields in lines(folder, "DerivedNormalizationProps.txt"):
            if fields[1] in ("NFKC_CF", "NFKC_QC"):
                found.difference_update(code_points(fields[0]))
        for first, end in ((0x1100, 0x1200), (0xA960, 0xA980),
                           (0xD7B0, 0xD800)):
            found.difference_update(range(first, end))
        return found - {0x20, 0x20E3}

    def normality(self, c):
        """16 for what is normal, 32 too for a mark that has a place among
        marks. Of what the lexer rewrites only ASCII is."""
        if c not in self.normal or (c > 0x7F and self.lex(c) in MARKS):
            return 0
        return 48 if c in self.combining else 16

    def word_break(self, c):
        return self.breaks.get(c, "OTHER")

    def is_word(self, c):
        """Whether a segment of Unicode's rules that holds it is a word."""
        return (self.word_break(c) in ("KATAKANA", "HEBREW_LETTER", "ALETTER",
                                       "NUMERIC") or
                (self.word_break(c) == "OTHER" and
                 (c in self.spaceless or c in self.ideographs)))

    def lex(self, c):
        value = self.word_break(c)
        if c in self.marks:
            return self.marks[c]
        if value in ("EXTEND", "FORMAT", "ZWJ"):
            return "IGNORED"
        if c in self.pictures and value != "NUMERIC":
            return "OTHER"
        if value == "KATAKANA" or (self.is_word(c) and c in self.ideographs):
            return "IDEOGRAPH"
        if c in self.spaceless and value == "OTHER":
            return "SYLLABLE"
        if value == "NUMERIC" or c in self.numbers:
            return "DIGIT"
        if value == "HEBREW_LETTER":
            return "HEBREW"
        return "LETTER" if value == "ALETTER" else "OTHER"


def rows(numbers):
    line = ""
    for number in numbers:
        item = "%d," % number
        if len(line) + len(item) > 76:
            yield "    " + line
            line = ""
        line += item
    yield "    " + line


def table(name, numbers):
    return (["const uint8_t %s[%d] = {" % (name, len(numbers))] +
            list(rows(numbers)) + ["};", ""])


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else "/usr/share/unicode"
    data = Database(folder)
    kinds, kind_of = [], {}
    plane = bytearray(CODE_POINTS)
    for c in range(CODE_POINTS):
        classes = (data.word_break(c), c in data.pictures, data.lex(c),
                   data.is_word(c), data.normality(c))
        if classes not in kind_of:
            kind_of[classes] = len(kinds)
            kinds.append(classes)
        plane[c] = kind_of[classes]
    blocks, block_of, first_stage = [], {}, []
    for start in range(0, CODE_POINTS, BLOCK):
        block = bytes(plane[start:start + BLOCK])
        if block not in block_of:
            block_of[block] = len(blocks)
            blocks.append(block)
        first_stage.append(block_of[block])
    assert len(blocks) <= 256

    out = ["/*",
           " * text/word_table.c - Word_Break and lexical classes of all code "
           "points.",
           " *",
           " * Written by text/make_word_table.py from the Unicode Character "
           "Database; not",
           " * edited by hand. %d bytes." %
           (len(first_stage) + BLOCK * len(blocks) + 2 * len(kinds)),
           " */",
           '#include "text/words.h"',
           "",
           "/* clang-format off */",
           'const char lede_word_unicode[] = "%s";' % version(folder),
           ""]
    out += table("lede_word_blocks", first_stage)
    out += table("lede_word_kinds",
                 [kind for block in blocks for kind in block])
    out += ["/* Word_Break, with 32 for Extended_Pictographic and 64 for what "
            "makes a", " * segment a word. */"]
    out += table("lede_word_breaks",
                 [WORD_BREAKS.index(word_break) + 32 * picture + 64 * word
                  for word_break, picture, _, word, _ in kinds])
    out += ["/* Lexical classes, with 16 for what is its own normal form and "
            "32 for marks", " * of which the order counts. */"]
    out += table("lede_word_lexes",
                 [LEXES.index(lex) + normal
                  for _, _, lex, _, normal in kinds])
    out += ["/* clang-format on */"]
    print("\n".join(out))


if __name__ == "__main__":
    main()
