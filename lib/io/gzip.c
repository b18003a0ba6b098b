/* Decompressing gzip (RFC 1952) with zlib, whose memory comes from the context. */
#include <io/reader.h>

#include <config.h>

#ifdef GENREPI_HAVE_ZLIB
#include <io/zlib_memory.h>

typedef struct gzip {
    z_stream inflate;
    int32_t inside; /* of a member: the end of the file may not come now */
} gzip;

static int32_t reset_gzip(genrepi_reader *reader) {
    gzip *state = reader->decoder_state;
    inflateReset(&state->inflate);
    state->inside = 0;
    return 0;
}

static int32_t damaged(genrepi_reader *reader, const char *how) {
    return genrepi_fail(reader->ctx, GENREP_E_FORMAT, "'%s': the compressed data %s", reader->name,
                        how);
}

/* A file may be several members, one behind the other. */
static int32_t read_gzip(genrepi_reader *reader, void *to, size_t size, size_t *got) {
    gzip *state = reader->decoder_state;
    z_stream *z = &state->inflate;
    *got = 0;
    while (*got < size) {
        if (reader->ready == 0) {
            int32_t status = genrepi_reader_fetch(reader);
            if (status) return status;
            if (reader->ready == 0) return state->inside ? damaged(reader, "end too early") : 0;
        }
        size_t in = reader->ready, room = size - *got;
        if (in > 1u << 30) in = 1u << 30; /* zlib counts in unsigned */
        if (room > 1u << 30) room = 1u << 30;
        state->inside = 1;
        z->next_in = (Bytef *)(uintptr_t)reader->next; /* zlib's type is not const; it only reads */
        z->avail_in = (uInt)in;
        z->next_out = (Bytef *)to + *got;
        z->avail_out = (uInt)room;
        int result = inflate(z, Z_NO_FLUSH);
        reader->next += in - z->avail_in;
        reader->ready -= in - z->avail_in;
        *got += room - z->avail_out;
        if (result == Z_STREAM_END)
            reset_gzip(reader);
        else if (result == Z_MEM_ERROR)
            return GENREP_E_NOMEM;
        else if (result != Z_OK && result != Z_BUF_ERROR)
            return damaged(reader, "are damaged");
    }
    return 0;
}

static void close_gzip(genrepi_reader *reader) {
    gzip *state = reader->decoder_state;
    inflateEnd(&state->inflate);
    genrepi_free(reader->ctx, state);
}

int32_t genrepi_gzip_open(genrepi_reader *reader) {
    static const genrepi_decoder decoder = {read_gzip, reset_gzip, close_gzip};
    genrep_ctx *ctx = reader->ctx;
    gzip *state = genrepi_alloc(ctx, 1, sizeof *state);
    if (!state) return GENREP_E_NOMEM;
    state->inflate = genrepi_zlib_stream(ctx);
    int result = inflateInit2(&state->inflate, 15 + 16); /* the largest window; gzip only */
    if (result == Z_OK) {
        reader->decoder = &decoder;
        reader->decoder_state = state;
        return 0;
    }
    genrepi_free(ctx, state);
    return genrepi_zlib_fail(ctx, result);
}

#else

int32_t genrepi_gzip_open(genrepi_reader *reader) {
    return genrepi_fail(reader->ctx, GENREP_E_UNSUPPORTED,
                        "'%s' is gzip, which this build cannot read: decompress it", reader->name);
}

#endif
