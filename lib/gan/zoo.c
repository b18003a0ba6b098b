/* Pieces of specs. */
#include <gan/zoo.h>

void genrepi_zoo_norm(genrepi_buffer *spec, int32_t norm) {
    static const char *const words[] = {"batch_norm init='normal mean=1 std=0.02'; ", "",
                                        "instance_norm; "};
    genrepi_buffer_text(spec, words[norm]);
}

void genrepi_zoo_convolution(genrepi_buffer *spec, const char *kind, int64_t in, int64_t out,
                             const char *options, int32_t bias) {
    genrepi_buffer_text(spec, kind);
    if (in > 0) genrepi_buffer_format(spec, " in=%lld", (long long)in);
    genrepi_buffer_format(spec, " out=%lld %s bias=%d init='normal std=0.02'; ", (long long)out,
                          options, (int)bias);
}
