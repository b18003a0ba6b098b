/* One step of cyclegan (Zhu et al. 2017; mathematics 2.13).  With G from a to b and F from b to a:
 *
 *   L_DB = L(D_B(b), D_B(pool of G(a)))/2,  L_DA likewise
 *   L_GF = L(D_B(G(a))) + L(D_A(F(b))) + lambda (mean |F(G(a)) - a| + mean |G(F(b)) - b|)
 *          + identity lambda (mean |G(b) - b| + mean |F(a) - a|)
 *
 * The images made by G and F, recorded once, serve both.  The discriminators go first, so that a
 * step that fails can be repeated: nothing that it was made from has changed by then.  (The
 * authors' code has them second; over the steps it is the same alternation.)
 *
 * * The weights of lsgan are those of that code: half of the squares for D, whole squares for G,
 * which is twice what nn/adversarial.c gives. */
#include <gan/cyclegan.h>
#include <gan/parts.h>

#define PHASES 4

static genrep_layer *generator(genrep_trainer *t, int32_t from) {
    return t->layers[GENREPI_CYCLE_GENERATORS + from];
}

/* made[i] is the image of side i. */
static int32_t translate(genrep_trainer *t, genrep_tensor *made[2]) {
    genrepi_cycle *own = t->instance;
    genrepi_tape_reset(own->tape, t->done * PHASES);
    int32_t status = 0;
    for (int32_t i = 0; i < 2 && status == 0; i++)
        status =
            genrepi_layer_apply(generator(t, i), own->tape, &own->batch[i], 1, &made[1 - i], 1);
    return status;
}

static int32_t discriminators(genrep_trainer *t, genrep_tensor *const made[2]) {
    genrepi_cycle *own = t->instance;
    int32_t status = 0;
    for (int32_t i = (int32_t)own->updated; i < 2 && status == 0; i++) {
        const uint64_t update = (uint64_t)t->done;
        const genrepi_view real_samples = {own->batch[i], NULL};
        const genrepi_view fake = {genrepi_image_pool_take(&own->pool[i], update, made[i]), NULL};
        status = genrepi_adversary_update(&own->adversary[i], &real_samples, &fake, t->done);
        if (status != 0) break;
        genrepi_image_pool_keep(&own->pool[i], update, made[i]);
        own->updated = i + 1;
    }
    return status;
}

/* The terms of one side: what its made image is worth, and the way there and back from it. */
static int32_t side_terms(genrep_trainer *t, int32_t side, genrep_tensor *const made[2],
                          genrepi_terms *terms, double *identity) {
    const genrepi_cycle_options *o = t->options;
    genrepi_cycle *own = t->instance;
    const double weight = o->adversary.loss == GENREPI_LSGAN ? 2 : 1;
    const genrepi_view fake = {made[side], NULL}, real_samples = {own->batch[side], NULL};
    genrep_tensor *pair[2] = {NULL, own->batch[side]};
    double value = 0, error = 0, same = 0;
    int32_t status = genrepi_adversary_judge(&own->adversary[side], own->tape, &fake, &real_samples,
                                             t->done, weight, terms, &value);
    if (status == 0) status = genrepi_trainer_note(t, GENREPI_CYCLE_LOSS_G + side, value);
    if (status == 0)
        status =
            genrepi_layer_apply(generator(t, 1 - side), own->tape, &made[1 - side], 1, &pair[0], 1);
    if (status == 0)
        status = genrepi_terms_apply(terms, own->tape, own->l1, pair, 2, o->lambda, &error);
    if (status == 0) status = genrepi_trainer_note(t, GENREPI_CYCLE_ERROR + side, error);
    if (status == 0 && o->identity > 0) {
        genrepi_tensor_unref(pair[0]);
        pair[0] = NULL;
        status = genrepi_layer_apply(generator(t, 1 - side), own->tape, &own->batch[side], 1,
                                     &pair[0], 1);
        if (status == 0)
            status = genrepi_terms_apply(terms, own->tape, own->l1, pair, 2,
                                         o->identity * o->lambda, &same);
        *identity += same / 2;
    }
    genrepi_tensor_unref(pair[0]);
    return status;
}

static int32_t generators(genrep_trainer *t, genrep_tensor *const made[2]) {
    genrepi_cycle *own = t->instance;
    genrepi_terms terms = {.n = 0};
    double identity = 0;
    int32_t status = side_terms(t, 0, made, &terms, &identity);
    if (status == 0) status = side_terms(t, 1, made, &terms, &identity);
    if (status == 0) status = genrepi_trainer_note(t, GENREPI_CYCLE_IDENTITY, identity);
    if (status == 0)
        status = genrepi_terms_update(&terms, own->tape, own->optimizer, t, GENREPI_CYCLE_NORM_G);
    genrepi_terms_free(&terms);
    return status;
}

int32_t genrepi_cycle_step(genrep_trainer *t) {
    genrepi_cycle *own = t->instance;
    genrep_tensor *batch[GENREPI_MAX_FIELDS] = {NULL}, *made[2] = {NULL, NULL};
    for (int32_t i = 0; i < 2; i++) batch[own->field[i]] = own->batch[i];
    t->values[GENREPI_CYCLE_RATE] = genrepi_optimizer_rate(own->optimizer);
    int32_t status = genrepi_part_batch(t, t->done, batch);
    if (status == 0) status = translate(t, made);
    if (status == 0) status = discriminators(t, made);
    if (status == 0) status = generators(t, made);
    genrepi_tensor_unref(made[0]);
    genrepi_tensor_unref(made[1]);
    if (status == 0) own->updated = 0;
    return status;
}
