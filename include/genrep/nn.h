/** @file genrep/nn.h
 *  Layers hold parameters, tapes hold activations.  A network is a spec, text:
 *
 *      linear in=100 out=256; leaky_relu slope=0.2; linear out=784; tanh
 *
 *  `;` or a newline chains, `{ }` nests, `#` starts a comment.  Sizes that follow from the layer
 *  before may be left out.  genrep_describe() lists the kinds and their options.
 */
#ifndef GENREP_NN_H
#define GENREP_NN_H

#include <genrep/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct genrep_layer genrep_layer;
typedef struct genrep_tape genrep_tape;

/** Makes a layer, or a network, from a spec.  Its parameters are initialised from the context's
 *  seed and the parameter's path, so the same spec and seed give the same weights.
 *  @param[out] out the new reference.
 *  @return 0, GENREP_E_INVALID (unknown kind or option, missing brace, a size that is missing or
 *          does not fit: the text says where), GENREP_E_RANGE or GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_layer_new(genrep_ctx *ctx, const char *spec, genrep_layer **out);

/** Adds a reference.  Thread-safe.  @return layer.  @since 0.1 */
GENREP_API genrep_layer *genrep_layer_ref(genrep_layer *layer);

/** Gives a reference back.  Thread-safe.  @since 0.1 */
GENREP_API void genrep_layer_unref(genrep_layer *layer);

/** A new layer of the same spec with copies of all parameters.
 *  @return 0, GENREP_E_INVALID or GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_layer_copy(const genrep_layer *layer, genrep_layer **out);

/** The network without its last parts: what the layer before them gives, as the features that the
 *  last linear layer of a classifier sees (drop=1).  Names of networks (small_classifier) count as
 *  the parts they stand for, what is in { } as one part.  It shares the parameters and their
 *  gradients with `layer`, in either direction, and keeps them; its spec is `truncate`, so saved or
 *  copied it stands alone.
 *  @param drop 0 or more, fewer than there are parts.
 *  @param[out] out the new reference.
 *  @return 0, GENREP_E_INVALID, GENREP_E_RANGE (drop) or GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_layer_truncate(const genrep_layer *layer, int64_t drop,
                                         genrep_layer **out);

/** The spec it was made from.  @return text that stays as long as the layer; NULL for NULL.
 *  @since 0.1 */
GENREP_API const char *genrep_layer_spec(const genrep_layer *layer);

/** The number of parameter tensors, those that are not trained (running statistics) included.
 *  @return the count; 0 for NULL.  @since 0.1 */
GENREP_API int64_t genrep_layer_parameters(const genrep_layer *layer);

/** One parameter; any output may be NULL.
 *  @param index 0 .. genrep_layer_parameters()-1.
 *  @param[out] name  its path, as "3.weight": the position in the chain, then the parameter's name.
 *  @param[out] value the numbers.  @param[out] gradient their gradient, NULL if it is not trained.
 *  All three are borrowed and stay as long as the layer.
 *  @return 0, GENREP_E_INVALID or GENREP_E_RANGE.  @since 0.1 */
GENREP_API int32_t genrep_layer_parameter(genrep_layer *layer, int64_t index, const char **name,
                                          genrep_tensor **value, genrep_tensor **gradient);

/** Sets a parameter by its path from a tensor of the same shape (any type).
 *  @return 0 or GENREP_E_INVALID (no such path: the nearest is named; another shape).  @since 0.1
 */
GENREP_API int32_t genrep_layer_set(genrep_layer *layer, const char *name,
                                    const genrep_tensor *value);

/** Sets all gradients to zero.  @return 0 or GENREP_E_INVALID.  @since 0.1 */
GENREP_API int32_t genrep_layer_zero_grad(genrep_layer *layer);

/** Moves every parameter of `average` towards that of `layer`:
 *  average = decay * average + (1 - decay) * layer; what is not trained is copied.  decay=0 copies
 *  everything.  Used for exponential moving averages of weights.
 *  @return 0, GENREP_E_INVALID (other parameters) or GENREP_E_RANGE (decay outside 0..1).
 *  @since 0.1 */
GENREP_API int32_t genrep_layer_blend(genrep_layer *average, const genrep_layer *layer,
                                      double decay);

/** Makes a tape.
 *  @param spec NULL or "mode=train" (the default: records, so that genrep_tape_backward() works) or
 *              "mode=eval" (records nothing, frees as it goes, layers behave as in use).
 *  @return 0, GENREP_E_INVALID or GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_tape_new(genrep_ctx *ctx, const char *spec, genrep_tape **out);

/** Adds a reference.  Thread-safe.  @return tape.  @since 0.1 */
GENREP_API genrep_tape *genrep_tape_ref(genrep_tape *tape);

/** Gives a reference back.  Thread-safe.  @since 0.1 */
GENREP_API void genrep_tape_unref(genrep_tape *tape);

/** Forgets what was recorded and what was watched and frozen; memory is kept for the next step.
 *  @param step the number of the step that begins: with the context's seed it decides all random
 *              numbers (dropout) of this recording.
 *  @return 0 or GENREP_E_INVALID (step below 0).  @since 0.1 */
GENREP_API int32_t genrep_tape_reset(genrep_tape *tape, int64_t step);

/** Asks for the gradient with respect to an input; call it before the tensor is used.
 *  @return 0, GENREP_E_INVALID (integers), GENREP_E_STATE (mode=eval) or GENREP_E_NOMEM.
 *  @since 0.1 */
GENREP_API int32_t genrep_tape_watch(genrep_tape *tape, genrep_tensor *input);

