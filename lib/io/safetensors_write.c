/* Writing safetensors. */
#include <io/safetensors.h>

#include <base/buffer.h>
#include <base/utf8.h>
#include <io/bytes.h>
#include <io/crc32.h>
#include <io/file.h>
#include <stdlib.h>
#include <string.h>

/* An entry, and how it lies in memory. */
typedef struct item {
    const genrepi_safetensors_entry *entry;
    genrepi_safetensors_layout layout;
} item;

static const char *type_name(const item *of) {
    if (of->layout.type) return of->layout.type;
    switch (of->entry->dtype) {
    case GENREP_F32:
        return "F32";
    case GENREP_F64:
        return "F64";
    case GENREP_I32:
        return "I32";
    default:
        return "U8";
    }
}

static int64_t bytes_of(const genrepi_safetensors_entry *entry) {
    return genrepi_shape_count(&entry->shape) * (int64_t)genrepi_dtype_bytes(entry->dtype);
}

/* The elements without gaps, a piece at a time: for the checksum, then for the file. */
typedef void take_bytes(void *to, const void *bytes, size_t size);
static void each_piece(const item *of, take_bytes *take, void *to) {
    const genrepi_safetensors_entry *entry = of->entry;
    const int64_t pitch = of->layout.pitch;
    const int64_t bytes = bytes_of(entry), rows = entry->shape.rank > 0 ? entry->shape.size[0] : 1;
    if (pitch == 0 || bytes == 0 || pitch == bytes / rows) {
        take(to, entry->data, (size_t)bytes);
        return;
    }
    for (int64_t i = 0; i < rows; i++)
        take(to, (const char *)entry->data + i * pitch, (size_t)(bytes / rows));
}

typedef struct checksum {
    genrepi_crc32 crc;
    uint32_t sum;
} checksum;
static void add_to_checksum(void *to, const void *bytes, size_t size) {
    checksum *c = to;
    c->sum = genrepi_crc32_add(&c->crc, c->sum, bytes, size);
}
static void add_to_file(void *to, const void *bytes, size_t size) {
    genrepi_writer_add(to, bytes, size);
}

static int is_utf8(const char *text) {
    size_t bytes = strlen(text);
    while (bytes > 0) {
        size_t n = genrepi_utf8_length(text, bytes);
        if (n == 0) return 0;
        text += n;
        bytes -= n;
    }
    return 1;
}

static int compare_names(const void *a, const void *b) {
    return strcmp(((const item *)a)->entry->name, ((const item *)b)->entry->name);
}

static int32_t check_names(genrep_ctx *ctx, item *sorted, int64_t n) {
    if (n > 0) qsort(sorted, (size_t)n, sizeof *sorted, compare_names);
    for (int64_t i = 0; i < n; i++) {
        const char *name = sorted[i].entry->name;
        if (strcmp(name, "__metadata__") == 0 || !is_utf8(name))
            return genrepi_fail(ctx, GENREP_E_INVALID,
                                "'%s' cannot be the name of a tensor in a file", name);
        if (i > 0 && strcmp(sorted[i - 1].entry->name, name) == 0)
            return genrepi_fail(ctx, GENREP_E_INVALID, "two tensors have the name '%s'", name);
    }
    return 0;
}

static int32_t check_metadata(genrep_ctx *ctx, const genrepi_safetensors_metadata_entry *metadata,
                              int64_t n) {
    for (int64_t i = 0; i < n; i++)
        if (!is_utf8(metadata[i].key) || !is_utf8(metadata[i].value))
            return genrepi_fail(ctx, GENREP_E_INVALID, "'%s' of the file's metadata is not UTF-8",
                                metadata[i].key);
    return 0;
}

/* The data may have no holes, so the widest elements come first: then all are aligned.  Otherwise
 * the order is the caller's. */
static void order(const genrepi_safetensors_entry *entries,
                  const genrepi_safetensors_layout *layouts, int64_t n, item *ordered) {
    int64_t used = 0;
    for (size_t bytes = 8; bytes > 0; bytes /= 2)
        for (int64_t i = 0; i < n; i++)
            if (genrepi_dtype_bytes(entries[i].dtype) == bytes)
                ordered[used++] =
                    (item){&entries[i], layouts ? layouts[i] : (genrepi_safetensors_layout){0}};
}

