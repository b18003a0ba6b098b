/* A style-based GAN on images of 4 doubled a few times. */
#include "image_run.h"

int main(int argc, char **argv) {
    return image_main(
        "stylegan", IMAGES_SAMPLES,
        "Trains a style-based GAN (StyleGAN, not grown) on square images and writes sample grids,\n"
        "interpolations, losses.csv, report.html and the generator to the output folder.  For "
        "instance:\n"
        "  stylegan -data \"images path='faces' size=32\" -out run -minutes 30\n"
        "Options of the trainer, as -trainer \"truncation=0.7 form=modulated\":",
        argc, argv);
}
