/* word2vec over a new text from another run's checkpoint: what is taken over, what is new, what is
 * refused. */
#include <support.h>
#include <corpus.h>
#include <files.h>
#include <io/safetensors.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <train/state.h>

#define SPEC "word2vec size=40 window=2 negative=2 min_count=2 sample=0 epochs=4 alpha=0.2 "

static const char first_text[] = "the cat sat on the mat the cat sat\nrare rare on mat the cat\n";
static const char second_text[] =
    "a dog sat on the log a dog\nthe log sat on once rare a mat\nthe dog the dog the dog the log\n";

static genrep_trainer *grown(genrep_ctx *ctx, const char *spec, const char *path) {
    char all[1024];
    snprintf(all, sizeof all, "%s grow='%s'", spec, path);
    return support_word2vec(ctx, second_text, sizeof second_text - 1, all);
}

static void save_first(genrep_ctx *ctx, const char *spec, const char *path) {
    genrep_trainer *trainer = support_word2vec(ctx, first_text, sizeof first_text - 1, spec);
    support_steps(ctx, trainer, 1000);
    assert_ok(ctx, genrep_trainer_checkpoint(trainer, path));
    genrep_trainer_unref(trainer);
}

typedef struct table {
    genrep_tensor *left, *right; /* panels; right is NULL if there is one */
} table;

static table load(genrep_ctx *ctx, const char *path, const char *name) {
    table t = {NULL, NULL};
    char right[64];
    snprintf(right, sizeof right, "%s_right", name);
    assert_ok(ctx, genrep_tensor_load(ctx, path, name, &t.left));
    if (genrep_tensor_load(ctx, path, right, &t.right) != 0) t.right = NULL;
    return t;
}

static float at(const table *t, int64_t row, int64_t j) {
    const int64_t columns = t->left->shape.size[1];
    const genrep_tensor *in = j < columns ? t->left : t->right;
    const float *rows = genrep_tensor_read(in);
    return j < columns ? rows[row * columns + j] : rows[row * in->shape.size[1] + j - columns];
}

static void discard(table *t) {
    genrep_tensor_unref(t->left);
    genrep_tensor_unref(t->right);
}

static genrep_vectors *vectors_of(genrep_ctx *ctx, genrep_trainer *trainer) {
    genrep_vectors *v;
    assert_ok(ctx, genrep_trainer_vectors(trainer, &v));
    return v;
}

/* With panels and without, either way; with a bias; with n-grams. */
static void old_rows_are_taken_over_and_new_ones_start_as_always(void **state) {
    (void)state;
    static const char *const specs[][2] = {
        {SPEC, SPEC},
        {SPEC "bias=1", SPEC "bias=1 deterministic=0"},
        {SPEC "deterministic=0", SPEC "dynamic=0 combine=mean"},
        {SPEC "max_ngram=4", SPEC "max_ngram=4"},
        {SPEC "max_ngram=4 buckets=50", SPEC "max_ngram=4 buckets=50 deterministic=0"},
    };
    for (size_t s = 0; s < sizeof specs / sizeof *specs; s++) {
        genrep_ctx *ctx = support_ctx(NULL);
        char old_path[512], new_path[512];
        snprintf(old_path, sizeof old_path, "%s", support_path("old.safetensors"));
        snprintf(new_path, sizeof new_path, "%s", support_path("new.safetensors"));
        save_first(ctx, specs[s][0], old_path);
        genrep_trainer *old = support_word2vec(ctx, first_text, sizeof first_text - 1, specs[s][0]);
        assert_ok(ctx, genrep_trainer_resume(old, old_path));
        genrep_trainer *trainer = grown(ctx, specs[s][1], old_path);
        int64_t done;
        assert_ok(ctx, genrep_trainer_progress(trainer, &done, NULL));
        assert_int_equal(done, 0);
        assert_ok(ctx, genrep_trainer_checkpoint(trainer, new_path));
        genrep_vectors *a = vectors_of(ctx, old), *b = vectors_of(ctx, trainer);
        /* </s> the cat sat on mat rare; and a dog log, but not once */
        assert_int_equal(genrep_vectors_size(a), 7);
        assert_int_equal(genrep_vectors_size(b), 10);
        assert_int_equal(genrep_vectors_find(b, "once", 4), -1);
        table in = load(ctx, new_path, "input"),
              out[2] = {load(ctx, old_path, "output"), load(ctx, new_path, "output")};
        genrep_tensor *bias[2] = {NULL, NULL};
        if (strstr(specs[s][0], "bias=1") != NULL) {
            assert_ok(ctx, genrep_tensor_load(ctx, old_path, "bias", &bias[0]));
            assert_ok(ctx, genrep_tensor_load(ctx, new_path, "bias", &bias[1]));
        }
        for (int64_t i = 0; i < 7; i++) {
            const int64_t to = genrep_vectors_find(b, genrep_vectors_word(a, i), (size_t)-1);
            assert_true(to >= 0);
            assert_memory_equal(genrep_vectors_row(a, i), genrep_vectors_row(b, to),
                                40 * sizeof(float));
            float moved = 0;
            for (int64_t j = 0; j < 40; j++) {
                assert_true(at(&out[0], i, j) == at(&out[1], to, j));
                moved += fabsf(at(&out[0], i, j));
            }
            assert_true(i == 0 || moved > 0.01f); /* else this would show nothing */
            if (bias[0] != NULL)
                assert_true(((const float *)genrep_tensor_read(bias[0]))[i] ==
                            ((const float *)genrep_tensor_read(bias[1]))[to]);
        }
        static const char *const fresh[] = {"a", "dog", "log"};
        for (int w = 0; w < 3; w++) {
            const int64_t row = genrep_vectors_find(b, fresh[w], (size_t)-1);
            assert_true(row > 0);
            float size = 0;
            for (int64_t j = 0; j < 40; j++) {
                assert_true(at(&out[1], row, j) == 0 && fabsf(at(&in, row, j)) <= 0.5f / 40);
                size += fabsf(at(&in, row, j));
            }
            assert_true(size > 0);
        }
        float vector[40], again[40]; /* of n-grams that both have */
        if (strstr(specs[s][0], "max_ngram") != NULL && strstr(specs[s][0], "buckets") == NULL) {
            assert_ok(ctx, genrep_vectors_vector(a, "xcat", 4, vector));
            assert_ok(ctx, genrep_vectors_vector(b, "xcat", 4, again));
            assert_memory_equal(vector, again, sizeof vector);
        }
        support_steps(ctx, trainer, 1000);
        double words;
        assert_ok(ctx, genrep_trainer_metric(trainer, "words", &words));
        assert_true(words == 4 * (8 + 7 + 8 + 3)); /* with the ends of lines, without "once" */
        for (int i = 0; i < 2; i++) {
            discard(&out[i]);
            genrep_tensor_unref(bias[i]);
        }
        discard(&in);
        genrep_vectors_unref(a);
        genrep_vectors_unref(b);
        genrep_trainer_unref(old);
        genrep_trainer_unref(trainer);
        genrep_ctx_unref(ctx);
    }
}

