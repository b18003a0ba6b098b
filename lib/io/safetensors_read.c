/* Reading safetensors.  The header of a hostile file may say anything, so all of it is checked
 * before any of it is believed. */
#include <io/safetensors_header.h>

#include <io/bytes.h>
#include <io/crc32.h>
#include <io/file.h>
#include <stdlib.h>
#include <string.h>

/* The types of the format; those with dtype 0 can be listed, not read. */
static const struct type {
    const char *name;
    int32_t dtype, bits;
} types[] = {
    {"F32", GENREP_F32, 32}, {"F64", GENREP_F64, 64}, {"I32", GENREP_I32, 32},
    {"U8", GENREP_U8, 8},    {"BOOL", 0, 8},          {"I8", 0, 8},
    {"F8_E4M3", 0, 8},       {"F8_E5M2", 0, 8},       {"F8_E8M0", 0, 8},
    {"I16", 0, 16},          {"U16", 0, 16},          {"F16", 0, 16},
    {"BF16", 0, 16},         {"U32", 0, 32},          {"I64", 0, 64},
    {"U64", 0, 64},          {"C64", 0, 64},
};

static int32_t fail(const genrepi_safetensors *file, const char *entry_name, const char *what) {
    return genrepi_fail(file->ctx, GENREP_E_FORMAT, "'%s': entry '%s' %s", file->file, entry_name,
                        what);
}

static int compare_offsets(const void *a, const void *b) {
    const genrepi_header_entry *x = a, *y = b;
    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    if (x->end != y->end) return x->end < y->end ? -1 : 1;
    return strcmp(x->name.is, y->name.is);
}

static int compare_names(const void *a, const void *b) {
    return strcmp((*(const genrepi_header_entry *const *)a)->name.is,
                  (*(const genrepi_header_entry *const *)b)->name.is);
}

static int compare_keys(const void *a, const void *b) {
    return strcmp(((const genrepi_header_pair *)a)->key.is,
                  ((const genrepi_header_pair *)b)->key.is);
}

/* Strings do not move any more; orders; no name twice. */
static int32_t settle(genrepi_safetensors *file) {
    const char *strings = file->strings.data;
    for (int64_t i = 0; i < file->n; i++) {
        file->entries[i].name.is = strings + file->entries[i].name.at;
        file->entries[i].type.is = strings + file->entries[i].type.at;
    }
    for (int64_t i = 0; i < file->n_pairs; i++) {
        file->pairs[i].key.is = strings + file->pairs[i].key.at;
        file->pairs[i].value.is = strings + file->pairs[i].value.at;
    }
    file->sorted = genrepi_alloc(file->ctx, file->n + 1, sizeof *file->sorted);
    if (!file->sorted) return GENREP_E_NOMEM;
    if (file->n > 0) qsort(file->entries, (size_t)file->n, sizeof *file->entries, compare_offsets);
    for (int64_t i = 0; i < file->n; i++) file->sorted[i] = &file->entries[i];
    if (file->n > 0) qsort(file->sorted, (size_t)file->n, sizeof *file->sorted, compare_names);
    for (int64_t i = 1; i < file->n; i++)
        if (compare_names(&file->sorted[i - 1], &file->sorted[i]) == 0)
            return fail(file, file->sorted[i]->name.is, "is there twice");
    if (file->n_pairs > 0)
        qsort(file->pairs, (size_t)file->n_pairs, sizeof *file->pairs, compare_keys);
    for (int64_t i = 1; i < file->n_pairs; i++)
        if (compare_keys(&file->pairs[i - 1], &file->pairs[i]) == 0)
            return fail(file, file->pairs[i].key.is, "of the metadata is there twice");
    return 0;
}

/* The entries' bytes must fill the file, each as many as type and shape want. */
static int32_t check(genrepi_safetensors *file) {
    int64_t at = 0;
    for (int64_t i = 0; i < file->n; i++) {
        genrepi_header_entry *e = &file->entries[i];
        if (e->begin > e->end) return fail(file, e->name.is, "ends before it begins");
        if (e->end > file->data_bytes) return fail(file, e->name.is, "ends behind the file's end");
        if (e->begin < at) return fail(file, e->name.is, "overlaps another one");
        if (e->begin > at) return fail(file, e->name.is, "leaves a hole before it");
        at = e->end;
        int64_t count = genrepi_shape_count(&e->shape);
        if (count < 0 || count > INT64_MAX / 64)
            return fail(file, e->name.is, "has a shape that is too large");
        for (int32_t k = 0; k < GENREPI_COUNT(types); k++) {
            if (strcmp(e->type.is, types[k].name) != 0) continue;
            e->dtype = types[k].dtype;
            if (count * types[k].bits / 8 != e->end - e->begin)
                return fail(file, e->name.is, "has another size than its shape wants");
        }
    }
    if (at != file->data_bytes)
        return genrepi_fail(file->ctx, GENREP_E_FORMAT,
                            "'%s' has %lld bytes of data, but its entries only %lld", file->file,
                            (long long)file->data_bytes, (long long)at);
    return 0;
}

