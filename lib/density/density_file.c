/* Densities as safetensors files: "mean", "factor" and "std", the spec in the metadata
 * "genrep.density". */
#include <density/density.h>

#include <io/safetensors.h>

#include <math.h>
#include <string.h>

#define MARK "genrep.density"

int32_t genrepi_density_save(const genrep_density *density, const char *path) {
    const genrepi_safetensors_metadata_entry mark = {MARK, density->spec};
    const int64_t sizes[] = {density->rank, density->dim};
    genrepi_safetensors_entry entries[3] = {{"mean", GENREP_F64, density->shape, density->mean}};
    int64_t n = 1;
    if (density->factor != NULL)
        entries[n++] = (genrepi_safetensors_entry){"factor", GENREP_F64, genrepi_shape_of(2, sizes),
                                                   density->factor};
    if (density->std != NULL)
        entries[n++] = (genrepi_safetensors_entry){"std", GENREP_F64, density->shape, density->std};
    return genrepi_safetensors_write(density->ctx, path, entries, n, &mark, 1);
}

static int32_t fail(genrep_ctx *ctx, const char *path, const char *what) {
    return genrepi_fail(ctx, GENREP_E_FORMAT, "'%s': %s", path, what);
}

/* Numbers of the density's size, copied out: `rows` of them if that is not 0, else any number; NULL
 * with status 0 if the file has none. */
static int32_t take(const genrep_density *density, const genrepi_safetensors *file,
                    const char *path, const char *name, int64_t *rows, double **out) {
    int32_t dtype;
    genrepi_shape shape;
    int64_t bytes, index = genrepi_safetensors_find(file, name);
    if (index < 0) return GENREP_OK;
    genrepi_safetensors_info(file, index, &dtype, &shape);
    const int64_t count = genrepi_shape_count(&shape);
    if (dtype != GENREP_F64 || count == 0 || count % density->dim != 0 ||
        (*rows != 0 && count / density->dim != *rows))
        return fail(density->ctx, path, "a tensor of the density has a wrong type or size");
    *rows = count / density->dim;
    *out = genrepi_density_numbers(density, *rows);
    if (*out == NULL) return GENREP_E_NOMEM;
    memcpy(*out, genrepi_safetensors_data(file, index, &bytes), (size_t)count * sizeof **out);
    for (int64_t i = 0; i < count; i++)
        if (!isfinite((*out)[i])) return fail(density->ctx, path, "not all numbers are finite");
    return GENREP_OK;
}

static int32_t read_parts(genrep_density *density, const genrepi_safetensors *file,
                          const char *path) {
    int64_t one = 1;
    int32_t status = take(density, file, path, "mean", &one, &density->mean);
    if (status == GENREP_OK) status = take(density, file, path, "std", &one, &density->std);
    if (status == GENREP_OK)
        status = take(density, file, path, "factor", &density->rank, &density->factor);
    if (status == GENREP_OK && !density->ops->valid(density))
        status = fail(density->ctx, path, "factor and std are not those of its density");
    if (status == GENREP_OK) density->log_determinant = density->ops->log_determinant(density);
    return status;
}

static int32_t read(genrep_ctx *ctx, const genrepi_safetensors *file, const char *path,
                    genrep_density **out) {
    const char *spec = genrepi_safetensors_metadata(file, MARK);
    const int64_t mean = genrepi_safetensors_find(file, "mean");
    const genrepi_kind *kind;
    void *options;
    int32_t dtype;
    genrepi_shape shape;
    if (spec == NULL || mean < 0) return fail(ctx, path, "this is no density");
    int32_t status = genrepi_spec_make(ctx, "density", spec, &kind, &options);
    if (status == GENREP_E_NOMEM) return status;
    if (status != GENREP_OK) return genrepi_fail_in(ctx, GENREP_E_FORMAT, "'%s'", path);
    genrepi_options_free(ctx, kind, options);
    genrepi_safetensors_info(file, mean, &dtype, &shape);
    if (shape.rank >= GENREP_MAX_RANK || genrepi_shape_count(&shape) < 1)
        return fail(ctx, path, "the mean has a wrong shape");
    status = genrepi_density_new(ctx, kind, &shape, out);
    if (status != GENREP_OK) return status;
    (*out)->spec = genrepi_strdup(ctx, spec);
    return (*out)->spec == NULL ? GENREP_E_NOMEM : read_parts(*out, file, path);
}

int32_t genrepi_density_load(genrep_ctx *ctx, const char *path, genrep_density **out) {
    genrepi_safetensors *file;
    genrep_density *density = NULL;
    int32_t status = genrepi_safetensors_open(ctx, path, &file);
    if (status != GENREP_OK) return status;
    status = read(ctx, file, path, &density);
    genrepi_safetensors_close(file);
    if (status == GENREP_OK)
        *out = density;
    else
        genrepi_density_unref(density);
    return status;
}
