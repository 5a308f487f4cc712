/* errors.c - what each status asks a program to do. */
#include <inttypes.h>
#include <lede/lede.h>
#include <stdio.h>

static void report(const lede_error *err)
{
    printf("%s: %s", lede_status_name(err->status), err->message);
    if (err->where[0])
        printf(" (%s)", err->where);
    if (err->position != LEDE_NO_POSITION)
        printf(" at byte %" PRIu64, err->position);
    putchar('\n');
}

/* Doubtful text is an error where it must be right, else a warning. */
static void read_query(const char *text)
{
    lede_parse_options strict = LEDE_PARSE_OPTIONS;
    lede_query *query = NULL;
    const lede_warning *warning;
    lede_error err;

    strict.flags = LEDE_PARSE_STRICT;
    if (lede_query_parse(&query, text, LEDE_TERMINATED, &strict, &err))
        report(&err);
    lede_query_free(query);
    query = NULL;
    if (lede_query_parse(&query, text, LEDE_TERMINATED, NULL, &err))
        report(&err);
    for (size_t i = 0; (warning = lede_query_warning(query, i)); i++)
        printf("%.*s: %s\n", (int)(warning->end - warning->begin),
               text + warning->begin, warning->message);
    lede_query_free(query);
}

/* INVALID and LIMIT refuse one article: go on with the next. Anything else
 * stays until a rollback, which drops what was put since the last commit. */
static lede_status put(lede_writer *writer, const char *key, const char *field,
                       const char *text, lede_error *err)
{
    lede_document *doc = NULL;
    lede_status status;

    lede_document_new(&doc, NULL);
    lede_document_add_text(doc, field, text, LEDE_TERMINATED);
    status = lede_writer_put(writer, key, LEDE_TERMINATED, doc, err);
    lede_document_free(doc);
    if (status != LEDE_ERR_INVALID && status != LEDE_ERR_LIMIT)
        return status;
    report(err);
    *err = (lede_error){ .status = LEDE_OK };
    return LEDE_OK;
}

static void settle(lede_writer *writer)
{
    lede_error err;

    switch (lede_writer_commit(writer, NULL, &err)) {
    case LEDE_OK:
        printf("committed\n");
        break;
    case LEDE_ERR_FULL: /* make room, then put again since the last commit */
        report(&err);
        if (lede_writer_rollback(writer, &err) != LEDE_OK)
            report(&err);
        break;
    case LEDE_ERR_UNKNOWN_COMMIT: /* reopen: it is old or new, never mixed */
    default:
        report(&err);
        break;
    }
}

int main(void)
{
    lede_writer_options patient = LEDE_WRITER_OPTIONS;
    lede_index *index = NULL;
    lede_writer *writer = NULL;
    lede_error err;

    read_query("title:\"embassy attack");
    if (lede_index_open(&index, "no/such/index", NULL, &err))
        report(&err);       /* open never makes an index; create does */
    patient.wait_ms = 5000; /* for another writer, before LEDE_ERR_BUSY */
    if (lede_index_create(&index, "memory:", NULL, NULL, &err) ||
        lede_writer_open(&writer, index, &patient, &err) ||
        put(writer, "a", "title", "Ship leaves port", &err) ||
        put(writer, "b", "titel", "A field that is none", &err))
        report(&err);
    else
        settle(writer);
    lede_writer_close(writer);
    lede_index_close(index);
    return err.status != LEDE_OK;
}