static int32_t check_crc(const genrepi_safetensors *file) {
    const char *expected = genrepi_safetensors_metadata(file, "crc32");
    char found[GENREPI_CRC32_BYTES];
    genrepi_crc32 crc;
    if (!expected) return 0;
    genrepi_crc32_init(&crc);
    genrepi_crc32_text(genrepi_crc32_add(&crc, 0, file->data, (size_t)file->data_bytes), found);
    if (strcmp(expected, found) == 0) return 0;
    return genrepi_fail(file->ctx, GENREP_E_FORMAT,
                        "'%s' is damaged: the checksum of its data is %s, not %s", file->file,
                        found, expected);
}

static int32_t parse(genrepi_safetensors *file, const uint8_t *bytes, int64_t size) {
    if (size < 8)
        return genrepi_fail(file->ctx, GENREP_E_FORMAT, "'%s' is no safetensors file: too short",
                            file->file);
    uint64_t header = genrepi_get_little(bytes, 8);
    if (header > GENREPI_SAFETENSORS_MAX_HEADER || header > (uint64_t)size - 8)
        return genrepi_fail(file->ctx, GENREP_E_FORMAT,
                            "'%s' is no safetensors file, or is cut off: a header of %llu bytes",
                            file->file, (unsigned long long)header);
    if (header == 0 || bytes[8] != '{')
        return genrepi_fail(file->ctx, GENREP_E_FORMAT,
                            "'%s' is no safetensors file: its header does not begin with '{'",
                            file->file);
    file->data = bytes + 8 + header;
    file->data_bytes = size - 8 - (int64_t)header;
    int32_t status = genrepi_safetensors_header(file, (const char *)bytes + 8, (size_t)header);
    if (!status) status = settle(file);
    if (!status) status = check(file);
    return status;
}

static int32_t parse_file(genrep_ctx *ctx, const char *name, const void *bytes, int64_t size,
                          int with_crc, genrepi_safetensors **out) {
    genrepi_safetensors *file = genrepi_alloc(ctx, 1, sizeof *file);
    if (!file) return GENREP_E_NOMEM;
    file->ctx = ctx;
    file->strings.ctx = ctx;
    file->file = genrepi_strdup(ctx, name);
    int32_t status = file->file ? parse(file, bytes, size) : GENREP_E_NOMEM;
    if (!status && with_crc) status = check_crc(file);
    if (status)
        genrepi_safetensors_close(file);
    else
        *out = file;
    return status;
}

int32_t genrepi_safetensors_parse(genrep_ctx *ctx, const char *name, const void *bytes,
                                  int64_t size, genrepi_safetensors **out) {
    return parse_file(ctx, name, bytes, size, 1, out);
}

int32_t genrepi_safetensors_parse_mapped(genrep_ctx *ctx, const char *name, const void *bytes,
                                         int64_t size, genrepi_safetensors **out) {
    return parse_file(ctx, name, bytes, size, 0, out);
}

int32_t genrepi_safetensors_open(genrep_ctx *ctx, const char *path, genrepi_safetensors **out) {
    char *bytes;
    int64_t size;
    int32_t status = genrepi_file_read(ctx, path, INT64_MAX / 4, &bytes, &size);
    if (status) return status;
    genrepi_safetensors *file;
    status = genrepi_safetensors_parse(ctx, path, bytes, size, &file);
    if (status) {
        genrepi_free(ctx, bytes);
        return status;
    }
    file->owned = bytes;
    *out = file;
    return 0;
}

void genrepi_safetensors_close(genrepi_safetensors *file) {
    if (!file) return;
    genrepi_buffer_free(&file->strings);
    genrepi_free(file->ctx, file->pairs);
    genrepi_free(file->ctx, file->sorted);
    genrepi_free(file->ctx, file->entries);
    genrepi_free(file->ctx, file->owned);
    genrepi_free(file->ctx, file->file);
    genrepi_free(file->ctx, file);
}

int64_t genrepi_safetensors_count(const genrepi_safetensors *file) {
    return file->n;
}

const char *genrepi_safetensors_name(const genrepi_safetensors *file, int64_t index) {
    return file->entries[index].name.is;
}

int64_t genrepi_safetensors_find(const genrepi_safetensors *file, const char *name) {
    int64_t low = 0, high = file->n;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        int order = strcmp(name, file->sorted[middle]->name.is);
        if (order == 0) return file->sorted[middle] - file->entries;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return -1;
}

void genrepi_safetensors_info(const genrepi_safetensors *file, int64_t index, int32_t *dtype,
                              genrepi_shape *shape) {
    *dtype = file->entries[index].dtype;
    *shape = file->entries[index].shape;
}

const char *genrepi_safetensors_type(const genrepi_safetensors *file, int64_t index) {
    return file->entries[index].type.is;
}

const void *genrepi_safetensors_data(const genrepi_safetensors *file, int64_t index,
                                     int64_t *bytes) {
    const genrepi_header_entry *e = &file->entries[index];
    *bytes = e->end - e->begin;
    return file->data + e->begin;
}

const char *genrepi_safetensors_metadata(const genrepi_safetensors *file, const char *key) {
    for (int64_t i = 0; i < file->n_pairs; i++)
        if (strcmp(file->pairs[i].key.is, key) == 0) return file->pairs[i].value.is;
    return NULL;
}
