/* Files: replaced at once, or left as they were; read as streams, through gzip too. */
#include <counted.h>

#include <io/file.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <config.h>

static void assert_content(const char *name, const char *expected) {
    size_t size;
    char *bytes = support_read(name, &size);
    assert_int_equal(size, strlen(expected));
    assert_string_equal(bytes, expected);
    free(bytes);
}

static void replace(const char *name, const char *text) {
    genrepi_writer writer;
    assert_ok(ctx, genrepi_writer_open(ctx, support_path(name), &writer));
    genrepi_writer_add(&writer, text, strlen(text));
    assert_int_equal(writer.written, strlen(text));
    assert_ok(ctx, genrepi_writer_commit(&writer));
    genrepi_writer_abandon(&writer);
}

static void test_nothing_is_seen_before_commit(void **state) {
    (void)state;
    genrepi_writer writer;
    support_write("a", "old", 3);
    assert_ok(ctx, genrepi_writer_open(ctx, support_path("a"), &writer));
    genrepi_writer_add(&writer, "new", 3);
    assert_content("a", "old");
    assert_ok(ctx, genrepi_writer_commit(&writer));
    assert_content("a", "new");
    assert_int_equal(support_count_files(), 1);
}

static void test_abandoning_leaves_the_old_file_and_nothing_else(void **state) {
    (void)state;
    genrepi_writer writer = {0};
    genrepi_writer_abandon(&writer);
    support_write("a", "old", 3);
    assert_ok(ctx, genrepi_writer_open(ctx, support_path("a"), &writer));
    genrepi_writer_add(&writer, "new", 3);
    assert_int_equal(support_count_files(), 2);
    genrepi_writer_abandon(&writer);
    genrepi_writer_abandon(&writer);
    assert_content("a", "old");
    assert_int_equal(support_count_files(), 1);
}

static void test_two_writers_of_one_file_do_not_meet(void **state) {
    (void)state;
    genrepi_writer a, b;
    assert_ok(ctx, genrepi_writer_open(ctx, support_path("a"), &a));
    assert_ok(ctx, genrepi_writer_open(ctx, support_path("a"), &b));
    genrepi_writer_add(&a, "first", 5);
    genrepi_writer_add(&b, "second", 6);
    assert_ok(ctx, genrepi_writer_commit(&b));
    assert_content("a", "second");
    assert_ok(ctx, genrepi_writer_commit(&a));
    assert_content("a", "first");
    assert_int_equal(support_count_files(), 1);
}

static void test_large_and_small_pieces_keep_their_order(void **state) {
    (void)state;
    static const size_t pieces[] = {1, 65535, 65536, 3, 200000, 65533, 5, 0, 70000};
    size_t whole = 0, at = 0, size;
    for (int i = 0; i < 9; i++) whole += pieces[i];
    char *bytes = malloc(whole);
    for (size_t i = 0; i < whole; i++) bytes[i] = (char)(i * 2654435761u >> 13);
    genrepi_writer writer;
    assert_ok(ctx, genrepi_writer_open(ctx, support_path("a"), &writer));
    for (int i = 0; i < 9; at += pieces[i++]) genrepi_writer_add(&writer, bytes + at, pieces[i]);
    assert_ok(ctx, genrepi_writer_commit(&writer));
    char *back = support_read("a", &size);
    assert_int_equal(size, whole);
    assert_memory_equal(back, bytes, whole);
    free(back);
    free(bytes);
}

static int mode_of(const char *name) {
    struct stat info;
    assert_int_equal(stat(support_path(name), &info), 0);
    return (int)(info.st_mode & 0777);
}

static void test_permissions_are_the_old_file_s_or_the_umask_s(void **state) {
    (void)state;
    mode_t mask = umask(027);
    replace("new", "x");
    assert_int_equal(mode_of("new"), 0640);
    support_write("private", "old", 3);
    assert_int_equal(chmod(support_path("private"), 0600), 0);
    support_write("open", "old", 3);
    assert_int_equal(chmod(support_path("open"), 0666), 0);
    replace("private", "x");
    replace("open", "x");
    umask(mask);
    assert_int_equal(mode_of("private"), 0600);
    assert_int_equal(mode_of("open"), 0666);
}

static void test_a_symbolic_link_stays_one(void **state) {
    (void)state;
    struct stat info;
    support_write("real", "old", 3);
    assert_int_equal(symlink("real", support_path("link")), 0);
    replace("link", "new");
    assert_content("real", "new");
    assert_int_equal(lstat(support_path("link"), &info), 0);
    assert_true(S_ISLNK(info.st_mode));
}

