/* Every public function with NULL for each of its pointers in turn: it refuses, or does what its
 * documentation says, and nothing is touched.  tests/unit/meson.build checks that none is left out.
 */
#include <support.h>

#include <string.h>

/* What the calls need: one good handle of each type. */
static genrep_ctx *ctx;
static genrep_tensor *x;
static genrep_layer *layer;
static genrep_tape *tape;
static genrep_optimizer *optimizer;
static genrep_dataset *data, *text;
static genrep_trainer *trainer;
static genrep_vocab *vocab;
static genrep_trainer *words;
static genrep_vectors *vectors;
static genrep_density *density;

/* The call refuses; REFUSED_TEXT: and says why in the context, where another error stood before. */
#define REFUSED(call) assert_int_equal(call, GENREP_E_INVALID)
#define REFUSED_TEXT(call)                                                                         \
    do {                                                                                           \
        genrep_layer *unmade = NULL;                                                               \
        assert_error(ctx, genrep_layer_new(ctx, "earlier", &unmade), GENREP_E_INVALID, "earlier"); \
        REFUSED(call);                                                                             \
        assert_true(*genrep_ctx_error(ctx) != 0);                                                  \
        assert_null(strstr(genrep_ctx_error(ctx), "earlier"));                                     \
    } while (0)

static void questions_take_null(void **state) {
    (void)state;
    char json[8];
    size_t needed = 0;
    assert_true(genrep_version() > 0);
    assert_non_null(genrep_build_info());
    assert_non_null(genrep_status_name(12345));
    assert_int_equal(genrep_has(NULL), 0);
    assert_int_equal(genrep_describe(NULL, NULL, 0, &needed), GENREP_E_RANGE);
    assert_true(needed > 2);
    assert_int_equal(genrep_describe("linear", NULL, 0, NULL), GENREP_E_RANGE);
    REFUSED(genrep_describe("linear", NULL, 8, &needed));
    REFUSED(genrep_describe("no such kind", json, sizeof json, NULL));
    assert_true(genrep_spec_check(NULL, "tanh", json, sizeof json) < 0);
    assert_true(genrep_spec_check("layer", NULL, json, sizeof json) < 0);
    assert_int_equal(genrep_spec_check("layer", "tanh", NULL, 0), 0);
    assert_true(genrep_spec_check(NULL, NULL, NULL, 0) < 0);
}

static void contexts_take_null(void **state) {
    (void)state;
    char copy[8] = "";
    genrep_logger logger = {sizeof logger, NULL, GENREP_LOG_INFO, 0, NULL};
    genrep_runner runner = {sizeof runner, NULL, NULL};
    genrep_allocator allocator = {sizeof allocator, NULL, NULL, NULL};
    genrep_ctx *other = ctx;
    REFUSED(genrep_ctx_new(NULL, NULL, NULL));
    assert_true(genrep_ctx_new(NULL, &allocator, &other) < 0);
    assert_ptr_equal(other, ctx);
    assert_null(genrep_ctx_ref(NULL));
    genrep_ctx_unref(NULL);
    assert_string_equal(genrep_ctx_error(NULL), "no context");
    assert_int_equal(genrep_ctx_error_copy(NULL, copy, sizeof copy), sizeof "no context");
    assert_string_equal(copy, "no cont");
    assert_true(genrep_ctx_error_copy(ctx, NULL, 0) >= 1);
    REFUSED(genrep_ctx_set_logger(NULL, &logger));
    REFUSED_TEXT(genrep_ctx_set_logger(ctx, &logger));
    assert_int_equal(genrep_ctx_set_logger(ctx, NULL), 0);
    REFUSED(genrep_ctx_set_runner(NULL, &runner));
    REFUSED_TEXT(genrep_ctx_set_runner(ctx, &runner));
    assert_int_equal(genrep_ctx_set_runner(ctx, NULL), 0);
    REFUSED(genrep_ctx_memory(NULL, NULL, NULL));
    assert_int_equal(genrep_ctx_memory(ctx, NULL, NULL), 0);
}

