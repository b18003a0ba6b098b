/* The portable source of one column of the table of kernels.  kernel_<isa>.c defines
 * GENREPI_TABLE (the table's symbol) and GENREPI_TABLE_NAME, includes its simd_<isa>.h and then
 * this. A kernel is one function in one of the files below, and one row of the table at the end. */

#include <string.h>
#include <kernel/functions.h>
#include <kernel/kernel.h>
#include <kernel/lanes.h>

#include <kernel/vector_template.h>
#include <kernel/activation_template.h>
#include <kernel/loss_template.h>
#include <kernel/optimizer_template.h>
#include <kernel/random_template.h>
#include <kernel/gemm_template.h>
#include <kernel/rows_template.h>
#include <kernel/norm_template.h>
#include <kernel/winograd_template.h>
#include <kernel/double_template.h>

#define ROW(name) .name = k_##name

const genrepi_kernels GENREPI_TABLE = {
    .name = GENREPI_TABLE_NAME,
    ROW(fill),
    ROW(axpy),
    ROW(scale),
    ROW(add),
    ROW(mul),
    ROW(mul_add),
    ROW(scale_shift),
    ROW(lerp),
    ROW(dot),
    ROW(sum),
    ROW(sum_squares),
    ROW(max),
    ROW(finite),
    ROW(add_row),
    ROW(sum_rows),
    ROW(mul_sum_rows),
    ROW(centred_squares_rows),
    ROW(scale_shift_rows),
    ROW(centred_squares),
    ROW(sum_runs),
    ROW(centred_squares_runs),
    ROW(centred_dot_runs),
    ROW(scale_shift_runs),
    ROW(combine_runs),
    ROW(exp),
    ROW(tanh),
    ROW(tanh_backward),
    ROW(sigmoid),
    ROW(sigmoid_backward),
    ROW(leaky_relu),
    ROW(leaky_relu_backward),
    ROW(dot_negative),
    ROW(exp_sum),
    ROW(bce),
    ROW(bce_backward),
    ROW(bce_steps),
    ROW(bce_total),
    ROW(squared_difference),
    ROW(absolute_difference),
    ROW(sign_difference),
    ROW(hinge),
    ROW(hinge_backward),
    ROW(sgd),
    ROW(momentum),
    ROW(adagrad),
    ROW(rmsprop),
    ROW(adam),
    ROW(random_uniform),
    ROW(random_normal),
    ROW(dropout),
    ROW(random_words),
    ROW(from_u8),
    ROW(dot_rows),
    ROW(update_rows),
    .gemm_rows = GEMM_ROWS,
    .gemm_cols = GEMM_COLS,
    .gemm_pitch = GEMM_PITCH,
    ROW(gemm_pack),
    ROW(gemm_tile),
    .gemm_row_cols = GEMM_ROW_VECTORS * SIMD_LANES,
    ROW(gemm_row),
    .winograd = WINOGRAD_ROWS,
    ROW(winograd_stage),
    ROW(winograd_put),
    ROW(winograd_tile),
    ROW(double_tile),
    ROW(double_dot),
    ROW(double_axpy),
    ROW(double_rotate),
};