static void test_a_path_without_folder_is_the_current_one(void **state) {
    (void)state;
    char here[4096];
    genrepi_writer writer;
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(support_path("")), 0);
    assert_ok(ctx, genrepi_writer_open(ctx, "a", &writer));
    genrepi_writer_add(&writer, "x", 1);
    assert_ok(ctx, genrepi_writer_commit(&writer));
    assert_int_equal(chdir(here), 0);
    assert_content("a", "x");
}

static void test_what_cannot_be_replaced_is_refused(void **state) {
    (void)state;
    genrepi_writer writer;
    char longest[5000];
    memset(longest, 'x', sizeof longest);
    longest[sizeof longest - 1] = 0;
    support_write("file", "x", 1);
    assert_error(ctx, genrepi_writer_open(ctx, support_path("none/a"), &writer), GENREP_E_IO,
                 "none/a': No such file or directory");
    assert_error(ctx, genrepi_writer_open(ctx, support_path("file/a"), &writer), GENREP_E_IO,
                 "Not a directory");
    assert_error(ctx, genrepi_writer_open(ctx, support_path(""), &writer), GENREP_E_IO,
                 "name a file");
    assert_error(ctx, genrepi_writer_open(ctx, "", &writer), GENREP_E_IO, "name a file");
    assert_error(ctx, genrepi_writer_open(ctx, support_path("."), &writer), GENREP_E_IO, "regular");
    assert_error(ctx, genrepi_writer_open(ctx, "/dev/null", &writer), GENREP_E_IO, "regular");
    assert_int_equal(genrepi_writer_open(ctx, longest, &writer), GENREP_E_IO);
    assert_int_equal(support_count_files(), 1);
}

static void test_out_of_memory_leaves_nothing(void **state) {
    (void)state;
    genrepi_writer writer;
    for (int64_t n = 1;; n++) {
        memory.allocations = 0;
        memory.fail_at = n;
        int32_t status = genrepi_writer_open(ctx, support_path("a"), &writer);
        if (status == 0) break;
        assert_int_equal(status, GENREP_E_NOMEM);
        genrepi_writer_abandon(&writer);
        assert_int_equal(support_count_files(), 0);
    }
    genrepi_writer_abandon(&writer);
}

/* ---- reading -----------------------------------------------------------------------------------
 */

static void test_a_whole_file_up_to_a_limit(void **state) {
    (void)state;
    char *bytes = (char *)&memory;
    int64_t size = -1;
    support_write("a", "0123456789", 10);
    support_write("empty", "", 0);
    assert_ok(ctx, genrepi_file_read(ctx, support_path("a"), 10, &bytes, &size));
    assert_int_equal(size, 10);
    assert_string_equal(bytes, "0123456789");
    genrepi_free(ctx, bytes);
    assert_ok(ctx, genrepi_file_read(ctx, support_path("empty"), 10, &bytes, &size));
    assert_int_equal(size, 0);
    assert_string_equal(bytes, "");
    genrepi_free(ctx, bytes);
    bytes = NULL, size = -1;
    assert_error(ctx, genrepi_file_read(ctx, support_path("a"), 9, &bytes, &size), GENREP_E_FORMAT,
                 "larger than 9");
    assert_error(ctx, genrepi_file_read(ctx, support_path("none"), 9, &bytes, &size), GENREP_E_IO,
                 "none': No such file");
    assert_error(ctx, genrepi_file_read(ctx, support_path(""), 9, &bytes, &size), GENREP_E_IO,
                 "Is a directory");
    memory.fail_at = memory.allocations + 1;
    assert_error(ctx, genrepi_file_read(ctx, support_path("a"), 10, &bytes, &size), GENREP_E_NOMEM,
                 "memory");
    assert_null(bytes);
    assert_int_equal(size, -1);
}

static void test_a_pipe_is_read_to_its_end(void **state) {
    (void)state;
    int ends[2];
    char path[64], *bytes;
    int64_t size;
    static char text[30000];
    memset(text, 'p', sizeof text);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], text, sizeof text), sizeof text);
    close(ends[1]);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    assert_ok(ctx, genrepi_file_read(ctx, path, 1000000, &bytes, &size));
    assert_int_equal(size, sizeof text);
    assert_memory_equal(bytes, text, sizeof text);
    genrepi_free(ctx, bytes);
    close(ends[0]);
}