static void a_grown_run_resumes_to_the_same_bytes(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    const char *spec = SPEC "max_ngram=4 block=10";
    save_first(ctx, spec, support_path("old.safetensors"));
    genrep_trainer *whole = grown(ctx, spec, support_path("old.safetensors")), *half;
    support_steps(ctx, whole, 1000);
    const uint64_t expected = support_fingerprint(ctx, whole);
    half = grown(ctx, spec, support_path("old.safetensors"));
    assert_true(support_fingerprint(ctx, half) != expected);
    support_steps(ctx, half, 3);
    assert_ok(ctx, genrep_trainer_checkpoint(half, support_path("half.safetensors")));
    genrep_trainer_unref(half);
    half = grown(ctx, spec, support_path("old.safetensors"));
    assert_ok(ctx, genrep_trainer_resume(half, support_path("half.safetensors")));
    support_steps(ctx, half, 1000);
    assert_true(support_fingerprint(ctx, half) == expected);
    genrep_trainer_unref(half);
    genrep_trainer_unref(whole);
    /* and a grown run can grow */
    genrep_trainer *third = grown(ctx, spec, support_path("half.safetensors"));
    support_steps(ctx, third, 1000);
    genrep_trainer_unref(third);
    genrep_ctx_unref(ctx);
}

/* A bound on the vocabulary may leave old words out, and with them their rows. */
static void a_bounded_vocabulary_keeps_the_commonest_words(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    const char *spec = SPEC "max_ngram=4 bias=1 max_vocab=4";
    save_first(ctx, SPEC "max_ngram=4 bias=1", support_path("old.safetensors"));
    genrep_trainer *trainer = grown(ctx, spec, support_path("old.safetensors"));
    genrep_vectors *v = vectors_of(ctx, trainer);
    const int64_t size = genrep_vectors_size(v);
    assert_true(size >= 5 && size <= 10);
    assert_true(genrep_vectors_find(v, "the", 3) > 0);
    support_steps(ctx, trainer, 1000);
    genrep_vectors_unref(v);
    genrep_trainer_unref(trainer);
    genrep_ctx_unref(ctx);
}

static void refuse(genrep_ctx *ctx, const char *spec, const char *path, int32_t status,
                   const char *error) {
    char all[1024];
    genrep_dataset *dataset;
    genrep_trainer *trainer = NULL;
    snprintf(all, sizeof all, "%s grow='%s'", spec, path);
    assert_ok(ctx, genrep_dataset_from_text(ctx, second_text, sizeof second_text - 1, NULL, NULL,
                                            &dataset));
    assert_error(ctx, genrep_trainer_new(ctx, all, dataset, &trainer), status, error);
    assert_null(trainer);
    genrep_dataset_unref(dataset);
}

