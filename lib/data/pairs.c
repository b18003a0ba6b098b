/* The data set pairs: fields source and target, images of one scene, shown at one place in the same
 * cut and way round.  They come from
 *   ab=   images with the two side by side (as the data sets of pix2pix are given out),
 *   a=, b=  two folders, paired by the files' names,
 *   list=   lines of two names, in the folder path=,
 *   path=   one folder, the source made from the target: derive=grey or edges. */
#include <data/image_set.h>
#include <string.h>

typedef struct pairs_options {
    genrepi_image_options image;
    char *ab, *a, *b, *list;
    int32_t direction, derive;
} pairs_options;

enum { DIRECTION_AB, DIRECTION_BA };
enum { DERIVE_GREY, DERIVE_EDGES };
enum { FIELD_SOURCE, FIELD_TARGET };

typedef struct pairs {
    genrepi_image_set set[2]; /* a and b; where the source is derived the targets only */
    int32_t one;              /* 1: the source is derived from the target */
    int32_t derive, swap;     /* swap 1: from b to a */
    uint8_t *made;            /* derived, load x load */
} pairs;

/* ---- where they come from -----------------------------------------------------------------------
 */

static int32_t partner_missing(const pairs *own, int32_t of, int64_t i) {
    return genrepi_fail(own->set[0].ctx, GENREP_E_INVALID,
                        "pairs: '%s' has no partner of that name in the other folder",
                        own->set[of].paths[i]);
}

/* Both are sorted by path, and must have the same names in the same order. */
static int32_t match(const pairs *own) {
    for (int64_t i = 0; i < own->set[0].n || i < own->set[1].n; i++) {
        size_t length[2];
        if (i >= own->set[1].n) return partner_missing(own, 0, i);
        if (i >= own->set[0].n) return partner_missing(own, 1, i);
        const char *a = genrepi_image_stem(own->set[0].paths[i], &length[0]);
        const char *b = genrepi_image_stem(own->set[1].paths[i], &length[1]);
        const size_t least = length[0] < length[1] ? length[0] : length[1];
        int order = memcmp(a, b, least);
        if (order == 0) order = length[0] < length[1] ? -1 : length[0] > length[1];
        if (order != 0) return partner_missing(own, order < 0 ? 0 : 1, i);
    }
    return 0;
}

static int32_t fill(genrep_dataset *dataset, const pairs_options *o) {
    pairs *own = dataset->instance;
    genrep_ctx *ctx = dataset->ctx;
    int32_t status = 0;
    if (o->ab != NULL) {
        own->set[0].half = 1;
        own->set[1].half = 2;
        status = genrepi_image_set_folder(&own->set[0], o->ab);
        return status == 0 ? genrepi_image_set_folder(&own->set[1], o->ab) : status;
    }
    if (o->a != NULL && o->b != NULL) {
        status = genrepi_image_set_folder(&own->set[0], o->a);
        if (status == 0) status = genrepi_image_set_folder(&own->set[1], o->b);
        return status == 0 ? match(own) : status;
    }
    if (o->image.path == NULL || o->a != NULL || o->b != NULL)
        return genrepi_fail(ctx, GENREP_E_INVALID,
                            "pairs: where are they?  ab= a folder, a= and b= two folders, list= "
                            "and path= a list of names and their folder, or path= alone");
    if (o->list != NULL)
        return genrepi_image_list(ctx, o->list, o->image.path, &own->set[0], &own->set[1]);
    own->one = 1;
    return genrepi_image_set_folder(&own->set[0], o->image.path);
}

/* ---- reading ------------------------------------------------------------------------------------
 */

static int32_t derived(pairs *own, int64_t sample, const uint8_t **out) {
    genrepi_image_set *set = &own->set[0];
    const int32_t channels = (int32_t)set->options.channels;
    const uint8_t *image;
    int32_t status = genrepi_image_set_get(set, sample, &image);
    if (status != 0) return status;
    (own->derive == DERIVE_EDGES ? genrepi_image_edges : genrepi_image_grey)(
        image, channels, set->options.load, own->made);
    *out = own->made;
    return 0;
}

