/* Loading word vectors: which format, and which files. */
#include <string.h>
#include <text/vectors_file.h>

static int32_t load_pair(genrep_ctx *ctx, const char *path, int32_t format, genrep_vectors **out) {
    genrepi_reader *rows, *words;
    int32_t status = genrepi_reader_open(ctx, path, &rows);
    if (status != GENREP_OK) return status;
    char *words_path = genrepi_vectors_words_path(ctx, path, format);
    status = words_path == NULL ? GENREP_E_NOMEM : genrepi_reader_open(ctx, words_path, &words);
    if (status == GENREP_E_IO) genrepi_fail_in(ctx, status, "the words of '%s'", path);
    if (status == GENREP_OK)
        status = genrepi_vectors_read_pair(ctx, rows, words, format, out);
    else
        genrepi_reader_close(rows);
    genrepi_free(ctx, words_path);
    return status;
}

static int is_stream(int32_t format) {
    return format != GENREPI_VECTORS_NPY && format != GENREPI_VECTORS_TSV &&
           format != GENREPI_VECTORS_SAFETENSORS;
}

int32_t genrepi_vectors_load(genrep_ctx *ctx, const char *path,
                             const genrepi_vectors_options *options, genrep_vectors **out) {
    int32_t format = options->format, status = GENREP_OK;
    if (options->map && format != GENREPI_VECTORS_AUTO && format != GENREPI_VECTORS_SAFETENSORS)
        return genrepi_fail(ctx, GENREP_E_INVALID,
                            "mmap=1 is for format=safetensors: save the vectors in it first");
    if (options->map) return genrepi_vectors_open_map(ctx, path, out);
    if (is_stream(format)) {
        genrepi_reader *reader;
        genrepi_scan scan;
        status = genrepi_reader_open(ctx, path, &reader);
        if (status == GENREP_OK) status = genrepi_scan_open(ctx, reader, &scan);
        if (status != GENREP_OK) return status;
        if (format == GENREPI_VECTORS_AUTO) status = genrepi_vectors_detect(&scan, path, &format);
        if (status == GENREP_OK && is_stream(format))
            status = genrepi_vectors_scan(&scan, options->format, out);
        genrepi_scan_close(&scan);
        if (status != GENREP_OK || is_stream(format)) return status;
    }
    return format == GENREPI_VECTORS_SAFETENSORS ? genrepi_vectors_read_safetensors(ctx, path, out)
                                                 : load_pair(ctx, path, format, out);
}

/* Behind the last slash, "vectors" or "tensor" becomes "metadata", as embedding projectors and
 * gensim name such a pair; other names get ".metadata" before their ending. */
static char *metadata_path(genrep_ctx *ctx, const char *path) {
    static const char *const names[] = {"vectors", "tensor"};
    static const char metadata[] = "metadata";
    const char *slash = strrchr(path, '/');
    const size_t bytes = strlen(path);
    char *result = genrepi_alloc(ctx, (int64_t)(bytes + sizeof ".metadata.tsv"), 1);
    if (result == NULL) return NULL;
    for (int32_t i = 0; i < GENREPI_COUNT(names); i++) {
        const char *at = NULL;
        for (const char *next = slash != NULL ? slash : path; (next = strstr(next, names[i]));)
            at = next++; /* the last one */
        if (at == NULL) continue;
        const size_t before = (size_t)(at - path);
        memcpy(result, path, before);
        memcpy(result + before, metadata, sizeof metadata - 1);
        memcpy(result + before + sizeof metadata - 1, at + strlen(names[i]),
               bytes - before - strlen(names[i]) + 1);
        return result;
    }
    const size_t stem = genrepi_ends_with(path, ".tsv") ? bytes - 4 : bytes;
    memcpy(result, path, stem);
    memcpy(result + stem, ".metadata.tsv", sizeof ".metadata.tsv");
    return result;
}

char *genrepi_vectors_words_path(genrep_ctx *ctx, const char *path, int32_t format) {
    static const char ending[] = ".words";
    if (format == GENREPI_VECTORS_TSV) return metadata_path(ctx, path);
    const size_t bytes = strlen(path);
    char *result = genrepi_alloc(ctx, (int64_t)(bytes + sizeof ending), 1);
    if (result == NULL) return NULL;
    memcpy(result, path, bytes);
    memcpy(result + bytes, ending, sizeof ending);
    return result;
}
