/* PNG: chunks with right checksums, and pixels where a grid of images puts them.  The file is read
 * back here by other means than it was written. */
#include <counted.h>

#include <config.h>
#include <io/bytes.h>
#include <io/crc32.h>
#include <io/formats.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#ifdef GENREPI_HAVE_ZLIB
#include <zlib.h>
#endif

/* ---- reading back ------------------------------------------------------------------------------
 */

typedef struct picture {
    int64_t width, height, channels;
    uint8_t *pixels;
} picture;

/* A bit at a time, as the specification defines it. */
static uint32_t slow_crc(const uint8_t *bytes, size_t size) {
    uint32_t crc = 0xFFFFFFFF;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
    }
    return ~crc;
}

/* The zlib stream's bytes. */
static void expand(const uint8_t *in, size_t size, uint8_t *out, size_t expected) {
#ifdef GENREPI_HAVE_ZLIB
    uLongf n = expected;
    assert_int_equal(uncompress(out, &n, in, size), Z_OK);
    assert_int_equal(n, expected);
#else
    size_t at = 2, n = 0;
    int last = 0;
    assert_int_equal((in[0] * 256 + in[1]) % 31, 0);
    while (!last) {
        size_t length = in[at + 1] + 256u * in[at + 2];
        last = in[at];
        assert_true(last <= 1);
        assert_int_equal(length ^ (in[at + 3] + 256u * in[at + 4]), 0xFFFF);
        assert_true(n + length <= expected);
        memcpy(out + n, in + at + 5, length);
        n += length;
        at += 5 + length;
    }
    assert_int_equal(n, expected);
    uint32_t a = 1, b = 0;
    for (size_t i = 0; i < n; i++) a = (a + out[i]) % 65521, b = (b + a) % 65521;
    assert_int_equal(genrepi_get_big32(in + at), b << 16 | a);
    assert_int_equal(at + 4, size);
#endif
}

static picture read_png(const char *name) {
    picture p = {0};
    size_t size, at = 8, used = 0;
    uint8_t *bytes = (uint8_t *)support_read(name, &size), *data = malloc(size);
    assert_memory_equal(bytes, "\x89PNG\r\n\x1A\n", 8);
    for (int end = 0; !end;) {
        uint32_t n = genrepi_get_big32(bytes + at);
        const uint8_t *type = bytes + at + 4;
        assert_true(at + 12 + n <= size);
        assert_int_equal(genrepi_get_big32(type + 4 + n), slow_crc(type, n + 4));
        if (memcmp(type, "IHDR", 4) == 0) {
            assert_int_equal(n, 13);
            p.width = genrepi_get_big32(type + 4);
            p.height = genrepi_get_big32(type + 8);
            assert_int_equal(type[12], 8);
            p.channels = type[13] == 2 ? 3 : 1;
            assert_true(type[13] == 0 || type[13] == 2);
            assert_memory_equal(type + 14, "\0\0\0", 3);
        } else if (memcmp(type, "IDAT", 4) == 0) {
            memcpy(data + used, type + 4, n);
            used += n;
        } else {
            assert_memory_equal(type, "IEND", 4);
            end = 1;
        }
        at += 12 + n;
    }
    assert_int_equal(at, size);
    size_t row = (size_t)(p.width * p.channels);
    uint8_t *raw = malloc((row + 1) * (size_t)p.height);
    p.pixels = malloc(row * (size_t)p.height);
    expand(data, used, raw, (row + 1) * (size_t)p.height);
    for (size_t y = 0; y < (size_t)p.height; y++) {
        assert_int_equal(raw[y * (row + 1)], 0);
        memcpy(p.pixels + y * row, raw + y * (row + 1) + 1, row);
    }
    free(raw);
    free(data);
    free(bytes);
    return p;
}

/* ---- tests -------------------------------------------------------------------------------------
 */

