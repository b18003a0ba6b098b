/* Files of word vectors beyond word2vec's: fastText's, GloVe's, pairs, safetensors, mapped. */
#include <support.h>
#include <files.h>
#include <io/formats.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <text/vectors.h>
#include <unistd.h>

static genrep_ctx *ctx;

static int make_ctx(void **state) {
    (void)state;
    ctx = support_ctx("threads=2");
    return 0;
}

static int end_ctx(void **state) {
    genrep_ctx_unref(ctx);
    return support_remove_files(state);
}

/* Words of 1 to 300 bytes, "\xC3\xA9..." some of them; a row of zeros among the rows. */
static genrep_vectors *make(int64_t n, int64_t dim) {
    genrep_vectors *v;
    uint32_t seed = 11;
    assert_ok(ctx, genrepi_vectors_new(ctx, dim, &v));
    for (int64_t i = 0; i < n; i++) {
        char word[512];
        float *row;
        int bytes =
            snprintf(word, sizeof word, "%s%lld", i % 7 == 0 ? "\xC3\xA9" : "", (long long)i);
        if (i % 97 == 5)
            for (; bytes < 300; bytes++) word[bytes] = 'x';
        assert_ok(ctx, genrepi_vectors_add(v, word, (size_t)bytes, &row));
        for (int64_t j = 0; j < dim; j++) {
            seed = seed * 1664525u + 1013904223u;
            row[j] = i == 3 ? 0 : ((float)(seed >> 8) - 8388608.f) * 1.1920929e-7f;
        }
    }
    assert_ok(ctx, genrepi_vectors_finish(v));
    return v;
}

static void check_same(const genrep_vectors *a, const genrep_vectors *b) {
    assert_int_equal(genrep_vectors_size(a), genrep_vectors_size(b));
    assert_int_equal(genrep_vectors_dim(a), genrep_vectors_dim(b));
    for (int64_t i = 0; i < genrep_vectors_size(a); i++) {
        assert_string_equal(genrep_vectors_word(a, i), genrep_vectors_word(b, i));
        assert_int_equal(genrep_vectors_find(b, genrep_vectors_word(a, i), (size_t)-1), i);
        assert_memory_equal(genrep_vectors_row(a, i), genrep_vectors_row(b, i),
                            (size_t)genrep_vectors_dim(a) * sizeof(float));
    }
    int64_t nearest[2][5];
    float scores[2][5];
    const float *query = genrep_vectors_row(a, 1);
    assert_ok(ctx, genrep_vectors_nearest(a, query, -1, 5, nearest[0], scores[0], NULL));
    assert_ok(ctx, genrep_vectors_nearest(b, query, -1, 5, nearest[1], scores[1], NULL));
    assert_memory_equal(nearest[0], nearest[1], sizeof nearest[0]);
    assert_memory_equal(scores[0], scores[1], sizeof scores[0]);
}

static const struct {
    const char *name, *save, *load; /* load NULL: found by itself */
} formats[] = {
    {"v.vec", "format=vec", "format=vec"},
    {"v.vec", "format=vec", NULL},
    {"v.glove.txt", "format=glove", "format=glove"},
    {"v.txt", "format=glove", NULL},
    {"v.npy", NULL, NULL},
    {"v.other", "format=npy", "format=npy"},
    {"v.other", "format=npy", NULL},
    {"vectors.tsv", NULL, NULL},
    {"v.other", "format=tsv", "format=tsv"},
    {"v.safetensors", NULL, NULL},
    {"v.other", "format=safetensors", "format=safetensors"},
    {"v.other", "format=safetensors", NULL},
    {"v.safetensors", NULL, "mmap=1"},
    {"v.other", "format=safetensors", "format=safetensors mmap=1"},
};

static void every_format_reads_back_bit_by_bit(void **state) {
    (void)state;
    genrep_vectors *v = make(700, 33);
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        genrep_vectors *again;
        assert_ok(ctx, genrep_vectors_save(v, support_path(formats[i].name), formats[i].save));
        assert_ok(ctx,
                  genrep_vectors_load(ctx, support_path(formats[i].name), formats[i].load, &again));
        check_same(v, again);
        /* what was loaded, mapped too, is saved like any other */
        assert_ok(ctx, genrep_vectors_save(again, support_path("w.bin"), "format=binary"));
        genrep_vectors_unref(again);
        assert_ok(ctx, genrep_vectors_load(ctx, support_path("w.bin"), NULL, &again));
        check_same(v, again);
        genrep_vectors_unref(again);
        support_remove_files(NULL);
    }
    genrep_vectors_unref(v);
}

