/* Densities are fitted, asked, saved and loaded; sets and pairs are compared. */
#include "oom.h"

static int32_t densities(genrep_ctx *ctx) {
    static const char *const specs[] = {"gaussian shrinkage=auto",
                                        "gaussian covariance=diagonal shrinkage=auto",
                                        "ppca components=2", "ppca components=3"};
    const int64_t shape[] = {9, 2, 3};
    genrep_tensor *x = NULL, *few = NULL, *made = NULL;
    genrep_density *density = NULL, *again = NULL;
    int32_t status = 0;
    OOM_MAKE(x, genrep_tensor_new(ctx, GENREP_F32, 3, shape, &x));
    OOM_TRY(genrep_tensor_random(x, "normal", 1));
    OOM_MAKE(few, genrep_tensor_slice(x, 0, 5, &few));
    for (int i = 0; i < 4; i++) {
        double entropy, divergence = 99;
        OOM_MAKE(density, genrep_density_fit(i == 3 ? few : x, specs[i], &density));
        OOM_TRY(genrep_density_save(density, oom_path("density.safetensors")));
        OOM_MAKE(again, genrep_density_load(ctx, oom_path("density.safetensors"), &again));
        OOM_TRY(genrep_density_entropy(again, &entropy));
        status = genrep_density_divergence(density, again, &divergence);
        if (status < 0) {
            oom_untouched(divergence == 99, "genrep_density_divergence", __FILE__, __LINE__);
            goto done;
        }
        OOM_MAKE(made, genrep_density_sample(density, 4, 1, &made));
        genrep_tensor_unref(made);
        OOM_MAKE(made, genrep_density_log_density(density, x, &made));
        genrep_tensor_unref(made);
        OOM_MAKE(made, genrep_density_mean(density, &made));
        genrep_tensor_unref(made);
        OOM_MAKE(made, genrep_density_covariance(density, &made));
        genrep_tensor_unref(made);
        made = NULL;
        genrep_density_unref(genrep_density_ref(again));
        if (genrep_density_spec(again) == NULL) status = GENREP_E_INVALID;
        genrep_density_unref(again);
        genrep_density_unref(density);
        again = density = NULL;
    }
done:
    genrep_tensor_unref(made);
    genrep_density_unref(again);
    genrep_density_unref(density);
    genrep_tensor_unref(few);
    genrep_tensor_unref(x);
    return status;
}

static int32_t comparisons(genrep_ctx *ctx) {
    static const char *const specs[] = {"frechet",
                                        "kid size=4 subsets=2",
                                        "precision k=1",
                                        "recall k=1",
                                        "psnr",
                                        "ssim",
                                        "ms_ssim scales=1",
                                        "sliced_wasserstein patches=2 directions=3"};
    genrep_tensor *x = NULL, *y = NULL, *few = NULL, *labels = NULL;
    double value = 99, error = 99;
    int32_t status = 0;
    OOM_MAKE(x, genrep_tensor_new(ctx, GENREP_F32, 3, (int64_t[]){5, 11, 12}, &x));
    OOM_MAKE(y, genrep_tensor_new(ctx, GENREP_F32, 3, (int64_t[]){5, 11, 12}, &y));
    OOM_MAKE(few, genrep_tensor_new(ctx, GENREP_F32, 2, (int64_t[]){5, 2}, &few));
    OOM_MAKE(labels, genrep_tensor_new(ctx, GENREP_I32, 1, (int64_t[]){4}, &labels));
    OOM_TRY(genrep_tensor_random(x, "normal", 1));
    OOM_TRY(genrep_tensor_random(y, "normal", 2));
    OOM_TRY(genrep_tensor_random(few, "normal", 3));
    for (int i = 0; i < 11 && status == 0; i++) {
        if (i < 8) status = genrep_compare(x, y, specs[i], &value, &error);
        if (i == 8) status = genrep_compare(few, few, "frechet", &value, &error);
        if (i == 9) status = genrep_compare(labels, labels, "class_iou", &value, &error);
        if (i == 10) status = genrep_compare(x, NULL, "classifier_score splits=2", &value, &error);
        if (status < 0)
            oom_untouched(value == 99 && error == 99, "genrep_compare", __FILE__, __LINE__);
        value = error = 99;
    }
done:
    genrep_tensor_unref(labels);
    genrep_tensor_unref(few);
    genrep_tensor_unref(y);
    genrep_tensor_unref(x);
    return status;
}

const oom_scenario oom_density[] = {
    {"densities", densities}, {"comparisons", comparisons}, {NULL, NULL}};