static void test_crc_of_every_length_is_the_slow_one(void **state) {
    (void)state;
    genrepi_crc32 crc;
    uint8_t bytes[100];
    char text[GENREPI_CRC32_BYTES];
    genrepi_crc32_init(&crc);
    for (int i = 0; i < 100; i++) bytes[i] = (uint8_t)(i * 37 + i / 7);
    for (size_t n = 0; n <= 100; n++)
        for (size_t cut = 0; cut <= n; cut += 7) {
            uint32_t first = genrepi_crc32_add(&crc, 0, bytes, cut);
            assert_int_equal(genrepi_crc32_add(&crc, first, bytes + cut, n - cut),
                             slow_crc(bytes, n));
        }
    genrepi_crc32_text(genrepi_crc32_add(&crc, 0, "123456789", 9), text);
    assert_string_equal(text, "cbf43926");
}

static void test_pixels_of_any_size_come_back(void **state) {
    (void)state;
    static const int64_t sizes[][2] = {{1, 1},     {3, 2},     {65534, 1},
                                       {65535, 2}, {1, 65600}, {700, 301}};
    for (int i = 0; i < 6; i++)
        for (int32_t channels = 1; channels <= 3; channels += 2) {
            size_t n = (size_t)(sizes[i][0] * sizes[i][1] * channels);
            uint8_t *pixels = malloc(n);
            for (size_t k = 0; k < n; k++) pixels[k] = (uint8_t)(k * 2654435761u >> 11);
            assert_ok(ctx, genrepi_png_write(ctx, support_path("a.png"), sizes[i][0], sizes[i][1],
                                             channels, pixels));
            picture p = read_png("a.png");
            assert_int_equal(p.width, sizes[i][0]);
            assert_int_equal(p.height, sizes[i][1]);
            assert_int_equal(p.channels, channels);
            assert_memory_equal(p.pixels, pixels, n);
            free(p.pixels);
            free(pixels);
        }
}

static void test_the_build_says_that_it_writes_png(void **state) {
    (void)state;
    assert_int_equal(genrep_has("png"), 1);
}

static void test_impossible_pictures_are_refused(void **state) {
    (void)state;
    const char *path = support_path("a.png");
    const uint8_t pixel[4] = {0};
    assert_error(ctx, genrepi_png_write(ctx, path, 0, 1, 1, pixel), GENREP_E_INVALID, "0 x 1");
    assert_error(ctx, genrepi_png_write(ctx, path, 1, 0, 1, pixel), GENREP_E_INVALID, "1 x 0");
    assert_error(ctx, genrepi_png_write(ctx, path, (int64_t)1 << 31, 1, 1, pixel), GENREP_E_INVALID,
                 "pixels");
    assert_error(ctx, genrepi_png_write(ctx, path, 1, (int64_t)1 << 31, 1, pixel), GENREP_E_INVALID,
                 "pixels");
    assert_error(ctx, genrepi_png_write(ctx, path, 1, 1, 2, pixel), GENREP_E_INVALID, "channels");
    assert_int_equal(support_count_files(), 0);
}

static genrep_tensor *images(int32_t dtype, int32_t rank, const int64_t *shape) {
    genrep_tensor *t;
    assert_ok(ctx, genrep_tensor_new(ctx, dtype, rank, shape, &t));
    return t;
}

static picture grid(const genrep_tensor *t, const char *spec) {
    assert_ok(ctx, genrep_image_grid(t, spec, support_path("a.png")));
    return read_png("a.png");
}

