/* See files.h. */
#include <files.h>
#include <support.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATHS 256

static char folder[384];

const char *support_path(const char *name) {
    static char paths[PATHS][512];
    static int n;
    if (folder[0] == 0) {
        const char *base =
            getenv("TMPDIR"); /* tests/run.sh: in memory, where fsync costs nothing */
        snprintf(folder, sizeof folder, "%s/genrep-test-XXXXXX", base && *base ? base : "/tmp");
        assert_non_null(mkdtemp(folder));
        n = 0;
    }
    size_t before = strlen(folder) + 1;
    for (int i = 0; i < n; i++)
        if (strcmp(paths[i] + before, name) == 0) return paths[i];
    assert_in_range(n, 0, PATHS - 1);
    snprintf(paths[n], sizeof paths[n], "%s/%s", folder, name);
    return paths[n++];
}

void support_write(const char *name, const void *bytes, size_t size) {
    FILE *file = fopen(support_path(name), "wb");
    assert_non_null(file);
    if (size > 0) assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

char *support_read(const char *name, size_t *size) {
    FILE *file = fopen(support_path(name), "rb");
    struct stat info;
    assert_non_null(file);
    assert_int_equal(fstat(fileno(file), &info), 0);
    char *bytes = malloc((size_t)info.st_size + 1);
    assert_non_null(bytes);
    size_t got = fread(bytes, 1, (size_t)info.st_size, file);
    assert_int_equal(got, info.st_size);
    bytes[got] = 0;
    fclose(file);
    if (size) *size = got;
    return bytes;
}

int support_exists(const char *name) {
    struct stat info;
    return lstat(support_path(name), &info) == 0;
}

static void remove_file(const char *name) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    remove(path);
}

/* Counts, and removes if told so. */
static int each_file(int remove_them) {
    int n = 0;
    DIR *listing = opendir(support_path(""));
    assert_non_null(listing);
    for (struct dirent *entry; (entry = readdir(listing)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        n++;
        if (remove_them) remove_file(entry->d_name);
    }
    closedir(listing);
    return n;
}

int support_count_files(void) {
    return each_file(0);
}

int support_remove_files(void **state) {
    (void)state;
    if (folder[0] == 0) return 0;
    each_file(1);
    rmdir(folder);
    folder[0] = 0;
    return 0;
}
