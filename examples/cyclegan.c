/* Images of two kinds made into each other without pairs. */
#include "image_run.h"

int main(int argc, char **argv) {
    return image_main(
        "cyclegan", IMAGES_CYCLE,
        "Trains CycleGAN on images of two kinds and writes panels (image, made, and back), "
        "losses.csv,\n"
        "report.html and both generators to the output folder.  For instance:\n"
        "  cyclegan -data \"unpaired root='horse2zebra' size=128 load=143 flip=1\" -out run\n"
        "Options of the trainer, as -trainer \"lambda=10 identity=0.5 loss=non_saturating\":",
        argc, argv);
}