static void test_a_grid_is_filled_row_by_row(void **state) {
    (void)state;
    genrep_tensor *t = images(GENREP_U8, 3, (int64_t[]){5, 2, 3});
    for (int i = 0; i < 30; i++) ((uint8_t *)genrep_tensor_data(t))[i] = (uint8_t)(100 + i);
    picture p = grid(t, "columns=3 pad=1 background=9");
    assert_int_equal(p.width, 3 * 4 + 1);
    assert_int_equal(p.height, 2 * 3 + 1);
    assert_int_equal(p.channels, 1);
    for (int64_t y = 0; y < p.height; y++)
        for (int64_t x = 0; x < p.width; x++) {
            int64_t image = y / 3 * 3 + x / 4, row = y % 3 - 1, column = x % 4 - 1;
            int inside = row >= 0 && column >= 0 && image < 5 && y / 3 < 2 && x / 4 < 3;
            int expected = inside ? (int)(100 + image * 6 + row * 3 + column) : 9;
            assert_int_equal(p.pixels[y * p.width + x], expected);
        }
    free(p.pixels);
    genrep_tensor_unref(t);
}

static void test_colours_are_planes(void **state) {
    (void)state;
    genrep_tensor *t = images(GENREP_U8, 4, (int64_t[]){1, 3, 2, 2});
    for (int i = 0; i < 12; i++) ((uint8_t *)genrep_tensor_data(t))[i] = (uint8_t)i;
    picture p = grid(t, "pad=0");
    assert_int_equal(p.channels, 3);
    assert_memory_equal(p.pixels, "\0\4\x08\1\5\x09\2\6\x0A\3\7\x0B", 12);
    free(p.pixels);
    genrep_tensor_unref(t);
}

static void test_low_is_black_and_high_is_white(void **state) {
    (void)state;
    static const float values[] = {-1, 1, 0, -2, 3, NAN, 0.5f, -1 + 1 / 127.5f, INFINITY};
    static const uint8_t expected[] = {0, 255, 128, 0, 255, 0, 191, 1, 255};
    genrep_tensor *t = images(GENREP_F32, 3, (int64_t[]){1, 3, 3});
    memcpy(genrep_tensor_data(t), values, sizeof values);
    picture p = grid(t, "pad=0");
    assert_memory_equal(p.pixels, expected, 9);
    free(p.pixels);
    genrep_tensor_unref(t);
    t = images(GENREP_I32, 3, (int64_t[]){1, 1, 3});
    memcpy(genrep_tensor_data(t), (const int32_t[]){10, 20, 15}, 12);
    p = grid(t, "pad=0 low=20 high=10");
    assert_memory_equal(p.pixels, "\xFF\0\x80", 3);
    free(p.pixels);
    genrep_tensor_unref(t);
}

static void test_scale_repeats_pixels(void **state) {
    (void)state;
    genrep_tensor *t = images(GENREP_U8, 3, (int64_t[]){1, 1, 2});
    memcpy(genrep_tensor_data(t), "\1\2", 2);
    picture p = grid(t, "pad=1 scale=2 background=0");
    assert_int_equal(p.width, 8);
    assert_int_equal(p.height, 6);
    for (int64_t i = 0; i < 48; i++) {
        int64_t x = i % 8 / 2, y = i / 8 / 2;
        assert_int_equal(p.pixels[i], y == 1 && (x == 1 || x == 2) ? x : 0);
    }
    free(p.pixels);
    genrep_tensor_unref(t);
}

static void check_size(int32_t rank, const int64_t *shape, const char *spec, int64_t width,
                       int64_t height, int64_t channels) {
    genrep_tensor *t = images(GENREP_F32, rank, shape);
    picture p = grid(t, spec);
    assert_int_equal(p.width, width);
    assert_int_equal(p.height, height);
    assert_int_equal(p.channels, channels);
    free(p.pixels);
    genrep_tensor_unref(t);
}

static void test_shapes_that_are_images(void **state) {
    (void)state;
    check_size(2, (int64_t[]){4, 784}, NULL, 2 * 30 + 2, 2 * 30 + 2, 1);
    check_size(2, (int64_t[]){1, 12}, NULL, 2 + 4, 2 + 4, 3);
    check_size(2, (int64_t[]){1, 12}, "side=2", 2 + 4, 2 + 4, 3);
    check_size(2, (int64_t[]){10, 9}, "columns=10 pad=0", 30, 3, 1);
    check_size(3, (int64_t[]){10, 3, 5}, "pad=0", 4 * 5, 3 * 3, 1);
    check_size(3, (int64_t[]){2, 3, 5}, "pad=0 columns=100", 2 * 5, 3, 1);
    check_size(4, (int64_t[]){1, 1, 3, 5}, "", 5 + 4, 3 + 4, 1);
}

