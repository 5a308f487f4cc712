/* What the dictionary, the forms and the store of an engine promise. */
#include "conformance.h"

#include <stdio.h>
#include <stdlib.h>

static void put_some(void)
{
    seam_put(
        &s, "a",
        "title=the Iraq war; body=the war in Iraq and the troops | a "
        "second covid19/2 covid 19 war; tags=oil|war|oil; author=Jane Roe");
    seam_put(&s, "b", "title=Wars; body=wars warring; tags=war; notes=iraq");
    seam_put(&s, "c", "title=soleimani Suleymany; flat=iraq; tags=; n=3");
    seam_commit(&s);
}

static lede_term_stats look_up(uint32_t field, const char *word)
{
    char text[LEDE_TERM_BYTES_MAX];
    size_t len = word_term(text, word, strlen(word));
    lede_plan_term term = { field, 1, lede_bytes_of(text, len), NULL };
    lede_term_stats stats;

    seam_expect(
        &s, s.engine->lookup(&stats, s.snapshot, &term, 1, NULL, NULL, &s.err),
        LEDE_OK);
    return stats;
}

static lede_term_walk *walk(uint32_t field, lede_space space, lede_dfa *dfa)
{
    lede_term_walk *made;

    seam_expect(&s,
                s.engine->walk(&made, s.snapshot, field, space, dfa, NULL,
                               s.arena, &s.err),
                LEDE_OK);
    return made;
}

static uint64_t occurrences_of(uint32_t field, const char *word)
{
    char text[LEDE_TERM_BYTES_MAX];
    size_t len = word_term(text, word, strlen(word));
    lede_term_walk *w = walk(field, LEDE_SPACE_WORDS, NULL);

    w->counts = true;
    while (w->next(w))
        if (lede_bytes_equal(w->term, lede_bytes_of(text, len)))
            return w->stats.occurrences;
    return 0;
}

static void expect_stats(uint32_t field, const char *word, uint64_t documents,
                         uint64_t occurrences, bool name)
{
    lede_term_stats stats = look_up(field, word);
    uint64_t counted = occurrences_of(field, word);

    ck_assert_msg(stats.documents == documents && counted == occurrences,
                  "%s: %llu, %llu", word, (unsigned long long)stats.documents,
                  (unsigned long long)counted);
    if (the_subject->names)
        ck_assert_msg(stats.name == name, "%s", word);
}

START_TEST(lookup_counts_articles_and_occurrences_in_a_field)
{
    put_some();
    expect_stats(SEAM_TITLE, "iraq", 1, 1, true);
    expect_stats(SEAM_BODY, "iraq", 1, 1, true);
    expect_stats(SEAM_NOTES, "iraq", 1, 1, false);
    expect_stats(SEAM_FLAT, "iraq", 1, 1, false);
    expect_stats(SEAM_BODY, "the", 1, 2, false);
    expect_stats(SEAM_BODY, "war", 1, 2, false);
    expect_stats(SEAM_TITLE, "wars", 1, 1, true);
    expect_stats(SEAM_BODY, "wars", 1, 1, false);
    expect_stats(SEAM_BODY, "covid19/2", 1, 1, false);
    expect_stats(SEAM_BODY, "covid19", 0, 0, false);
    expect_stats(SEAM_BODY, "covid19/3", 0, 0, false);
    expect_stats(SEAM_AUTHOR, "jane", 1, 1, true);
    expect_stats(SEAM_TAGS, "oil", 0, 0, false); /* a value, not a word */
    expect_stats(SEAM_TITLE, "none", 0, 0, false);
    expect_stats(SEAM_N, "3", 0, 0, false);
    expect_stats(SEAM_FIELDS, "iraq", 0, 0, false);
}
END_TEST

START_TEST(lengths_count_words_and_not_joined_ones)
{
    const lede_engine_description *d;

    put_some();
    d = s.engine->describe(s.snapshot);
    ck_assert_uint_eq(d->documents, 3);
    ck_assert_uint_eq(d->field_tokens[SEAM_TITLE], 6);
    ck_assert_uint_eq(d->field_tokens[SEAM_BODY], 14);
    ck_assert_uint_eq(d->field_tokens[SEAM_NOTES], 1);
    ck_assert_uint_eq(d->field_tokens[SEAM_AUTHOR], 2);
    ck_assert_uint_eq(d->field_tokens[SEAM_TAGS], 0);
    ck_assert_uint_eq(d->last_sequence, 3);
}
END_TEST

