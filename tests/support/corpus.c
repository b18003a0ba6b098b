/* Small texts for tests of word vectors. */
#include <corpus.h>
#include <support.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *support_chain(int64_t words, int64_t line, size_t *bytes) {
    /* follower[a][r] for r in 0..9 */
    static const char follower[4][10] = {{'a', 'b', 'b', 'b', 'b', 'c', 'c', 'd', 'd', 'd'},
                                         {'a', 'a', 'a', 'a', 'b', 'c', 'c', 'c', 'c', 'd'},
                                         {'a', 'a', 'b', 'b', 'b', 'b', 'b', 'c', 'd', 'd'},
                                         {'a', 'a', 'a', 'a', 'b', 'c', 'c', 'd', 'd', 'd'}};
    char *text = malloc((size_t)words * 2 + 1);
    uint64_t r = 88172645463325252u;
    int at = 0;
    for (int64_t i = 0; i < words; i++) {
        r ^= r << 13, r ^= r >> 7, r ^= r << 17; /* xorshift */
        char letter = follower[at][(r >> 32) % 10];
        at = letter - 'a';
        text[2 * i] = letter;
        text[2 * i + 1] = (i + 1) % line == 0 ? '\n' : ' ';
    }
    text[2 * words] = 0;
    *bytes = (size_t)words * 2;
    return text;
}

static uint32_t crc32_of(const char *text, size_t bytes) {
    uint32_t crc = 0xFFFFFFFFu;
    for (size_t i = 0; i < bytes; i++) {
        crc ^= (unsigned char)text[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (0xEDB88320u & (0u - (crc & 1)));
    }
    return ~crc;
}

static unsigned char *put(unsigned char *to, uint64_t value, int bytes) {
    for (int i = 0; i < bytes; i++) *to++ = (unsigned char)(value >> 8 * i);
    return to;
}

/* RFC 1952 around stored blocks of RFC 1951. */
unsigned char *support_gzip(const char *text, size_t bytes, size_t *gzip_bytes) {
    static const unsigned char header[10] = {0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255};
    unsigned char *gzip = malloc(bytes + bytes / 65535 * 5 + 64), *to = gzip;
    memcpy(to, header, sizeof header);
    to += sizeof header;
    size_t at = 0;
    do {
        size_t n = bytes - at < 65535 ? bytes - at : 65535;
        *to++ = at + n == bytes;
        to = put(to, n, 2);
        to = put(to, ~n, 2);
        memcpy(to, text + at, n);
        to += n;
        at += n;
    } while (at < bytes);
    to = put(to, crc32_of(text, bytes), 4);
    to = put(to, bytes, 4);
    *gzip_bytes = (size_t)(to - gzip);
    return gzip;
}

genrep_trainer *support_word2vec(genrep_ctx *ctx, const char *text, size_t bytes,
                                 const char *spec) {
    genrep_dataset *dataset;
    genrep_trainer *trainer;
    char whole[2048];
    const int says = strncmp(spec, "word2vec", 8) != 0 || strstr(spec, "deterministic=") != NULL;
    snprintf(whole, sizeof whole, "%s%s", spec, says ? "" : " deterministic=1");
    assert_ok(ctx, genrep_dataset_from_text(ctx, text, bytes, NULL, NULL, &dataset));
    assert_ok(ctx, genrep_trainer_new(ctx, whole, dataset, &trainer));
    genrep_dataset_unref(dataset);
    return trainer;
}

void support_steps(genrep_ctx *ctx, genrep_trainer *trainer, int64_t n) {
    int64_t done, total;
    assert_ok(ctx, genrep_trainer_progress(trainer, &done, &total));
    int32_t status = genrep_trainer_step(trainer, n);
    if (status != GENREP_STOPPED || done + n < total) assert_ok(ctx, status);
}

uint64_t support_fingerprint(genrep_ctx *ctx, genrep_trainer *trainer) {
    genrep_vectors *v;
    uint64_t hash = 14695981039346656037u;
    assert_ok(ctx, genrep_trainer_vectors(trainer, &v));
    for (int64_t i = 0; i < genrep_vectors_size(v); i++) {
        const unsigned char *row = (const unsigned char *)genrep_vectors_row(v, i);
        for (size_t b = 0; b < (size_t)genrep_vectors_dim(v) * sizeof(float); b++)
            hash = (hash ^ row[b]) * 1099511628211u;
    }
    genrep_vectors_unref(v);
    return hash;
}