static void tensors_take_null(void **state) {
    (void)state;
    const int64_t shape[] = {4, 3};
    genrep_tensor *out = NULL;
    struct DLManagedTensorVersioned *managed = NULL;
    float memory[12];
    REFUSED(genrep_tensor_new(NULL, GENREP_F32, 2, shape, &out));
    REFUSED_TEXT(genrep_tensor_new(ctx, GENREP_F32, 2, NULL, &out));
    REFUSED_TEXT(genrep_tensor_new(ctx, GENREP_F32, 2, shape, NULL));
    REFUSED(genrep_tensor_borrow(NULL, GENREP_F32, 2, shape, memory, 1, NULL, NULL, &out));
    REFUSED_TEXT(genrep_tensor_borrow(ctx, GENREP_F32, 2, NULL, memory, 1, NULL, NULL, &out));
    REFUSED_TEXT(genrep_tensor_borrow(ctx, GENREP_F32, 2, shape, NULL, 1, NULL, NULL, &out));
    REFUSED_TEXT(genrep_tensor_borrow(ctx, GENREP_F32, 2, shape, memory, 1, NULL, NULL, NULL));
    REFUSED(genrep_tensor_from_dlpack(NULL, NULL, &out));
    REFUSED_TEXT(genrep_tensor_from_dlpack(ctx, NULL, &out));
    REFUSED(genrep_tensor_to_dlpack(NULL, &managed));
    REFUSED_TEXT(genrep_tensor_to_dlpack(x, NULL));
    assert_null(genrep_tensor_ref(NULL));
    genrep_tensor_unref(NULL);
    REFUSED(genrep_tensor_slice(NULL, 0, 1, &out));
    REFUSED_TEXT(genrep_tensor_slice(x, 0, 1, NULL));
    REFUSED(genrep_tensor_reshape(NULL, 2, shape, &out));
    REFUSED_TEXT(genrep_tensor_reshape(x, 2, NULL, &out));
    REFUSED_TEXT(genrep_tensor_reshape(x, 2, shape, NULL));
    assert_null(genrep_tensor_data(NULL));
    assert_null(genrep_tensor_read(NULL));
    REFUSED(genrep_tensor_info(NULL, NULL, NULL, NULL, NULL));
    assert_int_equal(genrep_tensor_info(x, NULL, NULL, NULL, NULL), 0);
    REFUSED_TEXT(genrep_tensor_copy(x, NULL));
    REFUSED_TEXT(genrep_tensor_copy(NULL, x));
    REFUSED(genrep_tensor_copy(NULL, NULL));
    REFUSED(genrep_tensor_fill(NULL, 1));
    REFUSED(genrep_tensor_random(NULL, "normal", 1));
    REFUSED_TEXT(genrep_tensor_random(x, NULL, 1));
    assert_null(out);
    assert_null(managed);
}

