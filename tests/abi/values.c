/* The numbers of the ABI that a tool for types does not see: constants, which are never renumbered,
 * and the host's structs as a 64-bit machine lays them out.  Compiling it is the test. */
#include <genrep.h>

#define IS(name, value) _Static_assert((name) == (value), #name " is never renumbered")
#define STRUCT(name, bytes, member, offset)                                                        \
    _Static_assert(sizeof(void *) != 8 || (sizeof(name) >= (bytes) && offsetof(name, size) == 0 && \
                                           offsetof(name, member) == (offset)),                    \
                   #name " grows at its end only")

IS(GENREP_OK, 0);
IS(GENREP_STOPPED, 1);
IS(GENREP_E_NOMEM, -1);
IS(GENREP_E_INVALID, -2);
IS(GENREP_E_RANGE, -3);
IS(GENREP_E_IO, -4);
IS(GENREP_E_FORMAT, -5);
IS(GENREP_E_UNSUPPORTED, -6);
IS(GENREP_E_DIVERGED, -7);
IS(GENREP_E_ABI, -8);
IS(GENREP_E_STATE, -9);
IS(GENREP_E_USER, -10);
IS(GENREP_LOG_WARNING, 1);
IS(GENREP_LOG_INFO, 2);
IS(GENREP_LOG_DEBUG, 3);
IS(GENREP_F32, 1);
IS(GENREP_F64, 2);
IS(GENREP_I32, 3);
IS(GENREP_U8, 4);
IS(GENREP_MAX_RANK, 8);

STRUCT(genrep_allocator, 32, free, 24);
STRUCT(genrep_logger, 32, write, 24);
STRUCT(genrep_runner, 24, parallel_for, 16);
STRUCT(genrep_source, 72, read, 64);
STRUCT(genrep_custom_layer, 80, backward, 72);
STRUCT(genrep_custom_call, 96, parameter_gradients, 88);