/* The terms of a walk by spaces; the mark of a joined term as its span. */
static const char *walked(lede_term_walk *w)
{
    static char text[2000];
    char *at = text;
    const char *space = "";

    *at = '\0';
    for (; w->next(w); space = " ") {
        uint32_t span =
            lede_term_span((const char *)w->term.at, (uint32_t)w->term.len);

        at += snprintf(at, 300, "%s%.*s", space, (int)w->term.len - (span > 1),
                       (const char *)w->term.at);
        if (span > 1)
            at += snprintf(at, 8, "/%u", span);
    }
    ck_assert_int_eq(w->status, LEDE_OK);
    ck_assert(!w->next(w)); /* and stays there */
    return text;
}

START_TEST(walks_list_the_terms_of_a_space_in_byte_order)
{
    put_some();
    ck_assert_str_eq(walked(walk(SEAM_TITLE, LEDE_SPACE_WORDS, NULL)),
                     "iraq soleimani suleymany the war wars");
    ck_assert_str_eq(
        walked(walk(SEAM_BODY, LEDE_SPACE_WORDS, NULL)),
        "19 a and covid covid19/2 in iraq second the troops war warring wars");
    ck_assert_str_eq(walked(walk(SEAM_AUTHOR, LEDE_SPACE_WORDS, NULL)),
                     "jane roe");
    ck_assert_str_eq(walked(walk(SEAM_AUTHOR, LEDE_SPACE_VALUES, NULL)),
                     "Jane Roe");
    ck_assert_str_eq(walked(walk(SEAM_TAGS, LEDE_SPACE_VALUES, NULL)),
                     " oil war"); /* the empty value is first */
    ck_assert_str_eq(walked(walk(SEAM_TAGS, LEDE_SPACE_WORDS, NULL)), "");
    ck_assert_str_eq(walked(walk(SEAM_N, LEDE_SPACE_WORDS, NULL)), "");
    ck_assert_str_eq(walked(walk(SEAM_FIELDS, LEDE_SPACE_WORDS, NULL)), "");
}
END_TEST

START_TEST(walks_tell_what_lookup_tells)
{
    put_some();
    for (uint32_t field = 0; field < SEAM_FIELDS; field++) {
        lede_term_walk *w = walk(field, LEDE_SPACE_WORDS, NULL);

        while (w->next(w)) {
            lede_plan_term term = { field, 1, w->term, NULL };
            lede_term_stats stats;

            seam_expect(&s,
                        s.engine->lookup(&stats, s.snapshot, &term, 1, NULL,
                                         NULL, &s.err),
                        LEDE_OK);
            ck_assert_uint_eq(stats.documents, w->stats.documents);
            ck_assert_int_eq(stats.name, w->stats.name);
            ck_assert_uint_gt(stats.documents, 0);
            ck_assert_uint_eq(w->distance, 0);
        }
        ck_assert_int_eq(w->status, LEDE_OK);
    }
}
END_TEST

START_TEST(values_count_an_article_once)
{
    lede_term_walk *w;

    put_some();
    w = walk(SEAM_TAGS, LEDE_SPACE_VALUES, NULL);
    w->counts = true;
    ck_assert(w->next(w)); /* "" */
    ck_assert_uint_eq(w->stats.documents, 1);
    ck_assert(w->next(w)); /* oil */
    ck_assert_uint_eq(w->stats.documents, 1);
    ck_assert_uint_eq(w->stats.occurrences, 1);
    ck_assert(w->next(w)); /* war */
    ck_assert_uint_eq(w->stats.documents, 2);
    ck_assert_uint_eq(w->stats.occurrences, 2);
    ck_assert(!w->next(w));
}
END_TEST

/* An automaton of each kind. */
static lede_dfa *new_dfa(int kind, const char *text)
{
    lede_bytes bytes = lede_bytes_of_text(text);
    lede_dfa *dfa = NULL;
    const char *why;
    size_t bad;
    lede_status status = LEDE_OK;

    switch (kind) {
    case 0:
        status = lede_dfa_new_bytes(&dfa, bytes, true, NULL);
        break;
    case 1:
        status = lede_dfa_new_word(&dfa, bytes, false, NULL);
        break;
    case 2:
        status = lede_dfa_new_wildcard(&dfa, bytes, 10000, NULL);
        break;
    case 3:
        status = lede_dfa_new_regex(&dfa, bytes, 10000, &bad, &why, NULL);
        break;
    default:
        status = lede_dfa_new_fuzzy(&dfa, bytes, 2, 1, 10000, NULL);
    }
    ck_assert_int_eq(status, LEDE_OK);
    return dfa;
}