static void files_have_the_bytes_that_other_programs_read(void **state) {
    (void)state;
    static const char text[] = "2 3\nthe 0.5 -1 2e-07\nof 1 2 3\n";
    static const struct {
        const char *name, *spec, *other, *bytes, *words;
    } cases[] = {
        {"v.vec", "format=vec", NULL, "2 3\nthe 0.5 -1 2e-07\nof 1 2 3\n", NULL},
        {"v.txt", "format=glove", NULL, "the 0.5 -1 2e-07\nof 1 2 3\n", NULL},
        {"vectors.tsv", NULL, "metadata.tsv", "0.5\t-1\t2e-07\n1\t2\t3\n", "the\nof\n"},
        {"a_tensor.tsv", NULL, "a_metadata.tsv", "0.5\t-1\t2e-07\n1\t2\t3\n", "the\nof\n"},
        {"vectors_vectors.tsv", NULL, "vectors_metadata.tsv", "0.5\t-1\t2e-07\n1\t2\t3\n",
         "the\nof\n"},
        {"v.tsv", NULL, "v.metadata.tsv", "0.5\t-1\t2e-07\n1\t2\t3\n", "the\nof\n"},
        {"v", "format=tsv", "v.metadata.tsv", "0.5\t-1\t2e-07\n1\t2\t3\n", "the\nof\n"},
        {"v.npy", NULL, "v.npy.words", NULL, "the\nof\n"},
    };
    genrep_vectors *v;
    support_write("in", text, sizeof text - 1);
    assert_ok(ctx, genrep_vectors_load(ctx, support_path("in"), NULL, &v));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_ok(ctx, genrep_vectors_save(v, support_path(cases[i].name), cases[i].spec));
        if (cases[i].bytes != NULL) {
            char *file = support_read(cases[i].name, NULL);
            assert_string_equal(file, cases[i].bytes);
            free(file);
        }
        if (cases[i].other == NULL) continue;
        char *words = support_read(cases[i].other, NULL);
        assert_string_equal(words, cases[i].words);
        free(words);
    }
    genrep_tensor *matrix;
    assert_ok(ctx, genrep_tensor_load(ctx, support_path("v.npy"), NULL, &matrix));
    assert_true(matrix->shape.rank == 2 && matrix->shape.size[0] == 2 &&
                matrix->shape.size[1] == 3);
    assert_memory_equal(genrep_tensor_read(matrix), genrep_vectors_row(v, 0), 6 * sizeof(float));
    genrep_tensor_unref(matrix);
    assert_ok(ctx, genrep_vectors_save(v, support_path("v.safetensors"), NULL));
    assert_ok(ctx, genrep_tensor_load(ctx, support_path("v.safetensors"), "vectors", &matrix));
    assert_memory_equal(genrep_tensor_read(matrix), genrep_vectors_row(v, 0), 6 * sizeof(float));
    genrep_tensor_unref(matrix);
    genrep_vectors_unref(v);
    support_remove_files(NULL);
}

static genrep_vectors *load_pair(const char *name, const char *rows, const char *words_name,
                                 const char *words) {
    genrep_vectors *v;
    support_write(name, rows, strlen(rows));
    if (words != NULL) support_write(words_name, words, strlen(words));
    assert_ok(ctx, genrep_vectors_load(ctx, support_path(name), NULL, &v));
    return v;
}

