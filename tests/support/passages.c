#include "support/passages.h"

#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/suite.h"

#define PIECE_MIN 30U
#define PIECE_MAX 400U

static const char *const own[] = {
    "The ferry left the harbour at noon; no ferry sails in a storm, and the "
    "ferries of the island are old.",
    "Troops will leave Iraq, the government said. The troops' embassy in Iraq "
    "was attacked by state-of-the-art drones of COVID-19 deniers.",
    "Die Bundesregierung hält an der Brücke fest: Straßen, Brücken und Häfen "
    "werden gebaut, sagte Frau Müller aus Köln.",
    "L'état de l'élan n'est pas connu; les élans d'aujourd'hui sont étudiés à "
    "l'université, où l'on étudie l'œuvre.",
    "Президент подписал закон о мире; законы о мире и о войне подписаны "
    "президентами.",
    "İstanbul'da yağmur yağıyor, ISPARTA'da ise güneş var; yağmurlar dinecek.",
    "東京タワーは高い。東京の塔は大阪の塔より高い。カタカナもある。",
    "서울은 한국의 수도이다. 한국의 서울.",
    "ภาษาไทยเขียนโดยไม่เว้นวรรค ภาษาไทย",
    "وقال الرئيس إن الاتفاق سيوقّع غداً في بغداد، والرئيس في بغداد.",
    "Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm.",
};

static void add(passages *all, const char *text, size_t len)
{
    char *copy = malloc(len + 1);

    if (all->count == all->capacity) {
        all->capacity = all->capacity * 2 + 64;
        all->at = realloc(all->at, all->capacity * sizeof *all->at);
        all->rooms = realloc(all->rooms, all->capacity * sizeof(char *));
    }
    ck_assert(copy && all->at && all->rooms);
    memcpy(copy, text, len);
    copy[len] = '\0';
    all->rooms[all->count] = copy;
    all->at[all->count++] = (passage){ copy, len };
}

/* Cuts a text in paragraphs, those in pieces between characters. */
static size_t add_text(passages *all, const char *text, size_t most)
{
    size_t added = 0;

    while (*text && added < most) {
        size_t len = strcspn(text, "\n"), piece = len;

        if (piece > PIECE_MAX)
            for (piece = PIECE_MAX;
                 ((unsigned char)text[piece] & 0xC0) == 0x80;)
                piece--;
        if (piece >= PIECE_MIN) {
            add(all, text, piece);
            added++;
        }
        text += len + (text[len] == '\n');
    }
    return added;
}

/* Some paragraphs of some articles, so that there are many kinds of text. */
static void add_file(passages *all, const char *name, size_t most)
{
    char command[1024], *line = NULL;
    size_t size = 0, added = 0;
    FILE *in;

    (void)snprintf(command, sizeof command,
                   "xz -dcq '" LEDE_SHARED_DIR "/data/%s' 2>/dev/null", name);
    in = popen(command, "r");
    ck_assert_ptr_nonnull(in);
    while (added < most && getline(&line, &size, in) > 0) {
        json_t *article = json_loads(line, 0, NULL);
        const char *text = json_string_value(json_object_get(article, "text"));

        added += add_text(all, text ? text : "", 1 + most / 10);
        json_decref(article);
    }
    free(line);
    (void)pclose(in);
}

passages *passages_open(size_t most)
{
    static const char *const files[] = {
        "english.jsonl.xz", "lang/udhr.jsonl.xz", "lang/ar.jsonl.xz",
        "lang/de.jsonl.xz", "lang/fr.jsonl.xz",   "lang/ja.jsonl.xz",
        "lang/ko.jsonl.xz", "lang/ru.jsonl.xz",   "lang/tr.jsonl.xz",
        "lang/vi.jsonl.xz", "lang/zh.jsonl.xz",
    };
    passages *all = calloc(1, sizeof *all);

    ck_assert_ptr_nonnull(all);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        add(all, own[i], strlen(own[i]));
    if (access(LEDE_SHARED_DIR "/data/english.jsonl.xz", R_OK) != 0) {
        test_skip("no shared text");
        return all;
    }
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        add_file(all, files[i], most);
    return all;
}

void passages_close(passages *all)
{
    for (size_t i = 0; i < all->count; i++)
        free(all->rooms[i]);
    free(all->rooms);
    free(all->at);
    free(all);
}