START_TEST(walks_of_an_automaton_list_what_it_accepts)
{
    static const struct {
        int kind;
        const char *text;
    } cases[] = {
        { 0, "war" },       { 0, "" },           { 0, "zzz" },
        { 1, "covid19" },   { 2, "*ar*" },       { 2, "w?r" },
        { 2, "nothing*" },  { 3, "(wa|ira).*" }, { 4, "wars" },
        { 4, "soleimani" }, { 3, ".*s" },
    };

    put_some();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lede_dfa *dfa = new_dfa(cases[i].kind, cases[i].text);
        lede_term_walk *all = walk(SEAM_BODY, LEDE_SPACE_WORDS, NULL);
        lede_term_walk *some = walk(SEAM_BODY, LEDE_SPACE_WORDS, dfa);

        while (all->next(all)) {
            uint32_t state = lede_dfa_run(dfa, dfa->start, all->term);
            uint32_t distance = lede_dfa_accept(dfa, state);

            if (distance == LEDE_DFA_REJECT)
                continue;
            ck_assert(some->next(some));
            ck_assert(lede_bytes_equal(some->term, all->term));
            ck_assert_uint_eq(some->distance, distance);
            ck_assert_uint_eq(some->stats.documents, all->stats.documents);
        }
        ck_assert(!some->next(some));
        ck_assert_int_eq(some->status, LEDE_OK);
        lede_dfa_free(dfa);
    }
}
END_TEST

START_TEST(walks_tell_what_became_of_their_automaton)
{
    lede_dfa *dfa = NULL;
    lede_term_walk *w;

    put_some();
    ck_assert_int_eq(
        lede_dfa_new_wildcard(&dfa, lede_bytes_of_text("*a*r*s*"), 3, NULL),
        LEDE_OK);
    w = walk(SEAM_BODY, LEDE_SPACE_WORDS, dfa);
    while (w->next(w))
        ;
    ck_assert_int_eq(w->status, LEDE_ERR_LIMIT);
    lede_dfa_free(dfa);
}
END_TEST

START_TEST(walks_and_lookups_stop_when_told)
{
    lede_plan_term term = { SEAM_TITLE, 1, lede_bytes_of_text("iraq"), NULL };
    lede_term_stats stats;
    lede_term_walk *w;
    lede_cancel *cancel;
    lede_budget budget;
    const lede_bytes *terms;
    uint32_t count;
    lede_status status;

    put_some();
    ck_assert_int_eq(lede_cancel_new(&cancel, NULL), LEDE_OK);
    lede_cancel_set(cancel);
    lede_budget_init(&budget, 0, cancel, 0);
    status = s.engine->walk(&w, s.snapshot, SEAM_BODY, LEDE_SPACE_WORDS, NULL,
                            &budget, s.arena, &s.err);
    if (status == LEDE_OK) {
        ck_assert(!w->next(w));
        status = w->status;
    }
    seam_expect(&s, status, LEDE_ERR_CANCELLED);
    lede_budget_init(&budget, 0, cancel, 0);
    seam_expect(
        &s,
        s.engine->lookup(&stats, s.snapshot, &term, 1, &budget, NULL, &s.err),
        LEDE_ERR_CANCELLED);
    lede_budget_init(&budget, 0, cancel, 0);
    seam_expect(&s,
                s.engine->forms(&terms, &count, s.snapshot, LEDE_FORM_KIND_STEM,
                                lede_bytes_of_text("war"), &budget, s.arena,
                                &s.err),
                LEDE_ERR_CANCELLED);
    lede_cancel_free(cancel);
}
END_TEST

/* ---- Forms -------------------------------------------------------------- */

