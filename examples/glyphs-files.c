/*
 * Output files of the `glyphs` example. A data set of which one file is new and another old, or one
 * file half there, looks fine and trains to nonsense: so every file is written under a temporary
 * name beside its final one, all are brought to disk, and only then do all get their names.
 * Whatever ends the program before that leaves what was there before.
 */
#define _GNU_SOURCE
#include "glyphs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool glyph_output_error(const char *verb, const char *path) {
    return glyph_complain("cannot %s %s: %s%s", verb, path, strerror(errno),
                          errno == ENOSPC || errno == EDQUOT ? "; free some space or ask for less"
                                                             : "");
}

FILE *glyph_output_open(struct glyph_outputs *outputs, const char *folder, const char *name) {
    struct glyph_output *item = &outputs->items[outputs->n];
    size_t room = strlen(folder) + strlen(name) + 48;
    *item = (struct glyph_output){malloc(room), malloc(room), NULL};
    outputs->n++;
    if (!item->path || !item->temporary) {
        glyph_complain("out of memory");
        return NULL;
    }
    snprintf(item->path, room, "%s%s%s", folder, *folder ? "/" : "", name);
    struct stat st;
    if (stat(item->path, &st) == 0 && !S_ISREG(st.st_mode)) {
        glyph_complain("%s exists and is not a file; choose another name", item->path);
        *item->temporary = '\0';
        return NULL;
    }
    int fd = -1;
    for (unsigned attempt = 0; fd < 0 && attempt < 100; attempt++) {
        snprintf(item->temporary, room, "%s.%ld-%u.tmp", item->path, (long)getpid(), attempt);
        fd = open(item->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0 && errno != EEXIST) break;
    }
    if (fd >= 0) item->file = fdopen(fd, "wb");
    if (!item->file) {
        glyph_output_error("create", item->path);
        if (fd >= 0)
            close(fd);
        else
            *item->temporary = '\0';
    }
    return item->file;
}

void glyph_outputs_abandon(struct glyph_outputs *outputs) {
    for (size_t i = 0; i < outputs->n; i++) {
        struct glyph_output *item = &outputs->items[i];
        if (item->file) fclose(item->file);
        if (item->temporary && *item->temporary) unlink(item->temporary);
        free(item->path);
        free(item->temporary);
    }
    outputs->n = 0;
}

static void sync_folder_of(const char *path) {
    char *folder = strdup(path);
    char *slash = folder ? strrchr(folder, '/') : NULL;
    if (slash) slash[slash == folder] = '\0';
    int fd = folder ? open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    /* Not every file system can do this; the files themselves are on disk already. */
    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
    free(folder);
}

bool glyph_outputs_commit(struct glyph_outputs *outputs) {
    for (size_t i = 0; i < outputs->n; i++) {
        struct glyph_output *item = &outputs->items[i];
        bool good =
            fflush(item->file) == 0 && !ferror(item->file) && fsync(fileno(item->file)) == 0;
        FILE *file = item->file;
        item->file = NULL;
        if (!good) {
            glyph_output_error("write", item->path);
            fclose(file);
            return false;
        }
        if (fclose(file) != 0) return glyph_output_error("write", item->path);
    }
    for (size_t i = 0; i < outputs->n; i++) {
        struct glyph_output *item = &outputs->items[i];
        if (rename(item->temporary, item->path) != 0)
            return glyph_output_error("create", item->path);
        *item->temporary = '\0';
        if (i + 1 == outputs->n) sync_folder_of(item->path);
    }
    return true;
}

bool glyph_make_folder(const char *path) {
    char *copy = strdup(path);
    if (!copy) return glyph_complain("out of memory");
    bool good = true;
    for (char *p = copy; good && *p;) {
        p += strspn(p, "/");
        p += strcspn(p, "/");
        char kept = *p;
        *p = '\0';
        if (mkdir(copy, 0777) != 0 && errno != EEXIST) {
            good = glyph_complain("cannot make the folder %s: %s", copy, strerror(errno));
        }
        *p = kept;
    }
    free(copy);
    struct stat st;
    if (good && (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))) {
        good = glyph_complain("%s is not a folder; choose another with --out DIR", path);
    }
    return good;
}
