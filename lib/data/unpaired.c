/* The data set unpaired: fields a and b, images of two kinds, each shuffled on its own.  From two
 * folders, from a root with trainA, trainB, testA and testB (as the data sets of CycleGAN are given
 * out), or from the two columns of a list. */
#include <data/image_set.h>
#include <string.h>

typedef struct unpaired_options {
    genrepi_image_options image;
    char *a, *b, *root, *list;
} unpaired_options;

typedef struct unpaired {
    genrepi_image_set set[2];
} unpaired;

static int32_t read_unpaired(genrep_dataset *dataset, int64_t place, int64_t sample, int32_t field,
                             void *to) {
    unpaired *own = dataset->instance;
    genrepi_image_set *set = &own->set[field];
    const uint8_t *image;
    int32_t status = genrepi_image_set_get(set, sample, &image);
    if (status == 0) genrepi_image_set_show(set, place, (int32_t)set->options.channels, image, to);
    return status;
}

static void free_unpaired(genrep_dataset *dataset) {
    unpaired *own = dataset->instance;
    genrepi_image_set_end(&own->set[0]);
    genrepi_image_set_end(&own->set[1]);
    genrepi_free(dataset->ctx, own);
}

/* The part is in the folder's name. */
static int32_t from_root(unpaired *own, const unpaired_options *o) {
    genrep_ctx *ctx = own->set[0].ctx;
    int32_t status = 0;
    for (int i = 0; i < 2 && status == 0; i++) {
        genrepi_buffer folder = {.ctx = ctx};
        genrepi_buffer_format(&folder, "%s/%s%c", o->root,
                              o->image.part == GENREPI_PART_TEST ? "test" : "train", 'A' + i);
        status = genrepi_buffer_status(&folder);
        own->set[i].options.part = GENREPI_PART_ALL;
        if (status == 0) status = genrepi_image_set_folder(&own->set[i], folder.data);
        genrepi_buffer_free(&folder);
    }
    return status;
}

static int32_t fill(unpaired *own, const unpaired_options *o) {
    genrep_ctx *ctx = own->set[0].ctx;
    if (o->root != NULL) return from_root(own, o);
    if (o->list != NULL && o->image.path != NULL)
        return genrepi_image_list(ctx, o->list, o->image.path, &own->set[0], &own->set[1]);
    if (o->a == NULL || o->b == NULL)
        return genrepi_fail(ctx, GENREP_E_INVALID,
                            "unpaired: where are they?  a= and b= two folders, root= a folder with "
                            "trainA and trainB, or list= and path= a list of names and their "
                            "folder");
    int32_t status = genrepi_image_set_folder(&own->set[0], o->a);
    return status == 0 ? genrepi_image_set_folder(&own->set[1], o->b) : status;
}

static int32_t open_unpaired(genrep_dataset *dataset, const void *given) {
    static const char *const names[] = {"a", "b"};
    const unpaired_options *o = given;
    unpaired *own = dataset->instance = genrepi_alloc(dataset->ctx, 1, sizeof *own);
    if (own == NULL) return GENREP_E_NOMEM;
    int32_t status = 0;
    own->set[0].ctx = own->set[1].ctx = dataset->ctx;
    for (int i = 0; i < 2 && status == 0; i++)
        status = genrepi_image_set_begin(dataset->ctx, &o->image, "unpaired", &own->set[i]);
    if (status == 0) status = fill(own, o);
    for (int32_t i = 0; i < 2 && status == 0; i++) {
        const genrepi_shape shape = {3, {o->image.channels, o->image.size, o->image.size}};
        own->set[i].number = (uint64_t)i;
        status = genrepi_image_set_ready(&own->set[i]);
        if (status == 0) status = genrepi_dataset_field(dataset, names[i], GENREP_U8, &shape);
        if (status == 0) dataset->fields[i].count = own->set[i].n;
    }
    dataset->count = own->set[0].n > own->set[1].n ? own->set[0].n : own->set[1].n;
    return status;
}

static const genrepi_option options[] = {
    GENREPI_OPTION_STRING(unpaired_options, a, NULL, "folder of the first kind"),
    GENREPI_OPTION_STRING(unpaired_options, b, NULL, "folder of the second kind"),
    GENREPI_OPTION_STRING(
        unpaired_options, root, NULL,
        "folder of the folders trainA and trainB; with part=test testA and testB"),
    GENREPI_OPTION_STRING(unpaired_options, list, NULL,
                          "file of lines of a name of each kind in path="),
    GENREPI_IMAGE_OPTIONS("folder of the files of list="),
};
static const genrepi_dataset_ops ops = {
    .open = open_unpaired, .read = read_unpaired, .free = free_unpaired};
const genrepi_kind genrepi_kind_unpaired = {
    "dataset",
    "unpaired",
    "images of two kinds, each shuffled on its own: fields a and b",
    options,
    GENREPI_COUNT(options),
    0,
    0,
    sizeof(unpaired_options),
    &ops};
