/* Names of nested state: "generator/" before the names of a part. */
#include <tensor/state.h>

#include <string.h>

int32_t genrepi_state_enter(genrepi_state *state, const char *part) {
    size_t old = strlen(state->prefix), more = strlen(part);
    if (more + 2 > sizeof state->prefix - old) {
        genrepi_fail(state->ctx, GENREP_E_INVALID, "the name '%s%s/' is longer than %d characters",
                     state->prefix, part, (int)sizeof state->prefix - 1);
        return -1;
    }
    memcpy(state->prefix + old, part, more);
    memcpy(state->prefix + old + more, "/", 2);
    return (int32_t)old;
}

void genrepi_state_leave(genrepi_state *state, int32_t old_length) {
    state->prefix[old_length] = 0;
}
