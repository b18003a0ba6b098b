/* See image_set.h. */
#include <base/random.h>
#include <data/image_set.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MOST_FILES 100000000
#define DEEPEST 16 /* folders in folders */

int32_t genrepi_image_set_begin(genrep_ctx *ctx, const genrepi_image_options *o, const char *kind,
                                genrepi_image_set *set) {
    *set = (genrepi_image_set){.ctx = ctx, .options = *o};
    if (o->channels == 2)
        return genrepi_fail(ctx, GENREP_E_INVALID, "%s: channels=2 is neither grey nor RGB", kind);
    if (o->load > 0 && o->load < o->size)
        return genrepi_fail(ctx, GENREP_E_INVALID, "%s: load=%lld is smaller than size=%lld", kind,
                            (long long)o->load, (long long)o->size);
    if (o->load == 0) set->options.load = o->size;
    set->each = o->channels * set->options.load * set->options.load;
    return 0;
}

void genrepi_image_set_end(genrepi_image_set *set) {
    for (int64_t i = 0; i < set->n; i++) genrepi_free(set->ctx, set->paths[i]);
    genrepi_free(set->ctx, set->paths);
    genrepi_free(set->ctx, set->cached);
    genrepi_free(set->ctx, set->ready);
    genrepi_free(set->ctx, set->scratch);
    *set = (genrepi_image_set){.ctx = set->ctx};
}

int32_t genrepi_image_set_add(genrepi_image_set *set, const char *path) {
    if (set->n == MOST_FILES)
        return genrepi_fail(set->ctx, GENREP_E_RANGE, "there are more than %d images", MOST_FILES);
    if (set->n == set->capacity) {
        const int64_t wanted = set->capacity == 0 ? 256 : 2 * set->capacity;
        char **grown = genrepi_realloc(set->ctx, set->paths, wanted, sizeof *grown);
        if (grown == NULL) return GENREP_E_NOMEM;
        set->paths = grown;
        set->capacity = wanted;
    }
    char *copy = genrepi_strdup(set->ctx, path);
    if (copy == NULL) return GENREP_E_NOMEM;
    set->paths[set->n++] = copy;
    return 0;
}

static int32_t walk(genrepi_image_set *set, const char *folder, int depth);

static int32_t walk_entry(genrepi_image_set *set, const char *folder, const char *name, int depth) {
    genrepi_buffer path = {.ctx = set->ctx};
    struct stat is;
    genrepi_buffer_format(&path, "%s/%s", folder, name);
    int32_t status = genrepi_buffer_status(&path);
    if (status == 0 && stat(path.data, &is) == 0) {
        if (S_ISDIR(is.st_mode)) {
            status = walk(set, path.data, depth + 1);
        } else if (genrepi_image_named(name) && genrepi_image_in_part(&set->options, path.data)) {
            status = genrepi_image_set_add(set, path.data);
        }
    }
    genrepi_buffer_free(&path);
    return status;
}

static int32_t walk(genrepi_image_set *set, const char *folder, int depth) {
    if (depth > DEEPEST)
        return genrepi_fail(set->ctx, GENREP_E_INVALID, "'%s': more than %d folders deep", folder,
                            DEEPEST);
    DIR *dir = opendir(folder);
    if (dir == NULL) return genrepi_io_fail(set->ctx, "cannot open", folder, errno);
    int32_t status = 0;
    for (const struct dirent *entry; status == 0 && (entry = readdir(dir)) != NULL;)
        if (entry->d_name[0] != '.') status = walk_entry(set, folder, entry->d_name, depth);
    closedir(dir);
    return status;
}