static void files_of_other_programs_are_read(void **state) {
    (void)state;
    genrep_vectors *v = load_pair("f", "2 2\n</s> 1 2 \nword -3 4 \n", NULL, NULL); /* fastText */
    assert_int_equal(genrep_vectors_find(v, "word", 4), 1);
    assert_true(genrep_vectors_row(v, 1)[0] == -3);
    genrep_vectors_unref(v);
    v = load_pair("g", "1999 0.5 -1\n. . . 1 2\n\xE2\x80\x99s 3 4", NULL, NULL); /* GloVe */
    assert_int_equal(genrep_vectors_size(v), 3);
    assert_int_equal(genrep_vectors_dim(v), 2);
    assert_string_equal(genrep_vectors_word(v, 0), "1999");
    assert_int_equal(genrep_vectors_find(v, ". . .", 5), 1);
    assert_true(genrep_vectors_row(v, 2)[1] == 4);
    genrep_vectors_unref(v);
    v = load_pair("vectors.tsv", "1\t2\r\n3\t4\r\n", "metadata.tsv",
                  "word\tcount\na b\t9\r\nc\t8\r\n");
    assert_string_equal(genrep_vectors_word(v, 0), "a b");
    assert_string_equal(genrep_vectors_word(v, 1), "c");
    assert_true(genrep_vectors_row(v, 1)[1] == 4);
    genrep_vectors_unref(v);
    genrep_tensor *doubles;
    const int64_t shape[] = {2, 2};
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_F64, 2, shape, &doubles));
    static const double numbers[] = {0.1, 2, 3, 4};
    memcpy(genrep_tensor_data(doubles), numbers, sizeof numbers);
    assert_ok(ctx, genrep_tensor_save(doubles, support_path("d.npy"), NULL));
    support_write("d.npy.words", "x\ny", 3);
    genrep_vectors *d;
    assert_ok(ctx, genrep_vectors_load(ctx, support_path("d.npy"), NULL, &d));
    assert_true(genrep_vectors_row(d, 0)[0] == 0.1f && genrep_vectors_row(d, 1)[1] == 4);
    assert_int_equal(genrep_vectors_find(d, "y", 1), 1);
    genrep_vectors_unref(d);
    genrep_tensor_unref(doubles);
    support_remove_files(NULL);
}

static void words_that_a_format_cannot_hold_are_refused_and_nothing_is_left(void **state) {
    (void)state;
    static const struct {
        const char *word, *refused; /* formats, each with a blank behind it */
    } cases[] = {
        {"New York", "vec glove binary "},          {"a\tb", "vec glove tsv "},
        {"a ", "text vec glove binary "},           {"a\r", "text vec glove npy tsv "},
        {"a\nb", "text vec glove binary npy tsv "}, {"", "vec glove "},
    };
    static const char *const names[] = {"text", "binary", "vec",        "glove",
                                        "npy",  "tsv",    "safetensors"};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        genrep_vectors *v;
        float *row;
        assert_ok(ctx, genrepi_vectors_new(ctx, 1, &v));
        assert_ok(ctx, genrepi_vectors_add(v, cases[c].word, strlen(cases[c].word), &row));
        *row = 1;
        assert_ok(ctx, genrepi_vectors_finish(v));
        for (int f = 0; f < 7; f++) {
            char spec[32], name[32];
            snprintf(spec, sizeof spec, "format=%s", names[f]);
            snprintf(name, sizeof name, "%s ", names[f]);
            int32_t status = genrep_vectors_save(v, support_path("out"), spec);
            if (strstr(cases[c].refused, name) != NULL) {
                assert_error(ctx, status, GENREP_E_INVALID, names[f]);
                assert_int_equal(support_count_files(), 0);
                continue;
            }
            assert_ok(ctx, status);
            genrep_vectors *again;
            assert_ok(ctx, genrep_vectors_load(ctx, support_path("out"), spec, &again));
            assert_string_equal(genrep_vectors_word(again, 0), cases[c].word);
            genrep_vectors_unref(again);
            support_remove_files(NULL);
        }
        genrep_vectors_unref(v);
    }
}

