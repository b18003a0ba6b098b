/* What the examples that learn to make images share (gan, cgan, stylegan, pix2pix, cyclegan,
 * superres): the command line, training with pictures on the way, and the report. */
#ifndef EXAMPLES_IMAGE_RUN_H
#define EXAMPLES_IMAGE_RUN_H

#include "cli.h"

/* What pictures are of. */
enum {
    IMAGES_SAMPLES, /* from noise, a column a class if there are classes */
    IMAGES_PAIRS,   /* source, made, target */
    IMAGES_CYCLE,   /* a, made b, back; b, made a, back */
    IMAGES_LARGER   /* small, interpolated, made, image */
};

typedef struct image_run {
    const char *kind; /* of the trainer */
    int pictures;
    const char *data, *test, *trainer_spec, *out, *checkpoint, *resume, *command;
    int64_t steps, seed, threads, every, rows;
    double minutes;
    int json, quiet;
    genrep_ctx *ctx;
    genrep_dataset *dataset, *test_set; /* without -test they are one */
    genrep_trainer *trainer;
    FILE *losses;
    int64_t classes;
    double seconds; /* trained so far in this run */
} image_run;

/* The whole program.  Returns its exit status. */
int image_main(const char *kind, int pictures, const char *about, int argc, char **argv);

/* image_pictures.c: writes the picture OUT/name of the networks as they are. */
void image_picture(image_run *run, const char *name);
/* Samples between pairs of noise vectors; nothing for kinds that do not sample. */
void image_interpolation(image_run *run, const char *name);

/* image_report.c: OUT/report.html and OUT/losses.svg from OUT/losses.csv and the pictures. */
void image_report(const image_run *run, int finished);

/* OUT/name; free() it. */
char *image_path(const image_run *run, const char *name);

#endif