/** Until the next reset, applying this layer on this tape collects no gradients for its parameters
 *  (gradients still flow through it) and leaves its running statistics alone.
 *  @return 0, GENREP_E_INVALID or GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_tape_freeze(genrep_tape *tape, genrep_layer *layer);

/** Applies a layer and records it.  A tensor that this tape did not make, and does not watch, is a
 *  constant.  One layer may be applied many times on one tape, and on several tapes at once from
 *  several threads while nobody updates it.
 *  @param layer     any layer; a forward pass never changes it.
 *  @param inputs    n_inputs tensors; the first axis is the batch.
 *  @param[out] outputs n_outputs new references; they stay valid after a reset.
 *  @return 0, GENREP_E_INVALID (number, type or shape of the inputs: the text names layer, what it
 *          got and what it wants) or GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_layer_apply(const genrep_layer *layer, genrep_tape *tape,
                                      genrep_tensor *const *inputs, int32_t n_inputs,
                                      genrep_tensor **outputs, int32_t n_outputs);

/** Goes back from a single number: adds d loss / d parameter to the gradients of every layer that
 *  was applied (and is not frozen) and works out those of the watched inputs.  Once a recording.
 *  @return 0, GENREP_E_INVALID (not made on this tape, not one number), GENREP_E_STATE (mode=eval,
 *          or a second time) or GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_tape_backward(genrep_tape *tape, const genrep_tensor *loss);

/** The gradient of a watched input after genrep_tape_backward().
 *  @param[out] out a new reference, of the input's shape.
 *  @return 0, GENREP_E_INVALID (not watched) or GENREP_E_STATE (no backward yet).  @since 0.1 */
GENREP_API int32_t genrep_tape_grad(genrep_tape *tape, const genrep_tensor *input,
                                    genrep_tensor **out);

/** What a layer of the host's own gets.  All arrays are row-major elements of type dtype
 * (GENREP_F32 in the library).  @since 0.1 */
typedef struct genrep_custom_call {
    size_t size;      /* sizeof(genrep_custom_call) of the library that calls */
    int32_t dtype;    /* of every array here */
    int32_t training; /* 1 on a mode=train tape */
    int32_t n_inputs;
    int32_t n_parameters;
    const int32_t *ranks;         /* of the inputs */
    const int64_t *const *shapes; /* of the inputs */
    const void *const *inputs;
    const void *const *parameters;
    void *output; /* forward writes it, backward may read it */
    int64_t output_count;
    const void *output_gradient;      /* backward: d loss / d output */
    void *const *input_gradients;     /* backward: write; an entry is NULL if it is not wanted */
    void *const *parameter_gradients; /* backward: add; an entry is NULL if it is not wanted */
} genrep_custom_call;

/** A layer kind of the host's own: any number of inputs and parameters, one output.  Callbacks
 *  return 0, or another number to fail: the call that led there returns GENREP_E_USER.  forward and
 *  backward are called on the thread that applies or goes back.  @since 0.1 */
typedef struct genrep_custom_layer {
    size_t size;          /* sizeof(genrep_custom_layer) */
    void *user;           /* given to every callback */
    const char *name;     /* the kind's name in specs: lower-case letters, digits and _ */
    int32_t n_inputs;     /* at least 1 */
    int32_t n_parameters; /* at least 0 */
    /* Reads the options ("alpha=2 beta=3", as written) into an instance; may be NULL. */
    int32_t (*create)(void *user, const char *options, void **instance);
    /* Ends an instance; may be NULL. */
    void (*destroy)(void *user, void *instance);
    /* Name, shape and initialiser (as "normal std=0.02", "zeros") of a parameter; NULL if none.
     * shapes[i] may hold -1 where a size is not known when the network is made. */
    int32_t (*parameter)(void *user, void *instance, int32_t index, const int32_t *ranks,
                         const int64_t *const *shapes, const char **name, int32_t *rank,
                         int64_t *shape, const char **initialiser);
    /* The output's shape; NULL: that of the first input.  -1 where it follows from a -1. */
    int32_t (*shape)(void *user, void *instance, const int32_t *ranks, const int64_t *const *shapes,
                     int32_t *rank, int64_t *shape);
    int32_t (*forward)(void *user, void *instance, const genrep_custom_call *call);
    int32_t (*backward)(void *user, void *instance, const genrep_custom_call *call);
} genrep_custom_layer;

/** Makes a kind of the host's own known to this context, for specs made from it.  The struct and
 *  its name are copied; `user` must outlive the context.
 *  @return 0, GENREP_E_INVALID (a bad or taken name, a missing callback), GENREP_E_ABI or
 *          GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_layer_register(genrep_ctx *ctx, const genrep_custom_layer *kind);

/** Checks a layer's gradients, of inputs and parameters, against central differences of a random
 *  projection of its outputs.
 *  @param layer   left as it was.
 *  @param inputs  n_inputs tensors; those of a floating-point type are checked too.
 *  @param spec    NULL or options: see genrep_describe("gradcheck").
 *  @param[out] worst the largest error relative to the largest gradient; may be NULL; also set when
 *                 the check fails.
 *  @return 0; GENREP_E_INVALID where the tolerance is passed: the text names tensor, element, both
 *          values; or what applying the layer returns.  @since 0.1 */
GENREP_API int32_t genrep_gradcheck(genrep_layer *layer, genrep_tensor *const *inputs,
                                    int32_t n_inputs, const char *spec, double *worst);

#ifdef __cplusplus
}
#endif

#endif
