/* The rows: see cases.h.  Each axis has a size of its own where it can, and every batch more than
 * one sample, so that a wrong order or a missing sum shows. */
#include "cases.h"

// clang-format off
const gradient_case gradient_cases[] = {
    {"linear", "test_linear", "linear in=5 out=3", {"4x5"}},
    {"linear", "test_linear", "linear in=5 out=3 bias=0", {"4x5"}},
    {"linear", "test_linear", "input shape='3 5'; linear out=4 init='normal std=0.5'", {"2x3x5"}},
    {"embedding", "test_embedding", "embedding classes=7 out=3", {"5 below 7"}},
    {"embedding", "test_embedding", "embedding classes=3 out=70", {"4x5 below 3"}},

    {"batch_norm", "test_norm", "batch_norm features=3", {"5x3"}},
    {"batch_norm", "test_norm", "batch_norm features=3 affine=0 eps=1e-2", {"4x3"}},
    {"batch_norm", "test_norm", "batch_norm features=3", {"2x3x5"}},
    {"batch_norm", "test_norm", "input shape='2 3 4'; batch_norm", {"3x2x3x4"}},
    {"batch_norm", "test_norm", "input shape='2 3 4'; batch_norm affine=0", {"2x2x3x4"}},
    {"batch_norm", "test_norm", "batch_norm features=3 track=0", {"2x3x17"}},
    {"instance_norm", "test_norm", "instance_norm", {"3x2x3x4"}},
    {"instance_norm", "test_norm", "instance_norm eps=1e-2", {"2x3x17"}},
    {"instance_norm", "test_norm", "input shape='2 3 4'; instance_norm affine=1", {"3x2x3x4"}},
    {"instance_norm", "test_norm", "instance_norm features=2 affine=1 track=1", {"3x2x2x2x3"}},
    {"group_norm", "test_norm", "input shape='6 2 3'; group_norm 2", {"3x6x2x3"}},
    {"group_norm", "test_norm", "group_norm 3 affine=0", {"2x6x5"}},
    {"group_norm", "test_norm", "group_norm 1 features=3", {"2x3x2x2"}},
    {"group_norm", "test_norm", "group_norm groups=2 features=8", {"4x8"}},
    {"layer_norm", "test_norm", "input shape='6'; layer_norm", {"4x6"}},
    {"layer_norm", "test_norm", "layer_norm affine=0 eps=1e-2", {"2x3x5"}},
    {"layer_norm", "test_norm", "input shape='3 4'; layer_norm axes=2", {"5x3x4"}},

    {"pixel_norm", "test_style", "pixel_norm", {"4x5"}},
    {"pixel_norm", "test_style", "pixel_norm eps=0.1", {"2x3x4x5"}},
    {"pixel_norm", "test_style", "pixel_norm", {"1x2x41x32"}},
    {"minibatch_stddev", "test_style", "minibatch_stddev", {"8x3x2x2"}},
    {"minibatch_stddev", "test_style", "minibatch_stddev group=2 features=3", {"6x6x4"}},
    {"minibatch_stddev", "test_style", "minibatch_stddev eps=0.1", {"3x4"}},
    {"noise", "test_style", "noise features=3 init=ones", {"2x3x4x5"}},
    {"noise", "test_style", "input shape='5'; noise always=0", {"4x5"}},

    {"relu", "test_activation", "relu", {"4x5"}},
    {"leaky_relu", "test_activation", "leaky_relu", {"4x5"}},
    {"leaky_relu", "test_activation", "leaky_relu slope=0.01", {"2x3x4"}},
    {"prelu", "test_activation", "prelu", {"4x5"}},
    {"prelu", "test_activation", "prelu features=5", {"4x5"}},
    {"prelu", "test_activation", "input shape='3 2 2'; prelu features=0", {"4x3x2x2"}},
    {"tanh", "test_activation", "tanh", {"4x5"}},
    {"sigmoid", "test_activation", "sigmoid", {"4x5"}},
    {"softmax", "test_activation", "softmax", {"4x5"}},
    {"softmax", "test_activation", "softmax", {"2x3x4"}},

    {"dropout", "test_dropout", "dropout", {"6x7"}},
    {"dropout", "test_dropout", "dropout p=0.2 always=1", {"2x3x4"}},
    {"dropout", "test_dropout", "linear in=3 out=8; dropout p=0.5; linear out=2", {"4x3"}},

    {"flatten", "test_shape", "flatten", {"3x2x4"}},
    {"reshape", "test_shape", "reshape shape='2 -1'", {"3x8"}},
    {"reshape", "test_shape", "linear in=3 out=8; reshape shape='2 2 2'", {"4x3"}},
    {"input", "test_shape", "input shape='3 4'", {"2x3x4"}},

    {"bce_logits", "test_loss", "bce_logits", {"4x3", "4x3 unit"}},
    {"bce_logits", "test_loss", "bce_logits target=0.9", {"4x3"}},
    {"bce_logits", "test_loss", "bce_logits target=0", {"4x1x2x2"}},
    {"cross_entropy", "test_loss", "cross_entropy", {"4x5", "4 below 5"}},
    {"cross_entropy", "test_loss", "cross_entropy smoothing=0.1", {"4x5", "4 below 5"}},
    {"cross_entropy", "test_loss", "cross_entropy", {"2x3x4", "2x3 below 4"}},
    {"mse", "test_loss", "mse", {"4x3", "4x3"}},
    {"l1", "test_loss", "l1", {"4x3", "4x3"}},
    {"hinge", "test_loss", "hinge", {"4x3", "4x3 signs"}},
    {"hinge", "test_loss", "hinge target=-1", {"4x3"}},

    {"residual", "test_composite", "residual { linear in=4 out=4; tanh }", {"3x4"}},
    {"skip", "test_composite", "input shape='4'; skip { linear out=3; tanh }; linear out=2",
     {"3x4"}},
    {"repeat", "test_composite", "repeat 3 { linear in=4 out=4; tanh }", {"3x4"}},
    {"concat", "test_composite", "concat", {"3x4", "3x2"}},
    {"concat", "test_composite", "concat axis=2", {"2x3x4", "2x3x1"}},
    {"concat", "test_composite", "concat { linear in=4 out=2; tanh } { linear in=4 out=3 }",
     {"3x4"}},
    {"concat", "test_composite",
     "concat { linear in=4 out=2 } { embedding classes=5 out=3 }; linear out=2",
     {"3x4", "3 below 5"}},
    {"add", "test_composite", "add", {"3x4", "3x4", "3x4"}},
    {"add", "test_composite", "add { linear in=4 out=2 } { linear in=4 out=2; tanh }", {"3x4"}},
    {"residual", "test_composite",
     "input shape='4'"
     " ; skip { linear out=6; batch_norm; repeat 2 { residual { linear out=6; sigmoid } } }"
     " ; layer_norm; residual { concat { linear out=4 } { tanh; linear out=6; prelu } }"
     " ; linear out=3; softmax", {"5x4"}},

    {"mlp_generator", "test_zoo", "mlp_generator shape='1 2 3' width=3 latent=4", {"5x4"}},
    {"mlp_generator", "test_zoo",
     "mlp_generator shape='1 2 3' width=3 latent=4 classes=3 embedding=2",
     {"5x4", "5 below 3"}},
    {"mlp_discriminator", "test_zoo", "mlp_discriminator shape='1 2 3' width=3", {"5x1x2x3"}},
    {"mlp_discriminator", "test_zoo",
     "mlp_discriminator shape='1 2 3' width=3 classes=3 embedding=2",
     {"5x1x2x3", "5 below 3"}},
};
// clang-format on

const int32_t gradient_cases_count = (int32_t)(sizeof gradient_cases / sizeof gradient_cases[0]);
