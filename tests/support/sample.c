#include "support/sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "support/suite.h"

static const char *const sentences[] = {
    "The ferry left the harbour at dawn with forty passengers and two goats.",
    "Ministers met in Geneva to discuss the price of grain and of diesel.",
    "An embassy spokesman denied that embassies had been closed.",
    "Covid-19 cases fell for a third week, the state-run agency said.",
    "Qasem Soleimani, also written Suleymani, was named in the report.",
    "Der Müller fuhr über die Brücke; die Straße war gesperrt.",
    "L'été dernier, les élèves ont planté mille chênes près de la rivière.",
    "Правительство объявило о новых мерах поддержки для рыбаков.",
    "وصلت السفينة إلى الميناء في الصباح الباكر.",
    "政府は新しい橋の建設を発表した。",
    "새로운 다리는 내년에 열릴 예정이다.",
    "รถไฟสายใหม่จะเปิดให้บริการในปีหน้า",
    "Ships, ships, and again ships: the port of Izmir has never been busier.",
    "Maximum pressure, they said; maximum patience, she answered.",
};

static const char *const sections[] = { "world", "business", "sport",
                                        "culture" };

static const char *const authors[] = { "Leyla Mansour", "Jan de Vries",
                                       "Ana Brandão" };

const char *const sample_queries[] = {
    "ferry",
    "embassy",
    "ship port",
    "\"maximum pressure\"",
    "suleimani",
    "muller",
    "covid",
    "橋",
    "السفينة",
    "правительство",
    "section:world",
    "author:mansour ferry",
    "title:ferry -goats",
    "date:2020-03..2021-02",
    "count:[10..20]",
    "embas*",
    "harbor~",
    "NEAR/5(price grain)",
    "+ships izmir",
    "nothing_of_the_kind",
};

const uint32_t sample_query_count = sizeof sample_queries / sizeof(char *);

#define SENTENCES (sizeof sentences / sizeof *sentences)

static void must(lede_status status, const lede_error *err)
{
    if (status != LEDE_OK)
        ck_abort_msg("%s: %s (%s)", lede_status_name(status), err->message,
                     err->where);
}

lede_schema *sample_schema(void)
{
    lede_field_options options = LEDE_FIELD_OPTIONS;
    lede_schema *schema = NULL;
    lede_error err;

    lede_error_clear(&err);
    must(lede_schema_new_article(&schema, NULL), &err);
    must(lede_schema_add(schema, "count", LEDE_INT, NULL), &err);
    must(lede_schema_add(schema, "rating", LEDE_DOUBLE, NULL), &err);
    must(lede_schema_add(schema, "raw", LEDE_STORED, NULL), &err);
    options.flags = LEDE_FIELD_NO_POSITIONS | LEDE_FIELD_NAMED_ONLY;
    must(lede_schema_add(schema, "summary", LEDE_TEXT, &options), &err);
    options.flags = LEDE_FIELD_UNSTORED;
    must(lede_schema_add(schema, "hidden", LEDE_TEXT, &options), &err);
    return schema;
}

static void add_text(lede_document *doc, const char *field, const char *text)
{
    (void)lede_document_add_text(doc, field, text, LEDE_TERMINATED);
}

static lede_document *make(uint32_t i, uint32_t version)
{
    const char *first = sentences[i % SENTENCES];
    lede_document *doc = NULL;
    char text[64];

    if (lede_document_new(&doc, NULL) != LEDE_OK)
        ck_abort_msg("out of memory");
    add_text(doc, "title", first);
    for (uint32_t s = 0; s < 1 + i % 5; s++)
        add_text(doc, "body", sentences[(i * 7 + s * 3) % SENTENCES]);
    add_text(doc, "author", authors[i % 3]);
    add_text(doc, "section", sections[i % 4]);
    if (i % 3)
        add_text(doc, "tags", i % 2 ? "sea" : "land");
    if (i % 5 == 0)
        add_text(doc, "tags", "both");
    (void)snprintf(text, sizeof text, "https://example.org/%u", i);
    add_text(doc, "url", text);
    (void)snprintf(text, sizeof text, "20%02u-%02u-%02uT%02u:30Z", 18 + i % 5,
                   1 + i % 12, 1 + i % 28, i % 24);
    if (i % 11)
        add_text(doc, "date", text);
    (void)lede_document_add_int(doc, "count", (int64_t)i - (i % 7 ? 0 : 1000));
    (void)lede_document_add_double(doc, "rating", (double)i / 8 - 3);
    if (i % 4 == 0)
        (void)lede_document_add_text(doc, "raw", "\x00\xFF\x7F raw", 7);
    add_text(doc, "summary", sentences[(i + version) % SENTENCES]);
    add_text(doc, "hidden", "unseen words");
    return doc;
}