static void layers_take_null(void **state) {
    (void)state;
    genrep_layer *out = NULL;
    const genrep_custom_layer kind = {.size = sizeof kind};
    REFUSED(genrep_layer_new(NULL, "tanh", &out));
    REFUSED_TEXT(genrep_layer_new(ctx, NULL, &out));
    REFUSED_TEXT(genrep_layer_new(ctx, "tanh", NULL));
    assert_null(genrep_layer_ref(NULL));
    genrep_layer_unref(NULL);
    REFUSED(genrep_layer_copy(NULL, &out));
    REFUSED_TEXT(genrep_layer_copy(layer, NULL));
    REFUSED(genrep_layer_truncate(NULL, 0, &out));
    REFUSED_TEXT(genrep_layer_truncate(layer, 0, NULL));
    assert_null(genrep_layer_spec(NULL));
    assert_int_equal(genrep_layer_parameters(NULL), 0);
    REFUSED(genrep_layer_parameter(NULL, 0, NULL, NULL, NULL));
    assert_int_equal(genrep_layer_parameter(layer, 0, NULL, NULL, NULL), 0);
    REFUSED(genrep_layer_set(NULL, "0.weight", x));
    REFUSED_TEXT(genrep_layer_set(layer, NULL, x));
    REFUSED_TEXT(genrep_layer_set(layer, "0.weight", NULL));
    REFUSED(genrep_layer_zero_grad(NULL));
    REFUSED_TEXT(genrep_layer_blend(NULL, layer, 0.5));
    REFUSED_TEXT(genrep_layer_blend(layer, NULL, 0.5));
    REFUSED(genrep_layer_register(NULL, &kind));
    REFUSED_TEXT(genrep_layer_register(ctx, NULL));
    REFUSED_TEXT(genrep_layer_register(ctx, &kind));
    REFUSED(genrep_gradcheck(NULL, &x, 1, NULL, NULL));
    REFUSED_TEXT(genrep_gradcheck(layer, NULL, 1, NULL, NULL));
    REFUSED_TEXT(genrep_gradcheck(layer, (genrep_tensor *[]){NULL}, 1, NULL, NULL));
    assert_null(out);
}

static void tapes_take_null(void **state) {
    (void)state;
    genrep_tape *other = NULL;
    genrep_tensor *out = NULL;
    REFUSED(genrep_tape_new(NULL, NULL, &other));
    REFUSED_TEXT(genrep_tape_new(ctx, NULL, NULL));
    assert_null(genrep_tape_ref(NULL));
    genrep_tape_unref(NULL);
    REFUSED(genrep_tape_reset(NULL, 0));
    REFUSED(genrep_tape_watch(NULL, x));
    REFUSED_TEXT(genrep_tape_watch(tape, NULL));
    REFUSED(genrep_tape_freeze(NULL, layer));
    REFUSED_TEXT(genrep_tape_freeze(tape, NULL));
    REFUSED(genrep_layer_apply(NULL, tape, &x, 1, &out, 1));
    REFUSED_TEXT(genrep_layer_apply(layer, NULL, &x, 1, &out, 1));
    REFUSED_TEXT(genrep_layer_apply(layer, tape, NULL, 1, &out, 1));
    REFUSED_TEXT(genrep_layer_apply(layer, tape, (genrep_tensor *[]){NULL}, 1, &out, 1));
    REFUSED_TEXT(genrep_layer_apply(layer, tape, &x, 1, NULL, 1));
    REFUSED(genrep_tape_backward(NULL, x));
    REFUSED_TEXT(genrep_tape_backward(tape, NULL));
    REFUSED(genrep_tape_grad(NULL, x, &out));
    REFUSED_TEXT(genrep_tape_grad(tape, NULL, &out));
    REFUSED_TEXT(genrep_tape_grad(tape, x, NULL));
    assert_null(other);
    assert_null(out);
}

static void optimizers_take_null(void **state) {
    (void)state;
    genrep_optimizer *out = NULL;
    double rate = 0;
    REFUSED(genrep_optimizer_new(NULL, "sgd", &out));
    REFUSED_TEXT(genrep_optimizer_new(ctx, NULL, &out));
    REFUSED_TEXT(genrep_optimizer_new(ctx, "sgd", NULL));
    assert_null(genrep_optimizer_ref(NULL));
    genrep_optimizer_unref(NULL);
    REFUSED(genrep_optimizer_add(NULL, layer));
    REFUSED_TEXT(genrep_optimizer_add(optimizer, NULL));
    REFUSED(genrep_optimizer_step(NULL));
    REFUSED(genrep_optimizer_rate(NULL, &rate));
    REFUSED_TEXT(genrep_optimizer_rate(optimizer, NULL));
    REFUSED(genrep_optimizer_observe(NULL, 1));
    assert_null(out);
}

