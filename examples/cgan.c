/* A conditional GAN: the class is an input of both networks; one column of the grid a class. */
#include "image_run.h"

int main(int argc, char **argv) {
    return image_main(
        "cgan", IMAGES_SAMPLES,
        "Trains a conditional GAN on labelled images and writes sample grids (PNG, one column a\n"
        "class), losses.csv, report.html and the generator to the output folder.  Data, for "
        "instance:\n"
        "  glyphs -out digits; cgan -data \"idx images='digits/train-images-idx3-ubyte'\n"
        "    labels='digits/train-labels-idx1-ubyte'\" -out run\n"
        "Options of the trainer, as -trainer \"batch=64 ema=0.999\":",
        argc, argv);
}