static void test_what_are_no_images_is_refused(void **state) {
    (void)state;
    static const struct {
        int32_t rank;
        int64_t shape[5];
        const char *spec;
        int32_t status;
        const char *text;
    } cases[] = {
        {0, {0}, NULL, GENREP_E_INVALID, "()"},
        {1, {784}, NULL, GENREP_E_INVALID, "784"},
        {5, {1, 1, 1, 1, 1}, NULL, GENREP_E_INVALID, "1x1x1x1x1"},
        {4, {1, 2, 4, 4}, NULL, GENREP_E_INVALID, "1x2x4x4"},
        {4, {0, 3, 4, 4}, NULL, GENREP_E_INVALID, "0x3x4x4"},
        {3, {1, 0, 4}, NULL, GENREP_E_INVALID, "1x0x4"},
        {2, {1, 7}, NULL, GENREP_E_INVALID, "1x7"},
        {2, {1, 9}, "side=2", GENREP_E_INVALID, "1x9"},
        {3, {1, 4, 4}, "low=1", GENREP_E_INVALID, "the same"},
        {3, {1, 4, 4}, "colums=1", GENREP_E_INVALID, "columns"},
        {3, {1, 4, 4}, "scale=17", GENREP_E_RANGE, "scale"},
        {3, {1, 4, 4}, "background=256", GENREP_E_RANGE, "background"},
        {3, {65536, 1, 4}, "columns=65536 pad=1024", GENREP_E_INVALID, "too large"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        genrep_tensor *t = images(GENREP_F32, cases[i].rank, cases[i].shape);
        assert_error(ctx, genrep_image_grid(t, cases[i].spec, support_path("a.png")),
                     cases[i].status, cases[i].text);
        genrep_tensor_unref(t);
    }
    genrep_tensor *t = images(GENREP_F32, 3, (int64_t[]){1, 4, 4});
    assert_error(ctx, genrep_image_grid(t, NULL, NULL), GENREP_E_INVALID, "path");
    assert_int_equal(genrep_image_grid(NULL, NULL, support_path("a.png")), GENREP_E_INVALID);
    assert_error(ctx, genrep_image_grid(t, NULL, support_path("none/a.png")), GENREP_E_IO, "none");
    genrep_tensor_unref(t);
    assert_int_equal(support_count_files(), 0);
}

static void test_out_of_memory_leaves_nothing(void **state) {
    (void)state;
    genrep_tensor *t = images(GENREP_F32, 3, (int64_t[]){1, 4, 4});
    int64_t blocks = memory.blocks;
    int done = 0;
    for (int64_t n = 1; !done; n++) {
        memory.allocations = 0;
        memory.fail_at = n;
        int32_t status = genrep_image_grid(t, "pad=3", support_path("a.png"));
        done = status == 0;
        if (!done) assert_int_equal(status, GENREP_E_NOMEM);
        assert_int_equal(support_count_files(), done);
        assert_int_equal(memory.blocks, blocks);
    }
    genrep_tensor_unref(t);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_crc_of_every_length_is_the_slow_one),
        TEST(test_pixels_of_any_size_come_back),
        TEST(test_the_build_says_that_it_writes_png),
        TEST(test_impossible_pictures_are_refused),
        TEST(test_a_grid_is_filled_row_by_row),
        TEST(test_colours_are_planes),
        TEST(test_low_is_black_and_high_is_white),
        TEST(test_scale_repeats_pixels),
        TEST(test_shapes_that_are_images),
        TEST(test_what_are_no_images_is_refused),
        TEST(test_out_of_memory_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