static void files_take_null(void **state) {
    (void)state;
    genrep_tensor *out = NULL;
    genrep_layer *loaded = NULL;
    REFUSED(genrep_tensor_save(NULL, "a.npy", NULL));
    REFUSED_TEXT(genrep_tensor_save(x, NULL, NULL));
    REFUSED_TEXT(genrep_tensor_save(x, "a.safetensors", NULL));
    REFUSED(genrep_tensor_load(NULL, "a.npy", NULL, &out));
    REFUSED_TEXT(genrep_tensor_load(ctx, NULL, NULL, &out));
    REFUSED_TEXT(genrep_tensor_load(ctx, "a.npy", NULL, NULL));
    REFUSED(genrep_image_grid(NULL, NULL, "a.png"));
    REFUSED_TEXT(genrep_image_grid(x, NULL, NULL));
    REFUSED(genrep_layer_save(NULL, "a.safetensors"));
    REFUSED_TEXT(genrep_layer_save(layer, NULL));
    REFUSED(genrep_layer_load(NULL, "a.safetensors", NULL, &loaded));
    REFUSED_TEXT(genrep_layer_load(ctx, NULL, NULL, &loaded));
    REFUSED_TEXT(genrep_layer_load(ctx, "a.safetensors", NULL, NULL));
    assert_null(out);
    assert_null(loaded);
}

static void datasets_take_null(void **state) {
    (void)state;
    const char *const names[] = {"images"};
    genrep_dataset *out = NULL;
    const genrep_source source = {.size = sizeof source, .count = 1, .n_fields = 1};
    REFUSED(genrep_dataset_new(NULL, "idx images=a", &out));
    REFUSED_TEXT(genrep_dataset_new(ctx, NULL, &out));
    REFUSED_TEXT(genrep_dataset_new(ctx, "idx images=a", NULL));
    REFUSED(genrep_dataset_from_tensors(NULL, 1, names, &x, &out));
    REFUSED_TEXT(genrep_dataset_from_tensors(ctx, 1, NULL, &x, &out));
    REFUSED_TEXT(genrep_dataset_from_tensors(ctx, 1, names, NULL, &out));
    REFUSED_TEXT(genrep_dataset_from_tensors(ctx, 1, (const char *[]){NULL}, &x, &out));
    REFUSED_TEXT(genrep_dataset_from_tensors(ctx, 1, names, (genrep_tensor *[]){NULL}, &out));
    REFUSED_TEXT(genrep_dataset_from_tensors(ctx, 1, names, &x, NULL));
    REFUSED(genrep_dataset_from_source(NULL, &source, &out));
    REFUSED_TEXT(genrep_dataset_from_source(ctx, NULL, &out));
    REFUSED_TEXT(genrep_dataset_from_source(ctx, &source, &out));
    REFUSED_TEXT(genrep_dataset_from_source(ctx, &source, NULL));
    REFUSED(genrep_dataset_from_text(NULL, "a", 1, NULL, NULL, &out));
    REFUSED_TEXT(genrep_dataset_from_text(ctx, NULL, 1, NULL, NULL, &out));
    REFUSED_TEXT(genrep_dataset_from_text(ctx, "a", 1, NULL, NULL, NULL));
    genrep_text_source host = {.size = sizeof host};
    REFUSED(genrep_dataset_from_text_source(NULL, &host, &out));
    REFUSED_TEXT(genrep_dataset_from_text_source(ctx, NULL, &out));
    REFUSED_TEXT(genrep_dataset_from_text_source(ctx, &host, &out));
    REFUSED_TEXT(genrep_dataset_from_text_source(ctx, &host, NULL));
    REFUSED(genrep_dataset_filter(NULL, "limit", &out));
    REFUSED_TEXT(genrep_dataset_filter(text, NULL, &out));
    REFUSED_TEXT(genrep_dataset_filter(text, "limit", NULL));
    REFUSED(genrep_dataset_save_text(NULL, "a"));
    REFUSED_TEXT(genrep_dataset_save_text(text, NULL));
    assert_null(genrep_dataset_ref(NULL));
    genrep_dataset_unref(NULL);
    assert_int_equal(genrep_dataset_count(NULL), 0);
    assert_int_equal(genrep_dataset_fields(NULL), 0);
    REFUSED(genrep_dataset_field(NULL, 0, NULL, NULL, NULL, NULL));
    assert_int_equal(genrep_dataset_field(data, 0, NULL, NULL, NULL, NULL), 0);
    REFUSED(genrep_dataset_batch(NULL, 0, &x, 1));
    REFUSED_TEXT(genrep_dataset_batch(data, 0, NULL, 1));
    assert_int_equal(genrep_dataset_batch(data, 0, (genrep_tensor *[]){NULL}, 1), 0);
    assert_null(out);
}

