/* Images made larger, with attributes. */
#include "image_run.h"

int main(int argc, char **argv) {
    return image_main(
        "superres", IMAGES_LARGER,
        "Trains super-resolution on images and writes panels (small, interpolated, made, the "
        "image),\n"
        "losses.csv, report.html and the generator to the output folder.  For instance:\n"
        "  superres -data \"images path='faces' size=64 part=train table='list.csv'\n"
        "    attributes='Smiling Young'\" -out run\n"
        "Options of the trainer, as -trainer \"scale=8 adversarial=1e-3\":",
        argc, argv);
}
