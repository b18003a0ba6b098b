/* Runs a fuzz target over files, and over the files of folders, without a fuzzing engine. */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

static int replay(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) return 0;
    long size = ftell(file);
    uint8_t *bytes = size < 0 ? NULL : malloc((size_t)size + 1);
    rewind(file);
    size_t got = bytes == NULL ? 0 : fread(bytes, 1, (size_t)size, file);
    fclose(file);
    /* A copy of just that size, so that reading behind the end is noticed. */
    uint8_t *exact = got > 0 ? realloc(bytes, got) : bytes;
    if (exact == NULL) return 0;
    LLVMFuzzerTestOneInput(exact, got);
    free(exact);
    return 1;
}

int main(int argc, char **argv) {
    int done = 0;
    for (int i = 1; i < argc; i++) {
        DIR *folder = opendir(argv[i]);
        if (folder == NULL) {
            done += replay(argv[i]);
            continue;
        }
        for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
            char path[4096];
            if (entry->d_name[0] == '.') continue;
            snprintf(path, sizeof path, "%s/%s", argv[i], entry->d_name);
            done += replay(path);
        }
        closedir(folder);
    }
    printf("%d inputs\n", done);
    return done > 0 ? 0 : 1;
}
