/* Files of tests: a folder of the process's own, emptied and removed at the end. */
#ifndef SUPPORT_FILES_H
#define SUPPORT_FILES_H

#include <stddef.h>

/* The path of a name in the folder; it stays until the files are removed. */
const char *support_path(const char *name);
void support_write(const char *name, const void *bytes, size_t size);
/* The whole file, ended by a 0 that *size (may be NULL) does not count; free() it. */
char *support_read(const char *name, size_t *size);
int support_exists(const char *name);
/* How many files the folder has. */
int support_count_files(void);
/* Removes all of them: a group or test teardown of cmocka. */
int support_remove_files(void **state);

#endif
