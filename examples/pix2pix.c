/* Images to images from pairs: the application is the data alone. */
#include "image_run.h"

int main(int argc, char **argv) {
    return image_main(
        "pix2pix", IMAGES_PAIRS,
        "Trains pix2pix on pairs of images and writes panels (source, made, target), losses.csv,\n"
        "report.html and the generator to the output folder.  The application is the data alone:\n"
        "  pix2pix -data \"pairs path='photos' derive=edges part=train\" -out run    edges to "
        "photo\n"
        "    -test \"pairs path='photos' derive=edges part=test\"\n"
        "  derive=grey: grey to colour;  ab='facades/train' size=256: labels to facade\n"
        "Options of the trainer, as -trainer \"batch=4 width=32\"; adversarial=0 is the plain "
        "U-Net:",
        argc, argv);
}
