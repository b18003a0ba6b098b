/* The look at the gradients before an update: whether they are finite, and how long they are all
 * together.  The squares of each piece are added in the order of the pieces, in double, so the norm
 * does not depend on the number of threads. */
#include <base/pool.h>
#include <optim/optimizer.h>

/* A sum of squares that is finite says that all elements are; only one that is not needs a second
 * look, as it may have overflowed. */
static void inspect_piece(void *argument, int64_t i) {
    genrep_optimizer *optimizer = argument;
    const genrepi_kernels *k = optimizer->ctx->kernels;
    genrepi_optimizer_piece *piece = &optimizer->pieces[i];
    const real *g =
        genrepi_real_read(optimizer->parameters[piece->parameter].gradient) + piece->begin;
    piece->squares = (double)k->sum_squares(piece->count, g);
    piece->finite = 1;
    if (isfinite(piece->squares)) return;
    piece->finite = k->finite(piece->count, g);
    if (!piece->finite) return;
    piece->squares = 0;
    for (int64_t e = 0; e < piece->count; e++) piece->squares += (double)g[e] * (double)g[e];
}

int32_t genrepi_optimizer_inspect(genrep_optimizer *optimizer, double *factor) {
    const genrepi_optimizer_common *options = optimizer->options;
    *factor = 1;
    optimizer->norm = 0;
    if (!options->check && options->clip <= 0) return GENREP_OK;
    genrepi_parallel(optimizer->ctx, optimizer->n_pieces, inspect_piece, optimizer);

    double squares = 0;
    for (int64_t i = 0; i < optimizer->n_pieces; i++) {
        const genrepi_optimizer_piece *piece = &optimizer->pieces[i];
        if (!piece->finite && options->check)
            return genrepi_fail(optimizer->ctx, GENREP_E_DIVERGED,
                                "the gradient of '%s' is not finite; a lower lr= or clip= may help",
                                optimizer->parameters[piece->parameter].path);
        squares += piece->squares;
    }
    optimizer->norm = sqrt(squares);
    if (options->clip > 0 && optimizer->norm > options->clip && isfinite(optimizer->norm))
        *factor = options->clip / optimizer->norm;
    return GENREP_OK;
}