static void what_does_not_fit_is_refused(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    char path[512];
    snprintf(path, sizeof path, "%s", support_path("old.safetensors"));
    save_first(ctx, SPEC "max_ngram=4", path);
    static const struct {
        const char *spec, *error;
    } others[] = {
        {"word2vec min_count=2 size=41 max_ngram=4", "size=40"},
        {SPEC "max_ngram=4 bias=1", "another bias="},
        {SPEC, "another max_ngram="},
        {SPEC "max_ngram=4 min_ngram=2", "another min_ngram="},
        {SPEC "max_ngram=4 buckets=7", "another buckets="},
        {SPEC "max_ngram=4 objective=hierarchical", "objective=negative"},
        {SPEC "objective=softmax", "objective=negative"},
        {SPEC "max_ngram=4 vocab='v.txt'", "leave out vocab="},
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        refuse(ctx, others[i].spec, path, GENREP_E_INVALID, others[i].error);
    save_first(ctx, SPEC "objective=hierarchical", path);
    refuse(ctx, SPEC, path, GENREP_E_INVALID, "another objective=");
    refuse(ctx, SPEC, support_path("none.safetensors"), GENREP_E_IO, "none.safetensors");
    support_write("text.safetensors", "no checkpoint", 13);
    refuse(ctx, SPEC, support_path("text.safetensors"), GENREP_E_FORMAT, "text.safetensors");
    genrep_ctx_unref(ctx);
}

/* A file with a right checksum and wrong insides: V words of size 40 in one panel. */
static void hostile(genrep_ctx *ctx, const char *words, int64_t word_bytes, const void *counts,
                    int64_t count_bytes, int64_t rows, int64_t columns, const char *spec,
                    const char *error) {
    float *zeros = calloc((size_t)(rows * columns), sizeof *zeros);
    const genrepi_shape shape = genrepi_shape_of(2, (const int64_t[]){rows, columns});
    const genrepi_safetensors_entry entries[] = {
        {"vocabulary/words", GENREP_U8, genrepi_shape_of(1, &word_bytes), words},
        {"vocabulary/counts", GENREP_U8, genrepi_shape_of(1, &count_bytes), counts},
        {"input", GENREP_F32, shape, zeros},
        {"output", GENREP_F32, shape, zeros},
    };
    const genrepi_safetensors_metadata_entry texts[] = {{"format", GENREPI_CHECKPOINT_FORMAT},
                                                        {"spec", spec}};
    const char *path = support_path("hostile.safetensors");
    assert_ok(ctx, genrepi_safetensors_write(ctx, path, entries, 4, texts, 2));
    free(zeros);
    if (error != NULL) {
        refuse(ctx, SPEC, path, strstr(error, "trainer") ? GENREP_E_INVALID : GENREP_E_FORMAT,
               error);
        return;
    }
    genrep_trainer_unref(grown(ctx, SPEC, path));
}

static void hostile_files_are_refused(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    const unsigned char counts[32] = {1, [8] = 3, [16] = 2};
    unsigned char negative[24] = {1, [8] = 3, [16] = 2, [23] = 0x80};
    hostile(ctx, "</s>\0the\0cat", 13, counts, 24, 3, 48, SPEC, NULL);
    hostile(ctx, "</s>\0the\0cat", 13, counts, 24, 3, 40, SPEC, NULL); /* not padded */
    static const char damaged[] = "the vocabulary in the checkpoint is damaged";
    hostile(ctx, "</s>\0the\0cat", 12, counts, 24, 3, 48, SPEC, damaged);   /* no end */
    hostile(ctx, "</s>\0the\0cat\0", 14, counts, 24, 3, 48, SPEC, damaged); /* one more */
    hostile(ctx, "</s>\0the\0the", 13, counts, 24, 3, 48, SPEC, damaged);   /* twice */
    hostile(ctx, "</s>\0the\0", 10, counts, 24, 3, 48, SPEC, damaged);      /* an empty one */
    hostile(ctx, "the\0</s>\0cat", 13, counts, 24, 3, 48, SPEC, damaged);
    hostile(ctx, "</s>\0the\0cat", 13, counts, 23, 3, 48, SPEC, damaged);
    hostile(ctx, "</s>\0the\0cat", 13, counts, 32, 3, 48, SPEC, damaged);
    hostile(ctx, "</s>\0the\0cat", 13, negative, 24, 3, 48, SPEC, damaged);
    hostile(ctx, "</s>\0the\0cat", 13, counts, 24, 2, 48, SPEC, "'input' in the checkpoint");
    hostile(ctx, "</s>\0the\0cat", 13, counts, 24, 3, 39, SPEC, "'input' in the checkpoint");
    hostile(ctx, "</s>\0the\0cat", 13, counts, 24, 3, 64, SPEC, "'input' in the checkpoint");
    hostile(ctx, "</s>\0the\0cat", 13, counts, 24, 3, 48, "gan", "one of a gan trainer");
    genrep_ctx_unref(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(old_rows_are_taken_over_and_new_ones_start_as_always),
        cmocka_unit_test(a_grown_run_resumes_to_the_same_bytes),
        cmocka_unit_test(a_bounded_vocabulary_keeps_the_commonest_words),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(hostile_files_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, support_remove_files);
}