static void trainers_take_null(void **state) {
    (void)state;
    genrep_trainer *out = NULL;
    genrep_layer *part = NULL;
    genrep_tensor *samples = NULL;
    genrep_vectors *none = NULL;
    double value = 0;
    REFUSED(genrep_trainer_new(NULL, "gan", data, &out));
    REFUSED_TEXT(genrep_trainer_new(ctx, NULL, data, &out));
    REFUSED_TEXT(genrep_trainer_new(ctx, "gan", NULL, &out));
    REFUSED_TEXT(genrep_trainer_new(ctx, "gan", data, NULL));
    assert_null(genrep_trainer_ref(NULL));
    genrep_trainer_unref(NULL);
    REFUSED(genrep_trainer_step(NULL, 1));
    genrep_trainer_cancel(NULL);
    REFUSED(genrep_trainer_progress(NULL, NULL, NULL));
    assert_int_equal(genrep_trainer_progress(trainer, NULL, NULL), 0);
    REFUSED(genrep_trainer_metric(NULL, "loss_d", &value));
    REFUSED_TEXT(genrep_trainer_metric(trainer, NULL, &value));
    REFUSED_TEXT(genrep_trainer_metric(trainer, "loss_d", NULL));
    assert_null(genrep_trainer_metric_name(NULL, 0));
    REFUSED(genrep_trainer_layer(NULL, "generator", &part));
    REFUSED_TEXT(genrep_trainer_layer(trainer, NULL, &part));
    REFUSED_TEXT(genrep_trainer_layer(trainer, "generator", NULL));
    REFUSED(genrep_trainer_set_layer(NULL, "generator", layer));
    REFUSED_TEXT(genrep_trainer_set_layer(trainer, NULL, layer));
    REFUSED_TEXT(genrep_trainer_set_layer(trainer, "generator", NULL));
    REFUSED(genrep_trainer_sample(NULL, 1, NULL, 1, &samples));
    REFUSED_TEXT(genrep_trainer_sample(trainer, 1, NULL, 1, NULL));
    REFUSED(genrep_trainer_save_vectors(NULL, "a", NULL));
    REFUSED_TEXT(genrep_trainer_save_vectors(words, NULL, NULL));
    REFUSED(genrep_trainer_vectors(NULL, &none));
    REFUSED_TEXT(genrep_trainer_vectors(words, NULL));
    REFUSED(genrep_trainer_evaluate(NULL, text, &value));
    REFUSED_TEXT(genrep_trainer_evaluate(words, NULL, &value));
    REFUSED_TEXT(genrep_trainer_evaluate(words, text, NULL));
    REFUSED(genrep_trainer_checkpoint(NULL, "a"));
    REFUSED_TEXT(genrep_trainer_checkpoint(trainer, NULL));
    REFUSED(genrep_trainer_resume(NULL, "a"));
    REFUSED_TEXT(genrep_trainer_resume(trainer, NULL));
    assert_null(out);
    assert_null(part);
    assert_null(samples);
    assert_null(none);
}

