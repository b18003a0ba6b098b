/* A set of image files of one size: names, what is decoded of them, and how one is shown at a place
 * of the endless sequence (cut at random, mirrored). */
#ifndef GENREPI_DATA_IMAGE_SET_H
#define GENREPI_DATA_IMAGE_SET_H

#include <data/dataset.h>
#include <data/image_prepare.h>

/* Options structs of data sets of images begin with this. */
typedef struct genrepi_image_options {
    int64_t size, load, channels, background, cache, stem;
    int32_t fit, flip, part;
    double holdout;
    char *path;
} genrepi_image_options;

enum { GENREPI_PART_ALL, GENREPI_PART_TRAIN, GENREPI_PART_TEST };

#define GENREPI_IMAGE_OPTION(kind, ...) GENREPI_OPTION_##kind(genrepi_image_options, __VA_ARGS__)
#define GENREPI_IMAGE_OPTIONS(where)                                                               \
    GENREPI_IMAGE_OPTION(STRING, path, NULL, where),                                               \
        GENREPI_IMAGE_OPTION(INT, size, "64", 1, 4096, "height and width that they are given"),    \
        GENREPI_IMAGE_OPTION(INT, load, "0", 0, 4096,                                              \
                             "size they are brought to first; a random part of `size` is then "    \
                             "shown; 0: size"),                                                    \
        GENREPI_IMAGE_OPTION(INT, channels, "3", 1, 3, "3: RGB, 1: grey"),                         \
        GENREPI_IMAGE_OPTION(WORD, fit, "crop", GENREPI_FIT_WORDS, "how they become square"),      \
        GENREPI_IMAGE_OPTION(INT, background, "255", 0, 255, "grey under what is transparent"),    \
        GENREPI_IMAGE_OPTION(FLAG, flip, "0", "1: mirrored half of the time"),                     \
        GENREPI_IMAGE_OPTION(WORD, part, "all", "all|train|test",                                  \
                             "all files, those that are not held out, or those that are"),         \
        GENREPI_IMAGE_OPTION(NUMBER, holdout, "0.1", 0, 1,                                         \
                             "share that is held out, by a hash of the name, so that a file "      \
                             "stays on its side when others come or go"),                          \
        GENREPI_IMAGE_OPTION(INT, stem, "0", 0, 1024,                                              \
                             "characters of the name that decide that; 0: all up to the ending"),  \
        GENREPI_IMAGE_OPTION(INT, cache, "1024", 0, 1 << 20,                                       \
                             "megabytes of images kept in memory; others are read again")

typedef struct genrepi_image_set {
    genrep_ctx *ctx;
    genrepi_image_options options; /* strings are not used after opening */
    char **paths;                  /* n of them */
    int64_t n, capacity;
    int64_t each;     /* bytes of an image of `load` pixels */
    uint8_t *cached;  /* n images, or NULL: no room */
    uint8_t *ready;   /* n: which of them are there */
    uint8_t *scratch; /* one image, where nothing is cached */
    int32_t half;     /* 1: of each file the left half is used, 2: the right one */
    uint64_t number;  /* of the set, for random numbers */
} genrepi_image_set;

/* Checks the options that do not fit each other. */
int32_t genrepi_image_set_begin(genrep_ctx *ctx, const genrepi_image_options *options,
                                const char *kind, genrepi_image_set *set);
void genrepi_image_set_end(genrepi_image_set *set);
/* One file; the path is copied. */
int32_t genrepi_image_set_add(genrepi_image_set *set, const char *path);
/* All images of a folder and those in it, sorted by path. */
int32_t genrepi_image_set_folder(genrepi_image_set *set, const char *folder);
/* The files of a list, lines of two names in a folder, to one set each: those whose first name is
 * of the part.  The first line may be a heading. */
int32_t genrepi_image_list(genrep_ctx *ctx, const char *path, const char *folder,
                           genrepi_image_set *first, genrepi_image_set *second);
/* When all are there: memory for the cache. */
int32_t genrepi_image_set_ready(genrepi_image_set *set);
/* Image i as it was loaded, channels x load x load; borrowed until the next call. */
int32_t genrepi_image_set_get(genrepi_image_set *set, int64_t i, const uint8_t **out);
/* Copies `channels` planes of load x load as they are shown at a place: size x size. */
void genrepi_image_set_show(const genrepi_image_set *set, int64_t place, int32_t channels,
                            const uint8_t *from, uint8_t *to);

/* The name of a file without folder and ending: where it begins, and how long it is. */
const char *genrepi_image_stem(const char *path, size_t *length);
/* 1 if a file belongs to the part that the options ask for. */
int genrepi_image_in_part(const genrepi_image_options *options, const char *path);

#endif