static int32_t read_pairs(genrep_dataset *dataset, int64_t place, int64_t sample, int32_t field,
                          void *to) {
    pairs *own = dataset->instance;
    const int made = own->one && field == FIELD_SOURCE;
    const int32_t channels = made ? 1 : (int32_t)own->set[0].options.channels;
    const uint8_t *image = NULL;
    int32_t status =
        made ? derived(own, sample, &image)
             : genrepi_image_set_get(&own->set[own->one ? 0 : field ^ own->swap], sample, &image);
    if (status == 0) genrepi_image_set_show(&own->set[0], place, channels, image, to);
    return status;
}

static void free_pairs(genrep_dataset *dataset) {
    pairs *own = dataset->instance;
    genrepi_image_set_end(&own->set[0]);
    genrepi_image_set_end(&own->set[1]);
    genrepi_free(dataset->ctx, own->made);
    genrepi_free(dataset->ctx, own);
}

static int32_t open_pairs(genrep_dataset *dataset, const void *given) {
    static const char *const names[] = {"source", "target"};
    const pairs_options *o = given;
    genrep_ctx *ctx = dataset->ctx;
    pairs *own = dataset->instance = genrepi_alloc(ctx, 1, sizeof *own);
    if (own == NULL) return GENREP_E_NOMEM;
    own->derive = o->derive;
    own->set[0].ctx = own->set[1].ctx = ctx;
    int32_t status = genrepi_image_set_begin(ctx, &o->image, "pairs", &own->set[0]);
    if (status == 0) status = genrepi_image_set_begin(ctx, &o->image, "pairs", &own->set[1]);
    if (status == 0) status = fill(dataset, o);
    own->swap = o->direction == DIRECTION_BA;
    if (status == 0) status = genrepi_image_set_ready(&own->set[0]);
    if (status == 0 && !own->one) status = genrepi_image_set_ready(&own->set[1]);
    if (status == 0 && own->one) {
        own->made = genrepi_alloc_raw(ctx, 1, (size_t)own->set[0].each);
        if (own->made == NULL) status = GENREP_E_NOMEM;
    }
    for (int32_t i = 0; i < 2 && status == 0; i++) {
        const int made = own->one && i == FIELD_SOURCE;
        const genrepi_shape shape = {3,
                                     {made ? 1 : o->image.channels, o->image.size, o->image.size}};
        status = genrepi_dataset_field(dataset, names[i], GENREP_U8, &shape);
    }
    dataset->count = own->set[0].n;
    return status;
}

static const genrepi_option options[] = {
    GENREPI_OPTION_STRING(pairs_options, ab, NULL, "folder of images that are two side by side"),
    GENREPI_OPTION_STRING(pairs_options, a, NULL, "folder of the sources, named as in b"),
    GENREPI_OPTION_STRING(pairs_options, b, NULL, "folder of the targets"),
    GENREPI_OPTION_STRING(pairs_options, list, NULL,
                          "file of lines of two names in path=, a tab or comma between"),
    GENREPI_OPTION_WORD(pairs_options, direction, "ab", "ab|ba", "ba: from b to a"),
    GENREPI_OPTION_WORD(pairs_options, derive, "grey", "grey|edges",
                        "path= alone: what the source is of the target"),
    GENREPI_IMAGE_OPTIONS("folder of the targets, or of the files of list="),
};
static const genrepi_dataset_ops ops = {.open = open_pairs, .read = read_pairs, .free = free_pairs};
const genrepi_kind genrepi_kind_pairs = {"dataset",
                                         "pairs",
                                         "pairs of images: fields source and target",
                                         options,
                                         GENREPI_COUNT(options),
                                         0,
                                         0,
                                         sizeof(pairs_options),
                                         &ops};
