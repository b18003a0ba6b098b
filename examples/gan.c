/* Generative adversarial networks on images: trains, and writes grids of samples while it does. */
#include "adversarial.h"

int main(int argc, char **argv) {
    return adversarial_main(
        "gan",
        "Trains a GAN on images and writes sample grids (PNG), losses.csv and the generator to\n"
        "the output folder.  Data, for instance digits from fonts:\n"
        "  glyphs -out digits; gan -data \"idx images='digits/train-images-idx3-ubyte'\" -out run\n"
        "Options of the trainer, as -trainer \"batch=64 loss=minimax d_steps=2\":",
        argc, argv);
}