static void damaged_files_are_refused_with_their_name_and_place(void **state) {
    (void)state;
    static const struct {
        const char *name, *spec, *rows, *words, *error;
    } cases[] = {
        {"g", "format=glove", "2 3\na 1 2 3\n", NULL, "format=text"},
        {"g", "format=glove", "word\n", NULL, "its numbers"},
        {"g", "format=glove", "", NULL, "its numbers"},
        {"g", NULL, "a 1 2\nb 1\n", NULL, "word 2: not a word and as many numbers"},
        {"g", NULL, "a 1 2\n\nb 1 2\n", NULL, "empty line"},
        {"g", NULL, "a 1 1e39\n", NULL, "not finite"},
        {"g", "format=vec", "a 1 2\n", NULL, "words dimensions"},
        {"v.tsv", NULL, "1\t2\n3\t4\n", "a\n", "less words"},
        {"v.tsv", NULL, "1\t2\n3\t4\n", "a\nb\nc\n", "more words"},
        {"v.tsv", NULL, "1\t2\n3\t4\n", "a\na\n", "v.metadata.tsv, line 2: the word is there"},
        {"v.tsv", NULL, "1\t2\n3\n", "a\nb\n", "v.tsv, line 2"},
        {"v.tsv", NULL, "1\t2\n3\t4\t5\n", "a\nb\n", "v.tsv, line 2"},
        {"v.tsv", NULL, "1\t2\n3\tx\n", "a\nb\n", "v.tsv, line 2"},
        {"v.tsv", NULL, "x\t2\n", "a\n", ""},
        {"v.tsv", NULL, "", "", "1..65536 numbers"},
        {"v.tsv", NULL, "1\t1e39\n", "a\n", "not finite"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        genrep_vectors *v = NULL;
        support_write(cases[i].name, cases[i].rows, strlen(cases[i].rows));
        if (cases[i].words != NULL)
            support_write("v.metadata.tsv", cases[i].words, strlen(cases[i].words));
        int32_t status = genrep_vectors_load(ctx, support_path(cases[i].name), cases[i].spec, &v);
        assert_error(ctx, status, GENREP_E_FORMAT, cases[i].error);
        assert_true(strstr(genrep_ctx_error(ctx), support_path(cases[i].name)) != NULL ||
                    strstr(genrep_ctx_error(ctx), support_path("v.metadata.tsv")) != NULL);
        assert_null(v);
        support_remove_files(NULL);
    }
    genrep_vectors *v = NULL, *good = make(3, 2);
    support_write("v.tsv", "1\n", 2);
    assert_error(ctx, genrep_vectors_load(ctx, support_path("v.tsv"), NULL, &v), GENREP_E_IO,
                 "v.metadata.tsv");
    assert_ok(ctx, genrep_vectors_save(good, support_path("v.npy"), NULL));
    support_write("v.npy.words", "a\nb\n", 4);
    assert_error(ctx, genrep_vectors_load(ctx, support_path("v.npy"), NULL, &v), GENREP_E_FORMAT,
                 "less words than rows");
    support_write("v.npy.words", "a\nb\na\n", 6);
    assert_error(ctx, genrep_vectors_load(ctx, support_path("v.npy"), NULL, &v), GENREP_E_FORMAT,
                 "line 3: the word is there already");
    assert_error(ctx, genrep_vectors_load(ctx, support_path("v.npy"), "mmap=1 format=npy", &v),
                 GENREP_E_INVALID, "format=safetensors");
    assert_error(ctx, genrep_vectors_save(good, support_path("v.npy"), "mmap=1"), GENREP_E_INVALID,
                 "loading");
    assert_error(ctx, genrep_vectors_load(ctx, support_path("none"), "mmap=1", &v), GENREP_E_IO,
                 "none");
    assert_null(v);
    genrep_vectors_unref(good);
    support_remove_files(NULL);
}

/* Where a tensor's elements are in the file. */
static char *place(char *file, const char *name) {
    char key[64];
    uint64_t header;
    snprintf(key, sizeof key, "\"%s\":", name);
    memcpy(&header, file, 8);
    const char *at = strstr(strstr(file + 8, key), "offsets\":[");
    return file + 8 + header + strtoull(at + 10, NULL, 10);
}

/* Reading checks the sum of all bytes; mapping checks what is used as an address. */
static void a_damaged_file_is_not_mapped(void **state) {
    (void)state;
    genrep_vectors *good = make(40, 6), *v = NULL;
    size_t size;
    assert_ok(ctx, genrep_vectors_save(good, support_path("v.safetensors"), NULL));
    char *file = support_read("v.safetensors", &size), *changed = malloc(size);
    static const struct {
        const char *tensor, *error;
        size_t at;
        uint64_t value;
    } cases[] = {
        {"word_starts", "word_starts", 0, 1},         {"word_starts", "word_starts", 40, 3},
        {"word_starts", "word_starts", 80, 1u << 30}, {"word_starts", "word_starts", 320, 1},
        {"word_starts", "word_starts", 80, ~0ull},    {"words", "word_starts", 0, ~0ull},
    };
    assert_true((uintptr_t)(place(file, "vectors") - file) % 64 == 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        memcpy(changed, file, size);
        memcpy(place(changed, cases[i].tensor) + cases[i].at, &cases[i].value, 8);
        support_write("bad.safetensors", changed, size);
        assert_error(ctx, genrep_vectors_load(ctx, support_path("bad.safetensors"), "mmap=1", &v),
                     GENREP_E_FORMAT, cases[i].error);
        assert_error(ctx, genrep_vectors_load(ctx, support_path("bad.safetensors"), NULL, &v),
                     GENREP_E_FORMAT, "checksum");
    }
    uint64_t *slots = (uint64_t *)(void *)malloc(sizeof *slots * 512);
    memcpy(changed, file, size);
    char *at = place(changed, "word_slots");
    memcpy(slots, at, 512 * sizeof *slots);
    for (int i = 0; i < 512; i++) { /* each in turn: no slot may point outside */
        uint64_t outside = slots[i] == 0 ? 1ull << 40 : (slots[i] & ~0xFFFFFFFFull) | 41;
        memcpy(at + 8 * i, &outside, 8);
        support_write("bad.safetensors", changed, size);
        assert_error(ctx, genrep_vectors_load(ctx, support_path("bad.safetensors"), "mmap=1", &v),
                     GENREP_E_FORMAT, "word_slots");
        memcpy(at + 8 * i, &slots[i], 8);
    }
    for (size_t cut = 0; cut < size; cut += cut < 700 ? 1 : 97) {
        support_write("bad.safetensors", file, cut);
        assert_error(ctx, genrep_vectors_load(ctx, support_path("bad.safetensors"), "mmap=1", &v),
                     GENREP_E_FORMAT, "bad.safetensors");
    }
    assert_null(v);
    free(slots), free(changed), free(file);
    genrep_vectors_unref(good);
    support_remove_files(NULL);
}

/* A foreign file with rows and words only can be read, and says how to make one to be mapped. */
static void a_file_without_tables_is_read_not_mapped(void **state) {
    (void)state;
    static const char header[] =
        "{\"vectors\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[5,13]},"
        "\"words\":{\"dtype\":\"U8\",\"shape\":[5],\"data_offsets\":[0,5]}}";
    char file[256];
    uint64_t length = sizeof header - 1;
    static const float rows[] = {1, -2};
    memcpy(file, &length, 8);
    memcpy(file + 8, header, length);
    memcpy(file + 8 + length, "a\0bc", 5);
    memcpy(file + 13 + length, rows, sizeof rows);
    support_write("v", file, 21 + length);
    genrep_vectors *v;
    assert_error(ctx, genrep_vectors_load(ctx, support_path("v"), "mmap=1", &v), GENREP_E_FORMAT,
                 "format=safetensors");
    assert_ok(ctx, genrep_vectors_load(ctx, support_path("v"), NULL, &v));
    assert_int_equal(genrep_vectors_find(v, "bc", 2), 1);
    assert_true(genrep_vectors_row(v, 1)[0] == -2);
    genrep_vectors_unref(v);
    support_remove_files(NULL);
}

/* Kilobytes of this process's map of the file that are copies of its own; 1 without such a map, -1
 * where the system does not tell. */
static long copied_kilobytes(const char *name) {
    char line[512];
    long kilobytes = 0, value;
    int inside = 0, maps_found = 0;
    FILE *maps = fopen("/proc/self/smaps", "r");
    if (maps == NULL) return -1;
    while (fgets(line, sizeof line, maps) != NULL) {
        unsigned long begin, end;
        if (sscanf(line, "%lx-%lx ", &begin, &end) == 2) /* a map begins */
            maps_found += inside = strstr(line, name) != NULL;
        if (inside && sscanf(line, "Anonymous: %ld kB", &value) == 1) kilobytes += value;
    }
    fclose(maps);
    return maps_found > 0 ? kilobytes : 1;
}

static void two_processes_map_one_file(void **state) {
    (void)state;
    genrep_vectors *made = make(5000, 64), *mine;
    assert_ok(ctx, genrep_vectors_save(made, support_path("v.safetensors"), NULL));
    int64_t before, after;
    assert_ok(ctx, genrep_ctx_memory(ctx, &before, NULL));
    assert_ok(ctx, genrep_vectors_load(ctx, support_path("v.safetensors"), "mmap=1", &mine));
    assert_ok(ctx, genrep_ctx_memory(ctx, &after, NULL));
    assert_true(after - before < 20000); /* rows and words are in no memory of ours */
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) { /* a process of its own: context, map and query */
        genrep_ctx *own = NULL;
        genrep_vectors *v = NULL;
        int64_t nearest[8] = {0};
        if (genrep_ctx_new("threads=1", NULL, &own) == 0 &&
            genrep_vectors_load(own, support_path("v.safetensors"), "mmap=1", &v) == 0 &&
            genrep_vectors_nearest(v, genrep_vectors_row(v, 9), -1, 8, nearest, NULL, NULL) == 0 &&
            write(ends[1], nearest, sizeof nearest) == sizeof nearest)
            _exit(copied_kilobytes("v.safetensors") <= 0 ? 0 : 2);
        _exit(1);
    }
    int64_t theirs[8], nearest[8];
    int status;
    assert_int_equal(read(ends[0], theirs, sizeof theirs), sizeof theirs);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_ok(
        ctx, genrep_vectors_nearest(mine, genrep_vectors_row(made, 9), -1, 8, nearest, NULL, NULL));
    assert_memory_equal(nearest, theirs, sizeof nearest);
    check_same(made, mine);
    assert_true(copied_kilobytes("v.safetensors") <= 0);
    close(ends[0]), close(ends[1]);
    /* The file is replaced: who has mapped the old one keeps it. */
    genrep_vectors *other = make(7, 2);
    assert_ok(ctx, genrep_vectors_save(other, support_path("v.safetensors"), NULL));
    check_same(made, mine);
    genrep_vectors_unref(other);
    genrep_vectors_unref(mine);
    genrep_vectors_unref(made);
    support_remove_files(NULL);
}

