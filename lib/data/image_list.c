/* Lists of pairs of image files: see genrepi_image_list() in image_set.h. */
#include <data/image_set.h>
#include <io/file.h>
#include <string.h>

int32_t genrepi_image_list(genrep_ctx *ctx, const char *path, const char *folder,
                           genrepi_image_set *first, genrepi_image_set *second) {
    char *text = NULL;
    int64_t size = 0, line = 0;
    int32_t status = genrepi_file_read(ctx, path, 1 << 30, &text, &size);
    for (char *at = text; status == 0 && *at != '\0';) {
        char *end = strchr(at, '\n'), *next = end != NULL ? end + 1 : at + strlen(at);
        if (end != NULL) *end = '\0';
        at[strcspn(at, "\r")] = '\0';
        char *tab = at + strcspn(at, "\t,");
        char *name[2] = {at, *tab != '\0' ? tab + 1 : tab};
        *tab = '\0';
        name[1][strcspn(name[1], "\t,")] = '\0';
        line++;
        at = next;
        if (*name[0] == '\0') continue;
        if (!genrepi_image_named(name[0]) || !genrepi_image_named(name[1])) {
            if (line > 1)
                status = genrepi_fail(ctx, GENREP_E_FORMAT,
                                      "'%s', line %lld: two names of images are needed", path,
                                      (long long)line);
            continue; /* the first may be a heading */
        }
        if (!genrepi_image_in_part(&first->options, name[0])) continue;
        for (int i = 0; i < 2 && status == 0; i++) {
            genrepi_buffer whole = {.ctx = ctx};
            genrepi_buffer_format(&whole, "%s/%s", folder, name[i]);
            status = genrepi_buffer_status(&whole);
            if (status == 0) status = genrepi_image_set_add(i == 0 ? first : second, whole.data);
            genrepi_buffer_free(&whole);
        }
    }
    genrepi_free(ctx, text);
    if (status == 0 && first->n == 0)
        status = genrepi_fail(ctx, GENREP_E_INVALID, "'%s' names no images of this part", path);
    return status;
}
