/* A kind and its options as JSON. */
#include <base/spec.h>

#include <inttypes.h>
#include <string.h>

static const char *const type_names[] = {"integer", "number", "flag", "word", "string"};

static void add_member(genrepi_buffer *json, const char *name) {
    genrepi_buffer_text(json, ", ");
    genrepi_buffer_json(json, name);
    genrepi_buffer_text(json, ": ");
}

static void add_bound(genrepi_buffer *json, const genrepi_option *option, double bound) {
    char text[GENREPI_NUMBER_BYTES];
    genrepi_format_bound(text, option, bound);
    genrepi_buffer_text(json, text);
}

static void add_words(genrepi_buffer *json, const char *words) {
    const char *comma = "[";
    for (const char *w = words; *w != 0;) {
        size_t bytes = strcspn(w, "|");
        genrepi_buffer_text(json, comma);
        genrepi_buffer_text(json, "\"");
        genrepi_buffer_add(json, w, bytes); /* our own rows: letters, digits and _ */
        genrepi_buffer_text(json, "\"");
        comma = ", ";
        w += bytes + (w[bytes] == '|');
    }
    genrepi_buffer_text(json, "]");
}

static void add_fallback(genrepi_buffer *json, const genrepi_option *option) {
    const char *text = option->fallback;
    double value;
    if (text == NULL)
        genrepi_buffer_text(json, "null");
    else if (option->type == GENREPI_WORD || option->type == GENREPI_STRING)
        genrepi_buffer_json(json, text);
    else if (option->type == GENREPI_NUMBER && genrepi_parse_real(text, strlen(text), &value))
        genrepi_buffer_real(json, value);
    else
        genrepi_buffer_text(json, text);
}

static void add_option(genrepi_buffer *json, const genrepi_option *option) {
    genrepi_buffer_text(json, "{\"name\": ");
    genrepi_buffer_json(json, option->name);
    add_member(json, "type");
    genrepi_buffer_json(json, type_names[option->type]);
    add_member(json, "default");
    add_fallback(json, option);
    int required = option->fallback == NULL && option->type != GENREPI_STRING;
    if (required) genrepi_buffer_text(json, ", \"required\": true");
    if (option->positional) genrepi_buffer_text(json, ", \"positional\": true");
    if (option->type == GENREPI_INT || option->type == GENREPI_NUMBER) {
        add_member(json, "low");
        add_bound(json, option, option->low);
        add_member(json, "high");
        add_bound(json, option, option->high);
    }
    if (option->type == GENREPI_WORD) {
        add_member(json, "words");
        add_words(json, option->words);
    }
    add_member(json, "help");
    genrepi_buffer_json(json, option->help);
    genrepi_buffer_text(json, "}");
}

void genrepi_kind_json(genrepi_buffer *json, const genrepi_kind *kind) {
    genrepi_buffer_text(json, "{\"family\": ");
    genrepi_buffer_json(json, kind->family);
    add_member(json, "name");
    genrepi_buffer_json(json, kind->name);
    add_member(json, "help");
    genrepi_buffer_json(json, kind->help);
    genrepi_buffer_format(json, ", \"min_blocks\": %" PRId32 ", \"max_blocks\": %" PRId32,
                          kind->min_blocks, kind->max_blocks);
    genrepi_buffer_text(json, ", \"options\": [");
    for (int32_t i = 0; i < kind->n_options; i++) {
        if (i > 0) genrepi_buffer_text(json, ", ");
        add_option(json, &kind->options[i]);
    }
    genrepi_buffer_text(json, "]}");
}