static void vocabularies_take_null(void **state) {
    (void)state;
    genrep_vocab *out = NULL;
    REFUSED(genrep_vocab_build(NULL, NULL, &out));
    REFUSED_TEXT(genrep_vocab_build(text, NULL, NULL));
    REFUSED(genrep_vocab_load(NULL, "a", &out));
    REFUSED_TEXT(genrep_vocab_load(ctx, NULL, &out));
    REFUSED_TEXT(genrep_vocab_load(ctx, "a", NULL));
    assert_int_equal(genrep_vocab_invalid(NULL), 0);
    REFUSED(genrep_vocab_save(NULL, "a"));
    REFUSED_TEXT(genrep_vocab_save(vocab, NULL));
    assert_null(genrep_vocab_ref(NULL));
    genrep_vocab_unref(NULL);
    assert_int_equal(genrep_vocab_size(NULL), 0);
    assert_int_equal(genrep_vocab_total(NULL), 0);
    assert_int_equal(genrep_vocab_find(NULL, "a", 1), -1);
    assert_int_equal(genrep_vocab_find(vocab, NULL, 1), -1);
    assert_null(genrep_vocab_word(NULL, 0, NULL));
    assert_non_null(genrep_vocab_word(vocab, 0, NULL));
    assert_null(out);
}

static void evaluations_take_null(void **state) {
    (void)state;
    genrep_evaluation *out = NULL, *pairs;
    genrep_dataset *set;
    int32_t classes = 7;
    float points[2] = {7, 7};
    static const char SET[] = "one two 3\nthree one 5\n";
    REFUSED(genrep_vectors_analogies(NULL, text, NULL, &out));
    REFUSED_TEXT(genrep_vectors_analogies(vectors, NULL, NULL, &out));
    REFUSED_TEXT(genrep_vectors_analogies(vectors, text, NULL, NULL));
    REFUSED(genrep_vectors_similarities(NULL, text, NULL, &out));
    REFUSED_TEXT(genrep_vectors_similarities(vectors, NULL, NULL, &out));
    REFUSED_TEXT(genrep_vectors_similarities(vectors, text, NULL, NULL));
    assert_null(out);
    REFUSED(genrep_vectors_classes(NULL, "classes=1", &classes));
    REFUSED_TEXT(genrep_vectors_classes(vectors, NULL, &classes));
    REFUSED_TEXT(genrep_vectors_classes(vectors, "classes=1", NULL));
    REFUSED(genrep_vectors_map(NULL, "pca", NULL, 1, points, NULL));
    REFUSED_TEXT(genrep_vectors_map(vectors, NULL, NULL, 1, points, NULL));
    REFUSED_TEXT(genrep_vectors_map(vectors, "pca", NULL, 1, NULL, NULL));
    assert_true(classes == 7 && points[0] == 7);
    assert_ok(ctx, genrep_vectors_map(vectors, "pca", NULL, 1, points, NULL));
    assert_null(genrep_evaluation_ref(NULL));
    genrep_evaluation_unref(NULL);
    assert_int_equal(genrep_evaluation_words(NULL), 0);
    assert_int_equal(genrep_evaluation_rows(NULL), 0);
    assert_int_equal(genrep_evaluation_find(NULL, "total"), -1);
    assert_null(genrep_evaluation_name(NULL, 0));
    REFUSED(genrep_evaluation_row(NULL, 0, NULL, NULL, NULL, NULL));
    assert_ok(ctx, genrep_dataset_from_text(ctx, SET, strlen(SET), NULL, NULL, &set));
    assert_ok(ctx, genrep_vectors_similarities(vectors, set, NULL, &pairs));
    assert_int_equal(genrep_evaluation_find(pairs, NULL), -1);
    assert_null(genrep_evaluation_name(pairs, -1));
    assert_ok(ctx, genrep_evaluation_row(pairs, 0, NULL, NULL, NULL, NULL));
    genrep_evaluation_unref(pairs);
    genrep_dataset_unref(set);
}