static bool is_listed(uint32_t kind, lede_bytes key, lede_bytes term)
{
    const lede_bytes *terms;
    uint32_t count, times = 0;

    seam_expect(&s,
                s.engine->forms(&terms, &count, s.snapshot, kind, key, NULL,
                                s.arena, &s.err),
                LEDE_OK);
    for (uint32_t i = 0; i < count; i++) {
        times += lede_bytes_equal(terms[i], term);
        if (i)
            ck_assert_int_lt(lede_bytes_compare(terms[i - 1], terms[i]), 0);
    }
    ck_assert_uint_le(times, 1);
    return times == 1;
}

START_TEST(forms_list_every_word_under_its_keys)
{
    static const uint32_t fields[] = { SEAM_TITLE, SEAM_BODY, SEAM_NOTES,
                                       SEAM_FLAT, SEAM_AUTHOR };
    lede_form_maker *maker;
    uint32_t kinds = lede_forms_kinds(s.forms), keys = 0;

    put_some();
    ck_assert_int_eq(lede_form_maker_new(&maker, s.forms, NULL), LEDE_OK);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        lede_term_walk *w = walk(fields[i], LEDE_SPACE_WORDS, NULL);

        while (w->next(w))
            for (uint32_t kind = 0; kind < kinds; kind++) {
                lede_form_key key;

                for (uint32_t at = 0; lede_form_key_at(maker, kind, w->term,
                                                       w->stats.name, at, &key);
                     at++, keys++)
                    ck_assert_msg(
                        is_listed(kind, lede_bytes_of(key.text, key.len),
                                  w->term),
                        "%.*s", (int)w->term.len, (const char *)w->term.at);
            }
    }
    ck_assert_uint_gt(keys, 3);
    lede_form_maker_free(maker);
}
END_TEST

START_TEST(forms_list_nothing_else)
{
    lede_bytes war = lede_bytes_of_text("war");

    put_some();
    ck_assert(is_listed(LEDE_FORM_KIND_STEM, war, lede_bytes_of_text("wars")));
    ck_assert(!is_listed(LEDE_FORM_KIND_STEM, war, war)); /* is the key */
    ck_assert(!is_listed(LEDE_FORM_KIND_STEM, war, lede_bytes_of_text("iraq")));
    ck_assert(!is_listed(LEDE_FORM_KIND_FOLD, war, lede_bytes_of_text("wars")));
    ck_assert(!is_listed(LEDE_FORM_KIND_STEM, lede_bytes_of_text("zzz"), war));
    ck_assert(!is_listed(33, war, lede_bytes_of_text("wars")));
    ck_assert(is_listed(LEDE_FORM_KIND_FOLD, lede_bytes_of_text("covid19"),
                        lede_bytes_of("covid19\xF9", 8)));
}
END_TEST

START_TEST(a_name_in_one_field_is_one_in_all)
{
    lede_bytes term = lede_bytes_of_text("mansour");
    lede_form_maker *maker;
    lede_form_key key;

    seam_put(&s, "a", "title=mansour; body=Mansour; flat=mansour");
    seam_commit(&s);
    ck_assert_int_eq(lede_form_maker_new(&maker, s.forms, NULL), LEDE_OK);
    ck_assert(
        lede_form_key_at(maker, LEDE_FORM_KIND_NAME, term, true, 0, &key));
    ck_assert(
        is_listed(LEDE_FORM_KIND_NAME, lede_bytes_of(key.text, key.len), term));
    lede_form_maker_free(maker);
}
END_TEST

START_TEST(forms_are_made_anew_for_other_languages)
{
    lede_analyzer_options options = LEDE_ANALYZER_OPTIONS;
    lede_engine_finish finish = { .kind = LEDE_FINISH_COMMIT };
    lede_forms *french;
    lede_schema *schema;
    uint64_t before;

    seam_put(&s, "a", "title=chevaux wars");
    seam_commit(&s);
    before = s.engine->describe(s.snapshot)->forms_version;
    ck_assert_uint_eq(before, lede_forms_version(s.forms));
    options.languages = "fr";
    ck_assert_int_eq(lede_schema_copy(&schema, s.schema, NULL), LEDE_OK);
    ck_assert_int_eq(lede_schema_set_analyzer(schema, &options), LEDE_OK);
    ck_assert_int_eq(
        lede_forms_new(&french, lede_schema_analyzer(schema), NULL), LEDE_OK);
    finish.schema = schema;
    finish.forms = french;
    seam_expect(&s, s.engine->finish(s.writer, &finish, NULL, &s.err), LEDE_OK);
    seam_look(&s);
    ck_assert_uint_eq(s.engine->describe(s.snapshot)->forms_version,
                      lede_forms_version(french));
    ck_assert(
        lede_schema_equal(s.engine->describe(s.snapshot)->schema, schema));
    ck_assert(is_listed(LEDE_FORM_KIND_STEM, lede_bytes_of_text("cheval"),
                        lede_bytes_of_text("chevaux")));
    seam_put(&s, "b", "title=animaux"); /* goes on with these */
    seam_commit(&s);
    ck_assert(is_listed(LEDE_FORM_KIND_STEM, lede_bytes_of_text("animal"),
                        lede_bytes_of_text("animaux")));
    seam_close_writer(&s);
    lede_forms_free(french);
    lede_schema_free(schema);
}
END_TEST

