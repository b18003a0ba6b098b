/* The JSON header of safetensors: {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0,
 * 24]},
 * ..., "__metadata__": {"key": "value", ...}}. */
#include <io/safetensors_header.h>

#include <io/json.h>
#include <string.h>

/* A string of the header into the buffer, ended by a 0. */
static int32_t take_string(genrepi_safetensors *file, genrepi_json *json, int key,
                           genrepi_header_text *out) {
    out->at = file->strings.size;
    int32_t status =
        key ? genrepi_json_key(json, &file->strings) : genrepi_json_string(json, &file->strings);
    genrepi_buffer_add(&file->strings, "", 1);
    return status ? status : genrepi_buffer_status(&file->strings);
}

/* Room for one more element of an array. */
static int32_t grow(genrep_ctx *ctx, void **array, int64_t n, int64_t *capacity, size_t bytes) {
    if (n < *capacity) return 0;
    int64_t more = n < 16 ? 16 : 2 * n;
    void *grown = genrepi_realloc(ctx, *array, more, bytes);
    if (!grown) return GENREP_E_NOMEM;
    *array = grown;
    *capacity = more;
    return 0;
}

static int32_t parse_metadata(genrepi_safetensors *file, genrepi_json *json) {
    int more;
    int32_t status = genrepi_json_enter(json, '{');
    while (!status) {
        status = genrepi_json_next(json, '}', &more);
        if (status || !more) break;
        void *pairs = file->pairs;
        status = grow(file->ctx, &pairs, file->n_pairs, &file->pair_capacity,
                      sizeof(genrepi_header_pair));
        if (status) break;
        file->pairs = pairs;
        genrepi_header_pair *p = &file->pairs[file->n_pairs++];
        status = take_string(file, json, 1, &p->key);
        if (!status) status = take_string(file, json, 0, &p->value);
    }
    return status;
}

static int32_t parse_shape(genrepi_json *json, genrepi_shape *shape) {
    int more;
    int32_t status = genrepi_json_enter(json, '[');
    shape->rank = 0;
    while (!status) {
        status = genrepi_json_next(json, ']', &more);
        if (status || !more) break;
        if (shape->rank == GENREP_MAX_RANK)
            return genrepi_fail(json->ctx, GENREP_E_UNSUPPORTED,
                                "'%s': header, byte %zu: more than %d axes", json->name, json->at,
                                GENREP_MAX_RANK);
        status = genrepi_json_integer(json, &shape->size[shape->rank++]);
    }
    return status;
}

static int32_t parse_offsets(genrepi_json *json, genrepi_header_entry *e) {
    int more = 1;
    int32_t status = genrepi_json_enter(json, '[');
    if (!status) status = genrepi_json_next(json, ']', &more);
    if (!status) status = genrepi_json_integer(json, &e->begin);
    if (!status) status = genrepi_json_next(json, ']', &more);
    if (!status) status = genrepi_json_integer(json, &e->end);
    if (!status) status = genrepi_json_next(json, ']', &more);
    if (!status && more) status = genrepi_json_fail(json, "data_offsets are two numbers");
    return status;
}

static int32_t parse_entry(genrepi_safetensors *file, genrepi_json *json, genrepi_header_entry *e) {
    static const char *const keys[] = {"dtype", "shape", "data_offsets"};
    int seen = 0, more;
    int32_t status = genrepi_json_enter(json, '{');
    while (!status) {
        genrepi_header_text key;
        status = genrepi_json_next(json, '}', &more);
        if (status || !more) break;
        status = take_string(file, json, 1, &key);
        if (status) break;
        int which = 0;
        while (which < 3 && strcmp(file->strings.data + key.at, keys[which]) != 0) which++;
        file->strings.size = key.at;
        if (seen & 1 << which) return genrepi_json_fail(json, "a key is there twice");
        if (which < 3) seen |= 1 << which;
        status = which == 0   ? take_string(file, json, 0, &e->type)
                 : which == 1 ? parse_shape(json, &e->shape)
                 : which == 2 ? parse_offsets(json, e)
                              : genrepi_json_skip(json, &file->strings);
    }
    if (!status && seen != 7)
        status = genrepi_json_fail(json, "dtype, shape or data_offsets is missing");
    return status;
}

int32_t genrepi_safetensors_header(genrepi_safetensors *file, const char *text, size_t size) {
    genrepi_json reader = {.ctx = file->ctx, .name = file->file, .text = text, .size = size};
    genrepi_json *json = &reader;
    int more, metadata = 0;
    int32_t status = genrepi_json_enter(json, '{');
    while (!status) {
        genrepi_header_text name;
        status = genrepi_json_next(json, '}', &more);
        if (status) break;
        if (!more) return genrepi_json_end(json);
        status = take_string(file, json, 1, &name);
        if (status) break;
        if (strcmp(file->strings.data + name.at, "__metadata__") == 0) {
            if (metadata++) return genrepi_json_fail(json, "__metadata__ is there twice");
            status = parse_metadata(file, json);
            continue;
        }
        void *entries = file->entries;
        status = grow(file->ctx, &entries, file->n, &file->capacity, sizeof(genrepi_header_entry));
        if (status) break;
        file->entries = entries;
        genrepi_header_entry *e = &file->entries[file->n++];
        *e = (genrepi_header_entry){.name = name};
        status = parse_entry(file, json, e);
    }
    return status;
}