/* The trainer's table has room between rows, and is written without being copied. */
static void a_trainers_vectors_are_written_without_a_copy(void **state) {
    (void)state;
    enum { WORDS = 3000, SIZE = 200 };
    static char text[WORDS * 8];
    size_t used = 0;
    for (int i = 0; i < WORDS; i++) used += (size_t)sprintf(text + used, "w%d ", i);
    genrep_dataset *data;
    genrep_trainer *trainer;
    genrep_vectors *copy, *again;
    int64_t before, peak;
    genrep_ctx *own = support_ctx(NULL);
    assert_ok(own, genrep_dataset_from_text(own, text, used, NULL, NULL, &data));
    assert_ok(own, genrep_trainer_new(own, "word2vec size=200 min_count=1 epochs=1 deterministic=0",
                                      data, &trainer));
    assert_true(genrep_trainer_step(trainer, 1) >= 0);
    static const char *const specs[] = {"format=binary", "format=text", "format=safetensors",
                                        "format=npy"};
    for (int i = 0; i < 4; i++) {
        assert_ok(own, genrep_ctx_memory(own, &before, NULL));
        assert_ok(own, genrep_trainer_save_vectors(trainer, support_path("t"), specs[i]));
        assert_ok(own, genrep_ctx_memory(own, NULL, &peak));
        assert_true(peak < before + WORDS * SIZE * (int64_t)sizeof(float) / 2);
    }
    assert_ok(own, genrep_trainer_vectors(trainer, &copy));
    for (int i = 0; i < 4; i++) {
        assert_ok(own, genrep_trainer_save_vectors(trainer, support_path("t"), specs[i]));
        assert_ok(own, genrep_vectors_load(own, support_path("t"), NULL, &again));
        check_same(copy, again);
        genrep_vectors_unref(again);
    }
    assert_error(own, genrep_trainer_save_vectors(trainer, support_path("t"), "format=word"),
                 GENREP_E_INVALID, "format");
    genrep_trainer_unref(trainer); /* the copy stays */
    assert_ok(own, genrep_vectors_load(own, support_path("t"), NULL, &again));
    check_same(copy, again);
    genrep_vectors_unref(again);
    genrep_vectors_unref(copy);
    genrep_dataset_unref(data);
    genrep_ctx_unref(own);
    support_remove_files(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format_reads_back_bit_by_bit),
        cmocka_unit_test(files_have_the_bytes_that_other_programs_read),
        cmocka_unit_test(files_of_other_programs_are_read),
        cmocka_unit_test(words_that_a_format_cannot_hold_are_refused_and_nothing_is_left),
        cmocka_unit_test(damaged_files_are_refused_with_their_name_and_place),
        cmocka_unit_test(a_damaged_file_is_not_mapped),
        cmocka_unit_test(a_file_without_tables_is_read_not_mapped),
        cmocka_unit_test(two_processes_map_one_file),
        cmocka_unit_test(a_trainers_vectors_are_written_without_a_copy),
    };
    return cmocka_run_group_tests(tests, make_ctx, end_ctx);
}
