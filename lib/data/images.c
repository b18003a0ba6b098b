/* The data set images: the images of a folder, and from a table or the folders their classes and
 * attributes. */
#include <data/image_set.h>
#include <data/image_table.h>
#include <string.h>

typedef struct images_options {
    genrepi_image_options image;
    char *table, *labels, *attributes, *only;
} images_options;

enum { FIELD_IMAGES }; /* then labels and attributes, as far as they are asked for */

typedef struct images {
    genrepi_image_set set;
    int32_t *labels;   /* n, or NULL */
    float *attributes; /* n x n_attributes, or NULL */
    int32_t n_attributes, attribute_field;
} images;

static int32_t read_images(genrep_dataset *dataset, int64_t place, int64_t sample, int32_t field,
                           void *to) {
    images *own = dataset->instance;
    const uint8_t *image;
    if (field != FIELD_IMAGES && field == own->attribute_field) {
        memcpy(to, own->attributes + sample * own->n_attributes,
               (size_t)own->n_attributes * sizeof(float));
        return 0;
    }
    if (field != FIELD_IMAGES) {
        memcpy(to, own->labels + sample, sizeof *own->labels);
        return 0;
    }
    int32_t status = genrepi_image_set_get(&own->set, sample, &image);
    if (status == 0)
        genrepi_image_set_show(&own->set, place, (int32_t)own->set.options.channels, image, to);
    return status;
}

static void free_images(genrep_dataset *dataset) {
    images *own = dataset->instance;
    genrepi_image_set_end(&own->set);
    genrepi_free(dataset->ctx, own->labels);
    genrepi_free(dataset->ctx, own->attributes);
    genrepi_free(dataset->ctx, own);
}

static int32_t add_fields(genrep_dataset *dataset) {
    images *own = dataset->instance;
    const genrepi_image_options *o = &own->set.options;
    const genrepi_shape image = {3, {o->channels, o->size, o->size}}, one = {.rank = 0};
    const genrepi_shape attributes = {1, {own->n_attributes}};
    int32_t status = genrepi_dataset_field(dataset, "images", GENREP_U8, &image);
    if (status == 0 && own->labels != NULL)
        status = genrepi_dataset_field(dataset, "labels", GENREP_I32, &one);
    own->attribute_field = dataset->n_fields;
    if (status == 0 && own->attributes != NULL)
        status = genrepi_dataset_field(dataset, "attributes", GENREP_F32, &attributes);
    return status;
}

static int32_t read_table(genrep_dataset *dataset, const images_options *o) {
    images *own = dataset->instance;
    genrepi_image_table *table = NULL;
    int32_t status = genrepi_image_table_open(dataset->ctx, o->table, &table);
    if (status == 0 && o->only != NULL)
        status = genrepi_image_table_only(table, o->only, &own->set);
    if (status == 0 && o->labels != NULL)
        status = genrepi_image_table_labels(table, o->labels, &own->set, &own->labels);
    if (status == 0 && o->attributes != NULL)
        status = genrepi_image_table_attributes(table, o->attributes, &own->set, &own->attributes,
                                                &own->n_attributes);
    genrepi_image_table_close(table);
    return status;
}

static int32_t open_images(genrep_dataset *dataset, const void *given) {
    const images_options *o = given;
    genrep_ctx *ctx = dataset->ctx;
    const int folders = o->labels != NULL && strcmp(o->labels, "folders") == 0;
    const int needs_table =
        (o->labels != NULL && !folders) || o->attributes != NULL || o->only != NULL;
    if (o->image.path == NULL)
        return genrepi_fail(ctx, GENREP_E_INVALID, "images: path= is missing: a folder");
    if (needs_table && o->table == NULL)
        return genrepi_fail(ctx, GENREP_E_INVALID,
                            "images: table= is missing: the file that labels=, attributes= and "
                            "only= are read from");
    images *own = dataset->instance = genrepi_alloc(ctx, 1, sizeof *own);
    if (own == NULL) return GENREP_E_NOMEM;
    int32_t status = genrepi_image_set_begin(ctx, &o->image, "images", &own->set);
    if (status == 0) status = genrepi_image_set_folder(&own->set, o->image.path);
    if (status == 0 && needs_table) status = read_table(dataset, o);
    if (status == 0 && folders)
        status = genrepi_image_folder_labels(&own->set, o->image.path, &own->labels);
    if (status == 0) status = genrepi_image_set_ready(&own->set);
    if (status == 0) status = add_fields(dataset);
    dataset->count = own->set.n;
    return status;
}

static const genrepi_option options[] = {
    GENREPI_IMAGE_OPTIONS("a folder of .png, .jpg, .jpeg, .pgm and .ppm files, and those in it"),
    GENREPI_OPTION_STRING(images_options, table, NULL,
                          "CSV with a heading, file names first; or CelebA's list_attr file"),
    GENREPI_OPTION_STRING(images_options, labels, NULL,
                          "column of the table that is the class; folders: the folder is"),
    GENREPI_OPTION_STRING(images_options, attributes, NULL,
                          "columns that are attributes, as 'female skin_tone:3': above 0, or equal "
                          "to a number"),
    GENREPI_OPTION_STRING(images_options, only, NULL,
                          "files with these attributes only, as 'skin_tone:1'"),
};
static const genrepi_dataset_ops ops = {
    .open = open_images, .read = read_images, .free = free_images};
const genrepi_kind genrepi_kind_images = {"dataset",
                                          "images",
                                          "images of a folder, and classes and attributes from a "
                                          "table: fields images, labels, attributes",
                                          options,
                                          GENREPI_COUNT(options),
                                          0,
                                          0,
                                          sizeof(images_options),
                                          &ops};