static void vectors_take_null(void **state) {
    (void)state;
    genrep_vectors *out = NULL;
    const float query[2] = {1, 0};
    int64_t nearest = 0;
    double cosine = 7;
    REFUSED(genrep_vectors_load(NULL, "a", NULL, &out));
    REFUSED_TEXT(genrep_vectors_load(ctx, NULL, NULL, &out));
    REFUSED_TEXT(genrep_vectors_load(ctx, "a", NULL, NULL));
    REFUSED(genrep_vectors_save(NULL, "a", NULL));
    REFUSED_TEXT(genrep_vectors_save(vectors, NULL, NULL));
    assert_null(genrep_vectors_ref(NULL));
    genrep_vectors_unref(NULL);
    assert_int_equal(genrep_vectors_size(NULL), 0);
    assert_int_equal(genrep_vectors_dim(NULL), 0);
    assert_int_equal(genrep_vectors_find(NULL, "a", 1), -1);
    assert_int_equal(genrep_vectors_find(vectors, NULL, 1), -1);
    assert_null(genrep_vectors_word(NULL, 0));
    assert_null(genrep_vectors_row(NULL, 0));
    float vector[64];
    REFUSED(genrep_vectors_vector(NULL, "a", 1, vector));
    REFUSED_TEXT(genrep_vectors_vector(vectors, NULL, 1, vector));
    REFUSED_TEXT(genrep_vectors_vector(vectors, "a", 1, NULL));
    REFUSED(genrep_vectors_nearest(NULL, query, -1, 1, &nearest, NULL, NULL));
    REFUSED_TEXT(genrep_vectors_nearest(vectors, NULL, -1, 1, &nearest, NULL, NULL));
    REFUSED_TEXT(genrep_vectors_nearest(vectors, query, -1, 1, NULL, NULL, NULL));
    assert_int_equal(genrep_vectors_nearest(vectors, query, -1, 1, &nearest, NULL, NULL), 0);
    REFUSED(genrep_vectors_nearest_batch(NULL, NULL, 1, query, 0, NULL, 1, &nearest, NULL, NULL));
    REFUSED_TEXT(
        genrep_vectors_nearest_batch(vectors, NULL, 1, NULL, 0, NULL, 1, &nearest, NULL, NULL));
    REFUSED_TEXT(
        genrep_vectors_nearest_batch(vectors, NULL, 1, query, 1, NULL, 1, &nearest, NULL, NULL));
    REFUSED_TEXT(
        genrep_vectors_nearest_batch(vectors, NULL, 1, query, 0, NULL, 1, NULL, NULL, NULL));
    REFUSED(genrep_vectors_analogy(NULL, NULL, 0, 1, 2, 1, &nearest, NULL, NULL));
    REFUSED_TEXT(genrep_vectors_analogy(vectors, NULL, 0, 1, 2, 1, NULL, NULL, NULL));
    REFUSED(genrep_vectors_similarity(NULL, 0, 1, &cosine));
    REFUSED_TEXT(genrep_vectors_similarity(vectors, 0, 1, NULL));
    assert_true(cosine == 7);
    assert_null(out);
}

static void densities_take_null(void **state) {
    (void)state;
    genrep_density *out = NULL;
    genrep_tensor *made = NULL;
    double value = 7;
    REFUSED(genrep_density_fit(NULL, "gaussian", &out));
    REFUSED_TEXT(genrep_density_fit(x, NULL, &out));
    REFUSED_TEXT(genrep_density_fit(x, "gaussian", NULL));
    REFUSED(genrep_density_load(NULL, "a", &out));
    REFUSED_TEXT(genrep_density_load(ctx, NULL, &out));
    REFUSED_TEXT(genrep_density_load(ctx, "a", NULL));
    REFUSED(genrep_density_save(NULL, "a"));
    REFUSED_TEXT(genrep_density_save(density, NULL));
    assert_null(genrep_density_ref(NULL));
    genrep_density_unref(NULL);
    assert_null(genrep_density_spec(NULL));
    REFUSED(genrep_density_log_density(NULL, x, &made));
    REFUSED_TEXT(genrep_density_log_density(density, NULL, &made));
    REFUSED_TEXT(genrep_density_log_density(density, x, NULL));
    REFUSED(genrep_density_sample(NULL, 1, 1, &made));
    REFUSED_TEXT(genrep_density_sample(density, 1, 1, NULL));
    REFUSED(genrep_density_entropy(NULL, &value));
    REFUSED_TEXT(genrep_density_entropy(density, NULL));
    REFUSED(genrep_density_divergence(NULL, density, &value));
    REFUSED_TEXT(genrep_density_divergence(density, NULL, &value));
    REFUSED_TEXT(genrep_density_divergence(density, density, NULL));
    REFUSED(genrep_density_mean(NULL, &made));
    REFUSED_TEXT(genrep_density_mean(density, NULL));
    REFUSED(genrep_density_covariance(NULL, &made));
    REFUSED_TEXT(genrep_density_covariance(density, NULL));
    assert_true(out == NULL && made == NULL && value == 7);
}

