/* Tables about image files: CSV whose first column is the file's name, or CelebA's lists, where a
 * count and a line of names come before rows of -1 and 1. */
#ifndef GENREPI_DATA_IMAGE_TABLE_H
#define GENREPI_DATA_IMAGE_TABLE_H

#include <data/image_set.h>

typedef struct genrepi_image_table genrepi_image_table;

int32_t genrepi_image_table_open(genrep_ctx *ctx, const char *path, genrepi_image_table **out);
/* The same of a text in memory, `size` bytes and a 0, which is taken over, also on failure; `name`
 * is for messages. */
int32_t genrepi_image_table_parse(genrep_ctx *ctx, const char *name, char *text, int64_t size,
                                  genrepi_image_table **out);
void genrepi_image_table_close(genrepi_image_table *table); /* NULL is fine */
/* Leaves the files that have all the attributes. */
int32_t genrepi_image_table_only(const genrepi_image_table *table, const char *attributes,
                                 genrepi_image_set *set);
/* The whole numbers of a column, one a file. */
int32_t genrepi_image_table_labels(const genrepi_image_table *table, const char *column,
                                   const genrepi_image_set *set, int32_t **out);
/* 1: has it, -1: has it not, 0: not known (no row, an empty field, "?"); *n of them a file. */
int32_t genrepi_image_table_attributes(const genrepi_image_table *table, const char *attributes,
                                       const genrepi_image_set *set, float **out, int32_t *n);

/* The number of the folder of each file among those of `root`, sorted. */
int32_t genrepi_image_folder_labels(const genrepi_image_set *set, const char *root, int32_t **out);

#endif
