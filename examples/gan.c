/* Generative adversarial networks on images: trains, and writes grids of samples while it does. */
#include "image_run.h"

int main(int argc, char **argv) {
    return image_main(
        "gan", IMAGES_SAMPLES,
        "Trains a GAN on images and writes sample grids (PNG), losses.csv, report.html and the\n"
        "generator to the output folder.  Data, for instance digits from fonts:\n"
        "  glyphs -out digits; gan -data \"idx images='digits/train-images-idx3-ubyte'\" -out run\n"
        "Options of the trainer, as -trainer \"batch=64 loss=minimax d_steps=2\":",
        argc, argv);
}