static void put(lede_writer *writer, uint32_t i, uint32_t version)
{
    lede_document *doc = make(i, version);
    lede_error err;
    char key[16];

    (void)snprintf(key, sizeof key, "a%02u", i);
    must(lede_writer_put(writer, key, LEDE_TERMINATED, doc, &err), &err);
    lede_document_free(doc);
}

/* Commits of halves of what is left, so that none merge. */
static void put_all(lede_writer *writer)
{
    lede_error err;

    for (uint32_t i = 0; i < SAMPLE_COUNT; i++) {
        put(writer, i, 0);
        if (i == SAMPLE_COUNT / 2 || i == SAMPLE_COUNT * 3 / 4)
            must(lede_writer_commit(writer, NULL, &err), &err);
    }
    must(lede_writer_set_note(writer, "sample", "96 articles", LEDE_TERMINATED,
                              &err),
         &err);
    must(lede_writer_commit(writer, NULL, &err), &err);
}

void sample_write(lede_index *index, bool optimize)
{
    lede_writer_options options = LEDE_WRITER_OPTIONS;
    lede_writer *writer = NULL;
    lede_error err;

    options.threads = 1;
    must(lede_writer_open(&writer, index, &options, &err), &err);
    put_all(writer);
    put(writer, 5, 1);
    put(writer, 60, 2);
    must(lede_writer_delete(writer, "a07", 3, &err), &err);
    must(lede_writer_delete(writer, "a80", 3, &err), &err);
    must(lede_writer_commit(writer, NULL, &err), &err);
    if (optimize)
        must(lede_writer_optimize(writer, NULL, &err), &err);
    lede_writer_close(writer);
}

/* ---- Telling ------------------------------------------------------------ */

static void tell_value(lede_buffer *out, const lede_value *value)
{
    switch (value->kind) {
    case LEDE_INT:
    case LEDE_DATE:
        lede_put_format(out, "%lld", (long long)value->number);
        break;
    case LEDE_DOUBLE:
        lede_put_format(out, "%.17g", value->real);
        break;
    default:
        for (size_t i = 0; i < value->len; i++) {
            unsigned char c = (unsigned char)value->text[i];

            if (c < ' ' || c == 0x7F || c == 0xFF)
                lede_put_format(out, "\\x%02X", c);
            else
                lede_put_u8(out, c);
        }
        break;
    }
}

static void tell_document(lede_buffer *out, const char *key,
                          const lede_document *doc)
{
    lede_put_format(out, "%s\n", key);
    for (size_t f = 0; lede_document_field(doc, f); f++) {
        const char *field = lede_document_field(doc, f);

        for (size_t i = 0;
             lede_document_value(doc, field, i)->kind != LEDE_NONE; i++) {
            lede_put_format(out, "    %s: ", field);
            tell_value(out, lede_document_value(doc, field, i));
            lede_put_text(out, "\n");
        }
    }
}

static void tell_query(lede_buffer *out, const lede_snapshot *snapshot,
                       const char *query)
{
    lede_search_options options = LEDE_SEARCH_OPTIONS;
    lede_results *results = NULL;
    lede_error err;

    options.limit = SAMPLE_COUNT;
    options.flags = LEDE_SEARCH_COUNT_ALL;
    options.load = LEDE_LOAD_NOTHING;
    options.now_seconds = 1600000000;
    must(lede_search_text(&results, snapshot, query, LEDE_TERMINATED, &options,
                          &err),
         &err);
    lede_put_format(out, "? %s\n%llu:", query,
                    (unsigned long long)results->total);
    for (size_t i = 0; i < results->count; i++) {
        const lede_hit *hit = lede_results_hit(results, i);

        lede_put_format(out, " %s=%.6f", hit->key, hit->score);
    }
    lede_put_text(out, "\n");
    lede_results_free(results);
}

char *sample_tell(const lede_snapshot *snapshot, const char *const *queries,
                  uint32_t count)
{
    lede_documents *all = NULL;
    lede_buffer out;
    lede_error err;

    lede_buffer_init(&out, NULL);
    lede_put_format(&out, "note %s\n",
                    lede_snapshot_note(snapshot, "sample", NULL));
    must(lede_documents_open(&all, snapshot, NULL, 0, &err), &err);
    while (lede_documents_next(all))
        tell_document(&out, all->key, all->document);
    must(all->status, &err);
    lede_documents_close(all);
    for (uint32_t i = 0; i < count; i++)
        tell_query(&out, snapshot, queries[i]);
    lede_put_u8(&out, 0);
    must(out.status, &err);
    return (char *)out.at;
}