/* Reads all of it in steps of a size, twice. */
static void check_stream(genrepi_reader *reader, const char *expected, size_t size, size_t step) {
    char *bytes = malloc(size + step);
    for (int pass = 0; pass < 2; pass++) {
        size_t at = 0, got;
        do {
            assert_ok(ctx, genrepi_reader_read(reader, bytes + at, step, &got));
            at += got;
        } while (got == step && at <= size);
        assert_int_equal(at, size);
        assert_memory_equal(bytes, expected, size);
        assert_ok(ctx, genrepi_reader_read(reader, bytes, 1, &got));
        assert_int_equal(got, 0);
        assert_ok(ctx, genrepi_reader_end(reader));
        assert_error(ctx, genrepi_reader_need(reader, bytes, 1), GENREP_E_FORMAT, "too early");
        assert_ok(ctx, genrepi_reader_rewind(reader));
    }
    free(bytes);
}

static const size_t steps[] = {1, 7, 4096, 65535, 65536, 65537, 1000000};

static char *noise(size_t size) {
    char *bytes = malloc(size + 1);
    for (size_t i = 0; i < size; i++) bytes[i] = (char)(i % 251 + i / 1000);
    return bytes;
}

static void test_a_stream_in_any_steps(void **state) {
    (void)state;
    static const size_t sizes[] = {0, 1, 2, 65536, 200001};
    for (int i = 0; i < 5; i++) {
        char *bytes = noise(sizes[i]);
        support_write("a", bytes, sizes[i]);
        for (int k = 0; k < 7; k++) {
            genrepi_reader *reader;
            assert_ok(ctx, genrepi_reader_open(ctx, support_path("a"), &reader));
            assert_int_equal(genrepi_reader_left(reader), sizes[i]);
            check_stream(reader, bytes, sizes[i], steps[k]);
            assert_string_equal(genrepi_reader_name(reader), support_path("a"));
            genrepi_reader_close(reader);
            assert_ok(ctx, genrepi_reader_memory(ctx, bytes, sizes[i], &reader));
            assert_int_equal(genrepi_reader_left(reader), sizes[i]);
            check_stream(reader, bytes, sizes[i], steps[k]);
            assert_string_equal(genrepi_reader_name(reader), "memory");
            genrepi_reader_close(reader);
        }
        free(bytes);
    }
    genrepi_reader *none;
    assert_ok(ctx, genrepi_reader_memory(ctx, NULL, 0, &none));
    check_stream(none, "", 0, 5);
    genrepi_reader_close(none);
    genrepi_reader_close(NULL);
}

static void test_left_counts_down(void **state) {
    (void)state;
    genrepi_reader *reader;
    char byte[10];
    support_write("a", "0123456789", 10);
    assert_ok(ctx, genrepi_reader_open(ctx, support_path("a"), &reader));
    assert_ok(ctx, genrepi_reader_need(reader, byte, 3));
    assert_int_equal(genrepi_reader_left(reader), 7);
    assert_error(ctx, genrepi_reader_end(reader), GENREP_E_FORMAT, "goes on");
    genrepi_reader_close(reader);
}

static void test_what_cannot_be_opened(void **state) {
    (void)state;
    genrepi_reader *reader = NULL;
    assert_error(ctx, genrepi_reader_open(ctx, support_path("none"), &reader), GENREP_E_IO,
                 "none': No such file");
    assert_error(ctx, genrepi_reader_open(ctx, support_path(""), &reader), GENREP_E_IO,
                 "Is a directory");
    support_write("a", "x", 1);
    for (int64_t n = 1; n <= 3; n++) {
        memory.allocations = 0;
        memory.fail_at = n;
        assert_error(ctx, genrepi_reader_open(ctx, support_path("a"), &reader), GENREP_E_NOMEM,
                     "memory");
    }
    assert_null(reader);
}

/* gzip -n of "hello, gzip\n". */
static const unsigned char hello[] = {
    0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xCB, 0x48, 0xCD, 0xC9, 0xC9, 0xD7,
    0x51, 0x48, 0xAF, 0xCA, 0x2C, 0xE0, 0x02, 0x00, 0x86, 0x1F, 0x82, 0xA4, 0x0C, 0x00, 0x00, 0x00};

#ifdef GENREPI_HAVE_ZLIB
#include <zlib.h>

static void test_gzip_is_decompressed(void **state) {
    (void)state;
    genrepi_reader *reader;
    const size_t size = 300000;
    char *bytes = noise(size);
    gzFile file = gzopen(support_path("a.gz"), "wb6");
    assert_int_equal(gzwrite(file, bytes, (unsigned)size), size);
    assert_int_equal(gzclose(file), Z_OK);
    for (int k = 0; k < 7; k++) {
        assert_ok(ctx, genrepi_reader_open(ctx, support_path("a.gz"), &reader));
        assert_int_equal(genrepi_reader_left(reader), -1);
        check_stream(reader, bytes, size, steps[k]);
        genrepi_reader_close(reader);
    }
    free(bytes);
    assert_ok(ctx, genrepi_reader_memory(ctx, hello, sizeof hello, &reader));
    check_stream(reader, "hello, gzip\n", 12, 5);
    genrepi_reader_close(reader);
}