/* ---- The store ---------------------------------------------------------- */

static lede_doc doc_of(const char *key)
{
    char plan[64];
    lede_engine_search search;
    lede_engine_results results;

    (void)snprintf(plan, sizeof plan, "(key %s)", key);
    search = seam_request(&s, plan);
    ck_assert_int_eq(seam_search(&s, &search, &results), LEDE_OK);
    ck_assert_uint_eq(results.count, 1);
    return results.hits[0].doc;
}

static void expect_values(const lede_document *doc, const char *field,
                          const char *values)
{
    char text[400] = "";

    for (size_t i = 0; lede_document_value(doc, field, i)->kind; i++) {
        const lede_value *v = lede_document_value(doc, field, i);
        size_t len = strlen(text);

        if (v->kind == LEDE_INT || v->kind == LEDE_DATE)
            (void)snprintf(text + len, sizeof text - len, "%s%lld",
                           i ? "|" : "", (long long)v->number);
        else if (v->kind == LEDE_DOUBLE)
            (void)snprintf(text + len, sizeof text - len, "%s%g", i ? "|" : "",
                           v->real);
        else
            (void)snprintf(text + len, sizeof text - len, "%s%.*s",
                           i ? "|" : "", (int)v->len, v->text);
    }
    ck_assert_msg(strcmp(text, values) == 0, "%s: %s", field, text);
}

START_TEST(stored_values_come_back_in_put_order)
{
    lede_doc docs[3];
    lede_document *got[3];
    uint64_t sequences[3];
    lede_engine_load load = { .docs = docs, .count = 3 };

    seam_put(
        &s, "a",
        "title=Two | words; tags=z|a|z; n=3|-1|3; x=0.5|-2; date=-7|86400; "
        "raw={\"b\"}|; other=1|2; author=Jane Roe; notes=gone; "
        "flat=kept; more=x");
    seam_put(&s, "b", "");
    seam_commit(&s);
    docs[0] = docs[2] = doc_of("a");
    docs[1] = doc_of("b");
    seam_expect(&s, s.engine->load(got, sequences, s.snapshot, &load, &s.err),
                LEDE_OK);
    for (int i = 0; i < 3; i += 2) {
        ck_assert_uint_eq(sequences[i], 1);
        expect_values(got[i], "title", "Two | words");
        expect_values(got[i], "tags", "z|a|z");
        expect_values(got[i], "n", "3|-1|3");
        expect_values(got[i], "x", "0.5|-2");
        expect_values(got[i], "date", "-7|86400");
        expect_values(got[i], "raw", "{\"b\"}|");
        expect_values(got[i], "other", "1|2");
        expect_values(got[i], "author", "Jane Roe");
        expect_values(got[i], "flat", "kept");
        expect_values(got[i], "more", "x");
        expect_values(got[i], "notes", ""); /* UNSTORED */
    }
    ck_assert_uint_eq(sequences[1], 2);
    ck_assert_uint_eq(lede_document_count(got[1]), 0);
    for (int i = 0; i < 3; i++)
        lede_document_free(got[i]);
}
END_TEST