static void add_entry(genrepi_buffer *json, const item *of, int64_t at) {
    const genrepi_safetensors_entry *entry = of->entry;
    genrepi_buffer_text(json, ",");
    genrepi_buffer_json(json, entry->name);
    genrepi_buffer_format(json, ":{\"dtype\":\"%s\",\"shape\":[", type_name(of));
    for (int32_t i = 0; i < entry->shape.rank; i++)
        genrepi_buffer_format(json, "%s%lld", i > 0 ? "," : "", (long long)entry->shape.size[i]);
    genrepi_buffer_format(json, "],\"data_offsets\":[%lld,%lld]}", (long long)at,
                          (long long)(at + bytes_of(entry)));
}

/* The header with its length in front, padded with blanks so that the data begin at a multiple
 * of `alignment`. */
static int32_t make_header(genrepi_buffer *json, size_t alignment, const item *ordered, int64_t n,
                           const genrepi_safetensors_metadata_entry *metadata, int64_t n_metadata) {
    char sum[GENREPI_CRC32_BYTES];
    checksum c = {.sum = 0};
    int64_t at = 0;
    genrepi_crc32_init(&c.crc);
    for (int64_t i = 0; i < n; i++) each_piece(&ordered[i], add_to_checksum, &c);
    genrepi_crc32_text(c.sum, sum);
    genrepi_buffer_add(json, "\0\0\0\0\0\0\0\0", 8);
    genrepi_buffer_format(json, "{\"__metadata__\":{\"crc32\":\"%s\"", sum);
    for (int64_t i = 0; i < n_metadata; i++) {
        genrepi_buffer_text(json, ",");
        genrepi_buffer_json(json, metadata[i].key);
        genrepi_buffer_text(json, ":");
        genrepi_buffer_json(json, metadata[i].value);
    }
    genrepi_buffer_text(json, "}");
    for (int64_t i = 0; i < n; i++) {
        add_entry(json, &ordered[i], at);
        at += bytes_of(ordered[i].entry);
    }
    genrepi_buffer_text(json, "}");
    while (json->size % alignment != 0 && !json->failed) genrepi_buffer_text(json, " ");
    int32_t status = genrepi_buffer_status(json);
    if (status) return status;
    if (json->size - 8 > GENREPI_SAFETENSORS_MAX_HEADER)
        return genrepi_fail(json->ctx, GENREP_E_INVALID,
                            "names and metadata take %zu bytes; a file's header may take %d",
                            json->size - 8, GENREPI_SAFETENSORS_MAX_HEADER);
    genrepi_put_little((uint8_t *)json->data, json->size - 8, 8);
    return 0;
}

int32_t genrepi_safetensors_write_as(genrep_ctx *ctx, const char *path,
                                     const genrepi_safetensors_entry *entries,
                                     const genrepi_safetensors_layout *layouts, int64_t n,
                                     const genrepi_safetensors_metadata_entry *metadata,
                                     int64_t n_metadata) {
    genrepi_buffer json = {.ctx = ctx};
    genrepi_writer writer = {0};
    item *ordered = genrepi_alloc(ctx, n + 1, sizeof *ordered);
    if (!ordered) return GENREP_E_NOMEM;
    order(entries, layouts, n, ordered);
    int32_t status = check_names(ctx, ordered, n);
    if (!status) status = check_metadata(ctx, metadata, n_metadata);
    order(entries, layouts, n, ordered);
    if (!status) status = make_header(&json, layouts ? 64 : 8, ordered, n, metadata, n_metadata);
    if (!status) status = genrepi_writer_open(ctx, path, &writer);
    if (!status) {
        genrepi_writer_add(&writer, json.data, json.size);
        for (int64_t i = 0; i < n; i++) each_piece(&ordered[i], add_to_file, &writer);
        status = genrepi_writer_commit(&writer);
    }
    genrepi_buffer_free(&json);
    genrepi_free(ctx, ordered);
    return status;
}

int32_t genrepi_safetensors_write(genrep_ctx *ctx, const char *path,
                                  const genrepi_safetensors_entry *entries, int64_t n,
                                  const genrepi_safetensors_metadata_entry *metadata,
                                  int64_t n_metadata) {
    return genrepi_safetensors_write_as(ctx, path, entries, NULL, n, metadata, n_metadata);
}
