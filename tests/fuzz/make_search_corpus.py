"""Writes the first inputs of fuzz_search: plans of many shapes over each
specimen, unchanged and with a change in one section after the other.

    python3 tests/fuzz/make_search_corpus.py tests/fuzz/corpus/search
"""
import random
import sys

PLAN_BYTES = 96
SPECIMENS = 3
SECTIONS = 24


def change(chances):
    return bytes([chances.randrange(SECTIONS)]) + chances.randbytes(7)


def write(name, specimen, changes, plan):
    with open(f"{sys.argv[1]}/{name}", "wb") as out:
        out.write(bytes([specimen, len(changes)]) + b"".join(changes) + plan)


for number in range(36):
    chances = random.Random(number)
    changes = [change(chances) for _ in range(number % 3)]
    write(f"plan{number:02}", number % SPECIMENS, changes,
          chances.randbytes(PLAN_BYTES))