static void test_several_members_are_one_stream(void **state) {
    (void)state;
    unsigned char twice[2 * sizeof hello];
    genrepi_reader *reader;
    memcpy(twice, hello, sizeof hello);
    memcpy(twice + sizeof hello, hello, sizeof hello);
    assert_ok(ctx, genrepi_reader_memory(ctx, twice, sizeof twice, &reader));
    check_stream(reader, "hello, gzip\nhello, gzip\n", 24, 100);
    genrepi_reader_close(reader);
}

/* Every cut and every flipped byte of the data is noticed, at the latest when the end is asked for.
 */
static void test_damaged_gzip_is_refused_with_its_name(void **state) {
    (void)state;
    char bytes[64];
    size_t got;
    genrepi_reader *reader;
    for (size_t n = 2; n < sizeof hello; n++) {
        support_write("cut.gz", hello, n);
        assert_ok(ctx, genrepi_reader_open(ctx, support_path("cut.gz"), &reader));
        assert_error(ctx, genrepi_reader_read(reader, bytes, sizeof bytes, &got), GENREP_E_FORMAT,
                     "cut.gz': the compressed data end too early");
        genrepi_reader_close(reader);
    }
    for (size_t i = 10; i < sizeof hello; i++) {
        unsigned char bad[sizeof hello];
        memcpy(bad, hello, sizeof hello);
        bad[i] ^= 0x55;
        assert_ok(ctx, genrepi_reader_memory(ctx, bad, sizeof bad, &reader));
        assert_error(ctx, genrepi_reader_read(reader, bytes, sizeof bytes, &got), GENREP_E_FORMAT,
                     "memory': the compressed data");
        genrepi_reader_close(reader);
    }
    unsigned char more[sizeof hello + 3] = {0};
    memcpy(more, hello, sizeof hello);
    assert_ok(ctx, genrepi_reader_memory(ctx, more, sizeof more, &reader));
    assert_error(ctx, genrepi_reader_read(reader, bytes, sizeof bytes, &got), GENREP_E_FORMAT,
                 "damaged");
    genrepi_reader_close(reader);
}

static void test_gzip_out_of_memory(void **state) {
    (void)state;
    int reached_the_end = 0;
    for (int64_t n = 1; !reached_the_end; n++) {
        genrepi_reader *reader = NULL;
        char bytes[64];
        size_t got = 0;
        memory.allocations = 0;
        memory.fail_at = n;
        int32_t status = genrepi_reader_memory(ctx, hello, sizeof hello, &reader);
        if (status == 0) status = genrepi_reader_read(reader, bytes, sizeof bytes, &got);
        genrepi_reader_close(reader);
        reached_the_end = status == 0;
        if (status) assert_int_equal(status, GENREP_E_NOMEM);
        if (status) assert_non_null(strstr(genrep_ctx_error(ctx), "memory"));
    }
}
#else
static void test_gzip_is_unsupported_and_says_so(void **state) {
    (void)state;
    genrepi_reader *reader = NULL;
    assert_error(ctx, genrepi_reader_memory(ctx, hello, sizeof hello, &reader),
                 GENREP_E_UNSUPPORTED, "gzip");
    assert_null(reader);
}
#endif

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_nothing_is_seen_before_commit),
        TEST(test_abandoning_leaves_the_old_file_and_nothing_else),
        TEST(test_two_writers_of_one_file_do_not_meet),
        TEST(test_large_and_small_pieces_keep_their_order),
        TEST(test_permissions_are_the_old_file_s_or_the_umask_s),
        TEST(test_a_symbolic_link_stays_one),
        TEST(test_a_path_without_folder_is_the_current_one),
        TEST(test_what_cannot_be_replaced_is_refused),
        TEST(test_out_of_memory_leaves_nothing),
        TEST(test_a_whole_file_up_to_a_limit),
        TEST(test_a_pipe_is_read_to_its_end),
        TEST(test_a_stream_in_any_steps),
        TEST(test_left_counts_down),
        TEST(test_what_cannot_be_opened),
#ifdef GENREPI_HAVE_ZLIB
        TEST(test_gzip_is_decompressed),
        TEST(test_several_members_are_one_stream),
        TEST(test_damaged_gzip_is_refused_with_its_name),
        TEST(test_gzip_out_of_memory),
#else
        TEST(test_gzip_is_unsupported_and_says_so),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
