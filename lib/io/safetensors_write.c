/* Writing safetensors. */
#include <io/safetensors.h>

#include <base/buffer.h>
#include <base/utf8.h>
#include <io/bytes.h>
#include <io/crc32.h>
#include <io/file.h>
#include <stdlib.h>
#include <string.h>

static const char *type_name(int32_t dtype) {
    switch (dtype) {
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
    return strcmp((*(const genrepi_safetensors_entry *const *)a)->name,
                  (*(const genrepi_safetensors_entry *const *)b)->name);
}

static int32_t check_names(genrep_ctx *ctx, const genrepi_safetensors_entry **sorted, int64_t n) {
    if (n > 0) qsort(sorted, (size_t)n, sizeof *sorted, compare_names);
    for (int64_t i = 0; i < n; i++) {
        const char *name = sorted[i]->name;
        if (strcmp(name, "__metadata__") == 0 || !is_utf8(name))
            return genrepi_fail(ctx, GENREP_E_INVALID,
                                "'%s' cannot be the name of a tensor in a file", name);
        if (i > 0 && strcmp(sorted[i - 1]->name, name) == 0)
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
static void order(const genrepi_safetensors_entry *entries, int64_t n,
                  const genrepi_safetensors_entry **ordered) {
    int64_t used = 0;
    for (size_t bytes = 8; bytes > 0; bytes /= 2)
        for (int64_t i = 0; i < n; i++)
            if (genrepi_dtype_bytes(entries[i].dtype) == bytes) ordered[used++] = &entries[i];
}

static void add_entry(genrepi_buffer *json, const genrepi_safetensors_entry *entry, int64_t at) {
    genrepi_buffer_text(json, ",");
    genrepi_buffer_json(json, entry->name);
    genrepi_buffer_format(json, ":{\"dtype\":\"%s\",\"shape\":[", type_name(entry->dtype));
    for (int32_t i = 0; i < entry->shape.rank; i++)
        genrepi_buffer_format(json, "%s%lld", i > 0 ? "," : "", (long long)entry->shape.size[i]);
    genrepi_buffer_format(json, "],\"data_offsets\":[%lld,%lld]}", (long long)at,
                          (long long)(at + bytes_of(entry)));
}

/* The header with its length in front, padded with blanks so that the data begin at a multiple
 * of 8. */
static int32_t make_header(genrepi_buffer *json, const genrepi_safetensors_entry **ordered,
                           int64_t n, const genrepi_safetensors_metadata_entry *metadata,
                           int64_t n_metadata) {
    char checksum[GENREPI_CRC32_BYTES];
    genrepi_crc32 crc;
    uint32_t sum = 0;
    int64_t at = 0;
    genrepi_crc32_init(&crc);
    for (int64_t i = 0; i < n; i++)
        sum = genrepi_crc32_add(&crc, sum, ordered[i]->data, (size_t)bytes_of(ordered[i]));
    genrepi_crc32_text(sum, checksum);
    genrepi_buffer_add(json, "\0\0\0\0\0\0\0\0", 8);
    genrepi_buffer_format(json, "{\"__metadata__\":{\"crc32\":\"%s\"", checksum);
    for (int64_t i = 0; i < n_metadata; i++) {
        genrepi_buffer_text(json, ",");
        genrepi_buffer_json(json, metadata[i].key);
        genrepi_buffer_text(json, ":");
        genrepi_buffer_json(json, metadata[i].value);
    }
    genrepi_buffer_text(json, "}");
    for (int64_t i = 0; i < n; i++) {
        add_entry(json, ordered[i], at);
        at += bytes_of(ordered[i]);
    }
    genrepi_buffer_text(json, "}");
    while (json->size % 8 != 0 && !json->failed) genrepi_buffer_text(json, " ");
    int32_t status = genrepi_buffer_status(json);
    if (status) return status;
    if (json->size - 8 > GENREPI_SAFETENSORS_MAX_HEADER)
        return genrepi_fail(json->ctx, GENREP_E_INVALID,
                            "names and metadata take %zu bytes; a file's header may take %d",
                            json->size - 8, GENREPI_SAFETENSORS_MAX_HEADER);
    genrepi_put_little((uint8_t *)json->data, json->size - 8, 8);
    return 0;
}

int32_t genrepi_safetensors_write(genrep_ctx *ctx, const char *path,
                                  const genrepi_safetensors_entry *entries, int64_t n,
                                  const genrepi_safetensors_metadata_entry *metadata,
                                  int64_t n_metadata) {
    genrepi_buffer json = {.ctx = ctx};
    genrepi_writer writer = {0};
    const genrepi_safetensors_entry **ordered = genrepi_alloc(ctx, n + 1, sizeof *ordered);
    if (!ordered) return GENREP_E_NOMEM;
    order(entries, n, ordered);
    int32_t status = check_names(ctx, ordered, n);
    if (!status) status = check_metadata(ctx, metadata, n_metadata);
    order(entries, n, ordered);
    if (!status) status = make_header(&json, ordered, n, metadata, n_metadata);
    if (!status) status = genrepi_writer_open(ctx, path, &writer);
    if (!status) {
        genrepi_writer_add(&writer, json.data, json.size);
        for (int64_t i = 0; i < n; i++)
            genrepi_writer_add(&writer, ordered[i]->data, (size_t)bytes_of(ordered[i]));
        status = genrepi_writer_commit(&writer);
    }
    genrepi_buffer_free(&json);
    genrepi_free(ctx, ordered);
    return status;
}