static void comparisons_take_null(void **state) {
    (void)state;
    double value = 7;
    REFUSED(genrep_compare(NULL, x, "l1", &value, NULL));
    REFUSED_TEXT(genrep_compare(x, NULL, "l1", &value, NULL));
    REFUSED_TEXT(genrep_compare(x, x, NULL, &value, NULL));
    REFUSED_TEXT(genrep_compare(x, x, "l1", NULL, NULL));
    assert_true(value == 7);
    assert_ok(ctx, genrep_compare(x, x, "l1", &value, NULL));
}

static int make_handles(void **state) {
    static const char corpus[] = "one two three one two one\n";
    const int64_t shape[] = {4, 3};
    (void)state;
    ctx = support_ctx("seed=1");
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_F32, 2, shape, &x));
    assert_ok(ctx, genrep_layer_new(ctx, "linear in=3 out=2", &layer));
    assert_ok(ctx, genrep_tape_new(ctx, NULL, &tape));
    assert_ok(ctx, genrep_optimizer_new(ctx, "sgd lr=0.1", &optimizer));
    assert_ok(ctx, genrep_dataset_from_tensors(ctx, 1, (const char *[]){"images"}, &x, &data));
    assert_ok(ctx, genrep_dataset_from_text(ctx, corpus, strlen(corpus), NULL, NULL, &text));
    assert_ok(ctx, genrep_trainer_new(ctx, "gan batch=2", data, &trainer));
    assert_ok(ctx, genrep_vocab_build(text, "min_count=1", &vocab));
    assert_ok(ctx, genrep_trainer_new(ctx, "word2vec size=2 min_count=1", text, &words));
    assert_ok(ctx, genrep_trainer_vectors(words, &vectors));
    assert_ok(ctx, genrep_tensor_random(x, "normal", 1));
    assert_ok(ctx, genrep_density_fit(x, "gaussian shrinkage=0.5", &density));
    return 0;
}

static int end_handles(void **state) {
    (void)state;
    genrep_density_unref(density);
    genrep_vectors_unref(vectors);
    genrep_trainer_unref(words);
    genrep_vocab_unref(vocab);
    genrep_trainer_unref(trainer);
    genrep_dataset_unref(text);
    genrep_dataset_unref(data);
    genrep_optimizer_unref(optimizer);
    genrep_tape_unref(tape);
    genrep_layer_unref(layer);
    genrep_tensor_unref(x);
    genrep_ctx_unref(ctx);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(questions_take_null),   cmocka_unit_test(contexts_take_null),
        cmocka_unit_test(tensors_take_null),     cmocka_unit_test(layers_take_null),
        cmocka_unit_test(tapes_take_null),       cmocka_unit_test(optimizers_take_null),
        cmocka_unit_test(files_take_null),       cmocka_unit_test(datasets_take_null),
        cmocka_unit_test(trainers_take_null),    cmocka_unit_test(vocabularies_take_null),
        cmocka_unit_test(evaluations_take_null), cmocka_unit_test(vectors_take_null),
        cmocka_unit_test(densities_take_null),   cmocka_unit_test(comparisons_take_null),
    };
    return cmocka_run_group_tests(tests, make_handles, end_handles);
}
