# Which module may see which: base < document < io, text < query < engine <
# memory, xapian, native < article < api; codec < segment < index < match in
# native. A name with a slash is one header of a module. Every module sees
# itself and lede/*.h.
set(sees_base "")
set(sees_document base)
set(sees_io base)
set(sees_text base)
set(sees_query base document text/token.h)
set(sees_engine base io document text query)
set(sees_memory base io document text query engine)
set(sees_xapian base io document text query engine)
set(sees_xapian_shim "")
set(sees_native_codec base io)
set(sees_native_segment base io document text/forms.h text/token.h
    native_codec)
set(sees_native_index base io document text engine native_codec native_segment)
set(sees_native_match base document text/token.h query engine native_codec
    native_segment native_index)
set(sees_native base io document text query engine native_codec native_segment
    native_index native_match)
set(sees_article base document text query engine)
set(sees_api base io document text query engine memory native article)

set(modules base document io text query engine memory xapian xapian_shim
    native_codec native_segment native_index native_match native article api)