static int by_path(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int32_t genrepi_image_set_folder(genrepi_image_set *set, const char *folder) {
    int32_t status = walk(set, folder, 0);
    if (status != 0) return status;
    if (set->n > 1) qsort(set->paths, (size_t)set->n, sizeof *set->paths, by_path);
    if (set->n > 0) return 0;
    return genrepi_fail(set->ctx, GENREP_E_INVALID,
                        "'%s' has no images%s: files that end in .png, .jpg, .jpeg, .pgm or .ppm "
                        "are taken",
                        folder, set->options.part == GENREPI_PART_ALL ? "" : " of this part");
}

int32_t genrepi_image_set_ready(genrepi_image_set *set) {
    const int64_t room = set->options.cache << 20;
    set->ready = genrepi_alloc(set->ctx, set->n, 1);
    if (set->ready == NULL) return GENREP_E_NOMEM;
    if (set->n <= room / set->each) {
        set->cached = genrepi_alloc_raw(set->ctx, set->n, (size_t)set->each);
        return set->cached == NULL ? GENREP_E_NOMEM : 0;
    }
    set->scratch = genrepi_alloc_raw(set->ctx, 1, (size_t)set->each);
    return set->scratch == NULL ? GENREP_E_NOMEM : 0;
}

/* Of two images side by side one; rows move to the front of the same memory. */
static int32_t keep_half(const genrepi_image_set *set, int64_t i, genrepi_image *image) {
    const int64_t width = image->width / 2, channels = image->channels;
    const int64_t left = set->half == 2 ? image->width - width : 0;
    if (width < 1)
        return genrepi_fail(set->ctx, GENREP_E_FORMAT,
                            "'%s' is one pixel wide, not two images side by side", set->paths[i]);
    for (int64_t y = 0; y < image->height; y++)
        memmove(image->pixels + y * width * channels,
                image->pixels + (y * image->width + left) * channels, (size_t)(width * channels));
    image->width = width;
    return 0;
}

int32_t genrepi_image_set_get(genrepi_image_set *set, int64_t i, const uint8_t **out) {
    const genrepi_image_options *o = &set->options;
    uint8_t *to = set->cached != NULL ? set->cached + i * set->each : set->scratch;
    *out = to;
    if (set->ready[i]) return 0;
    genrepi_image image = {0, 0, 0, NULL};
    int32_t status = genrepi_image_read(set->ctx, set->paths[i], &image);
    if (status == 0 && set->half != 0) status = keep_half(set, i, &image);
    if (status == 0)
        status = genrepi_image_prepare(set->ctx, &image, o->fit, (int32_t)o->background,
                                       (int32_t)o->channels, o->load, to);
    genrepi_free(set->ctx, image.pixels);
    if (status == 0 && set->cached != NULL) set->ready[i] = 1;
    return status;
}

void genrepi_image_set_show(const genrepi_image_set *set, int64_t place, int32_t channels,
                            const uint8_t *from, uint8_t *to) {
    const genrepi_image_options *o = &set->options;
    const int64_t load = o->load, size = o->size;
    genrepi_rng rng = genrepi_rng_at(
        set->ctx->seed, genrepi_stream(GENREPI_FOR_IMAGES, (uint64_t)place, set->number), 0);
    const int64_t top = (int64_t)genrepi_rng_below(&rng, (uint64_t)(load - size + 1));
    const int64_t left = (int64_t)genrepi_rng_below(&rng, (uint64_t)(load - size + 1));
    const int mirrored = o->flip && genrepi_rng_uniform(&rng) < 0.5;
    for (int32_t c = 0; c < channels; c++)
        for (int64_t y = 0; y < size; y++) {
            const uint8_t *row = from + (c * load + y + top) * load + left;
            uint8_t *out = to + (c * size + y) * size;
            if (!mirrored) memcpy(out, row, (size_t)size);
            for (int64_t x = 0; x < size && mirrored; x++) out[x] = row[size - 1 - x];
        }
}

const char *genrepi_image_stem(const char *path, size_t *length) {
    const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    *length = dot != NULL && dot > name ? (size_t)(dot - name) : strlen(name);
    return name;
}

int genrepi_image_in_part(const genrepi_image_options *o, const char *path) {
    size_t length;
    const char *stem = genrepi_image_stem(path, &length);
    if (o->part == GENREPI_PART_ALL) return 1;
    if (o->stem > 0 && (size_t)o->stem < length) length = (size_t)o->stem;
    uint64_t hash = genrepi_hash(stem, length); /* names are alike: mix it (Steele et al. 2014) */
    hash = (hash ^ hash >> 30) * 0xBF58476D1CE4E5B9u;
    hash = (hash ^ hash >> 27) * 0x94D049BB133111EBu;
    const double share = (double)((hash ^ hash >> 31) >> 11) / 9007199254740992.0;
    return (share < o->holdout) == (o->part == GENREPI_PART_TEST);
}
