/* The pixels of a PNG: compressed with zlib, or as stored blocks (RFC 1951, 3.2.4), which every
 * reader takes. */
#include <io/png.h>

#include <config.h>
#include <io/bytes.h>
#include <string.h>

#ifdef GENREPI_HAVE_ZLIB
#include <io/zlib_memory.h>

/* Feeds bytes to the compressor and writes the chunks that get full; with Z_FINISH the last too. */
static void feed(genrepi_png *png, z_stream *z, uint8_t *block, const uint8_t *bytes, int64_t size,
                 int flush) {
    int result;
    z->next_in = (Bytef *)(uintptr_t)bytes; /* zlib's type is not const; it only reads */
    z->avail_in = (uInt)size;
    do {
        result = deflate(z, flush);
        if (z->avail_out > 0 && result != Z_STREAM_END) break;
        genrepi_png_chunk(png, "IDAT", block, GENREPI_PNG_BLOCK - z->avail_out);
        z->next_out = block;
        z->avail_out = GENREPI_PNG_BLOCK;
    } while (result == Z_OK);
}

int32_t genrepi_png_rows(genrepi_png *png) {
    static const uint8_t no_filter = 0;
    uint8_t *block = genrepi_alloc_raw(png->ctx, GENREPI_PNG_BLOCK, 1);
    if (!block) return GENREP_E_NOMEM;
    z_stream z = genrepi_zlib_stream(png->ctx);
    int result = deflateInit(&z, 6);
    if (result != Z_OK) {
        genrepi_free(png->ctx, block);
        return genrepi_zlib_fail(png->ctx, result);
    }
    z.next_out = block;
    z.avail_out = GENREPI_PNG_BLOCK;
    for (int64_t y = 0; y < png->height; y++) {
        feed(png, &z, block, &no_filter, 1, Z_NO_FLUSH);
        feed(png, &z, block, png->pixels + y * png->row_bytes, png->row_bytes, Z_NO_FLUSH);
    }
    feed(png, &z, block, &no_filter, 0, Z_FINISH);
    deflateEnd(&z);
    genrepi_free(png->ctx, block);
    return 0;
}

#else

/* One IDAT chunk a block: the zlib stream's header before the first, its checksum behind the last.
 */
typedef struct stored {
    genrepi_png *png;
    uint8_t *chunk; /* 2 bytes of zlib header, 5 of block header, the data, 4 of checksum */
    int64_t used;   /* of the data */
    int32_t first;
    uint32_t sum_a, sum_b; /* Adler-32, RFC 1950 */
} stored;

static void flush(stored *s, int last) {
    uint8_t *block = s->chunk + 2, *end = block + 5 + s->used;
    block[0] = last != 0;
    genrepi_put_little(block + 1, (uint64_t)s->used, 2);
    genrepi_put_little(block + 3, ~(uint64_t)s->used, 2);
    if (last) {
        genrepi_put_big32(end, s->sum_b << 16 | s->sum_a);
        end += 4;
    }
    uint8_t *begin = s->first ? s->chunk : block;
    memcpy(s->chunk, "\x78\x01", 2);
    genrepi_png_chunk(s->png, "IDAT", begin, (uint32_t)(end - begin));
    s->used = 0;
    s->first = 0;
}

static void feed(stored *s, const uint8_t *bytes, int64_t size) {
    for (int64_t i = 0; i < size; i++) {
        if (s->used == GENREPI_PNG_BLOCK) flush(s, 0);
        s->chunk[7 + s->used++] = bytes[i];
        s->sum_a = (s->sum_a + bytes[i]) % 65521;
        s->sum_b = (s->sum_b + s->sum_a) % 65521;
    }
}

int32_t genrepi_png_rows(genrepi_png *png) {
    static const uint8_t no_filter = 0;
    uint8_t *chunk = genrepi_alloc_raw(png->ctx, GENREPI_PNG_BLOCK + 11, 1);
    if (!chunk) return GENREP_E_NOMEM;
    stored s = {.png = png, .chunk = chunk, .first = 1, .sum_a = 1};
    for (int64_t y = 0; y < png->height; y++) {
        feed(&s, &no_filter, 1);
        feed(&s, png->pixels + y * png->row_bytes, png->row_bytes);
    }
    flush(&s, 1);
    genrepi_free(png->ctx, chunk);
    return 0;
}

#endif