START_TEST(load_reads_the_fields_asked_for)
{
    static const uint32_t fields[] = { SEAM_N, SEAM_TITLE, SEAM_NOTES };
    lede_doc doc;
    lede_document *got;
    lede_engine_load load = {
        .docs = &doc, .count = 1, .fields = fields, .field_count = 3
    };

    seam_put(&s, "a", "title=one; body=two; n=3; notes=no; other=x");
    seam_commit(&s);
    doc = doc_of("a");
    seam_expect(&s, s.engine->load(&got, NULL, s.snapshot, &load, &s.err),
                LEDE_OK);
    ck_assert_uint_eq(lede_document_count(got), 2);
    expect_values(got, "n", "3");
    expect_values(got, "title", "one");
    lede_document_free(got);
    load.field_count = 0;
    seam_expect(&s, s.engine->load(&got, NULL, s.snapshot, &load, &s.err),
                LEDE_OK);
    ck_assert_uint_eq(lede_document_count(got), 0);
    lede_document_free(got);
}
END_TEST

START_TEST(stored_bytes_are_any_bytes)
{
    static const char bytes[] = "\0\xFF\xF8 a\0";
    lede_document *doc, *got;
    lede_value value = { .kind = LEDE_STORED,
                         .text = bytes,
                         .len = sizeof bytes - 1 };
    lede_engine_change change = { .key = lede_bytes_of_text("a"),
                                  .sequence = 1 };
    lede_doc found;
    lede_engine_load load = { .docs = &found, .count = 1 };

    ck_assert_int_eq(lede_document_new(&doc, NULL), LEDE_OK);
    ck_assert_int_eq(lede_document_add(doc, "raw", &value), LEDE_OK);
    word_tokens_init(&s.tokens, 3);
    change.document = doc;
    change.tokens = &s.tokens.source;
    seam_write(&s);
    seam_expect(&s, s.engine->apply(s.writer, 0, &change, &s.err), LEDE_OK);
    seam_commit(&s);
    found = doc_of("a");
    seam_expect(&s, s.engine->load(&got, NULL, s.snapshot, &load, &s.err),
                LEDE_OK);
    ck_assert_uint_eq(lede_document_value(got, "raw", 0)->len, value.len);
    ck_assert_mem_eq(lede_document_value(got, "raw", 0)->text, bytes,
                     value.len);
    lede_document_free(doc);
    lede_document_free(got);
}
END_TEST

START_TEST(stats_add_up)
{
    lede_stats stats;
    uint64_t sum = 0;

    put_some();
    memset(&stats, 0xFF, sizeof stats);
    seam_expect(&s, s.engine->stats(&stats, s.snapshot, s.arena, &s.err),
                LEDE_OK);
    ck_assert_uint_eq(stats.documents, 3);
    ck_assert(stats.deleted == 0 || stats.deleted == UINT64_MAX);
    ck_assert(stats.tokens == 24 || stats.tokens == UINT64_MAX);
    ck_assert(stats.terms == 23 || stats.terms == UINT64_MAX);
    ck_assert_uint_gt(stats.text_bytes, 0);
    for (size_t i = 0; i < stats.section_count; i++) {
        ck_assert_ptr_nonnull(stats.sections[i].name);
        ck_assert_ptr_nonnull(stats.sections[i].field);
        sum += stats.sections[i].bytes;
    }
    ck_assert(sum == stats.index_bytes || stats.index_bytes == UINT64_MAX);
}
END_TEST

void add_reading_tests(TCase *tcase)
{
    tcase_add_test(tcase, lookup_counts_articles_and_occurrences_in_a_field);
    tcase_add_test(tcase, lengths_count_words_and_not_joined_ones);
    tcase_add_test(tcase, walks_list_the_terms_of_a_space_in_byte_order);
    tcase_add_test(tcase, walks_tell_what_lookup_tells);
    tcase_add_test(tcase, values_count_an_article_once);
    tcase_add_test(tcase, walks_of_an_automaton_list_what_it_accepts);
    tcase_add_test(tcase, walks_tell_what_became_of_their_automaton);
    tcase_add_test(tcase, walks_and_lookups_stop_when_told);
    tcase_add_test(tcase, forms_list_every_word_under_its_keys);
    tcase_add_test(tcase, forms_list_nothing_else);
    tcase_add_test(tcase, a_name_in_one_field_is_one_in_all);
    tcase_add_test(tcase, forms_are_made_anew_for_other_languages);
    tcase_add_test(tcase, stored_values_come_back_in_put_order);
    tcase_add_test(tcase, load_reads_the_fields_asked_for);
    tcase_add_test(tcase, stored_bytes_are_any_bytes);
    tcase_add_test(tcase, stats_add_up);
}
