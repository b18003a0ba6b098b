/* Images from files and data sets of them: formats, sizes, cuts, tables, pairs, parts. */
#include "jpeg_files.h"

#include <data/image_prepare.h>
#include <files.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support.h>
#include <sys/stat.h>
#include <unistd.h>

/* A deterministic picture: the one the known answers were made from. */
static unsigned char pixel(int x, int y, int c) {
    return (unsigned char)((37 * x + 59 * y + 101 * c + 7 * x * y) % 256);
}

static void write_picture(const char *name, int width, int height, int channels, int shift) {
    unsigned char bytes[65536];
    int n = 0;
    n += snprintf((char *)bytes, 64, "P%d %d %d 255\n", channels == 3 ? 6 : 5, width, height);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            for (int c = 0; c < channels; c++) bytes[n++] = (unsigned char)(pixel(x, y, c) + shift);
    support_write(name, bytes, (size_t)n);
}

static const char *made_folders[64];
static int n_folders;

static void folder(const char *name) {
    const char *path = support_path(name);
    assert_int_equal(mkdir(path, 0777), 0);
    made_folders[n_folders++] = path;
}

/* Files first, the deepest folders first. */
static int remove_folders(void **state) {
    char command[4096];
    for (; n_folders > 0; n_folders--) {
        snprintf(command, sizeof command, "rm -rf '%s'", made_folders[n_folders - 1]);
        assert_int_equal(system(command), 0);
    }
    return support_remove_files(state);
}

static genrep_dataset *open_set(genrep_ctx *ctx, const char *format, const char *path) {
    char spec[2048];
    genrep_dataset *data = NULL;
    snprintf(spec, sizeof spec, format, path, path, path);
    assert_ok(ctx, genrep_dataset_new(ctx, spec, &data));
    return data;
}

static void refused(genrep_ctx *ctx, int32_t status, const char *text, const char *format,
                    const char *path) {
    char spec[2048];
    genrep_dataset *data = NULL;
    snprintf(spec, sizeof spec, format, path, path, path);
    assert_error(ctx, genrep_dataset_new(ctx, spec, &data), status, text);
    assert_null(data);
}

/* The first batch of one field as bytes; n samples. */
static void batch(genrep_ctx *ctx, genrep_dataset *data, int32_t field, int64_t step, int64_t n,
                  int64_t each, unsigned char *to) {
    genrep_tensor *tensors[8] = {NULL};
    const int64_t shape[] = {n, each};
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_U8, 2, shape, &tensors[field]));
    assert_ok(ctx, genrep_dataset_batch(data, step, tensors, genrep_dataset_fields(data)));
    memcpy(to, genrep_tensor_read(tensors[field]), (size_t)(n * each));
    genrep_tensor_unref(tensors[field]);
}

/* ---- files --------------------------------------------------------------------------------------
 */

static void load(genrep_ctx *ctx, const char *name, int64_t c, int64_t h, int64_t w,
                 unsigned char *to) {
    genrep_tensor *image = NULL;
    int32_t dtype = 0, rank = 0;
    int64_t shape[GENREP_MAX_RANK], count = 0;
    assert_ok(ctx, genrep_tensor_load(ctx, support_path(name), NULL, &image));
    assert_ok(ctx, genrep_tensor_info(image, &dtype, &rank, shape, &count));
    assert_int_equal(dtype, GENREP_U8);
    assert_int_equal(rank, 3);
    assert_true(shape[0] == c && shape[1] == h && shape[2] == w);
    memcpy(to, genrep_tensor_read(image), (size_t)count);
    genrep_tensor_unref(image);
}

static void png_and_pnm_are_read_to_the_byte(void **state) {
    (void)state;
    unsigned char bytes[3 * 63], again[3 * 63];
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_tensor *image = NULL;
    write_picture("a.ppm", 9, 7, 3, 0);
    load(ctx, "a.ppm", 3, 7, 9, bytes);
    for (int c = 0; c < 3; c++)
        for (int i = 0; i < 63; i++) assert_int_equal(bytes[c * 63 + i], pixel(i % 9, i / 9, c));
    if (genrep_has("libpng")) {
        const int64_t shape[] = {1, 3, 7, 9};
        assert_ok(ctx, genrep_tensor_new(ctx, GENREP_U8, 4, shape, &image));
        memcpy(genrep_tensor_data(image), bytes, sizeof bytes);
        assert_ok(ctx, genrep_image_grid(image, "columns=1 pad=0", support_path("a.png")));
        genrep_tensor_unref(image);
        load(ctx, "a.png", 3, 7, 9, again);
        assert_memory_equal(bytes, again, sizeof bytes);
    }
    static const unsigned char deep[] =
        "P6\n# two bytes a sample\n1 1 1023\n\x03\xff\x02\x00\x00\x00";
    support_write("deep.ppm", deep, sizeof deep - 1);
    load(ctx, "deep.ppm", 3, 1, 1, bytes);
    assert_true(bytes[0] == 255 && bytes[1] == 128 && bytes[2] == 0);
    genrep_ctx_unref(ctx);
}

static void jpeg_is_read(void **state) {
    (void)state;
    unsigned char bytes[3 * 256];
    genrep_ctx *ctx = support_ctx(NULL);
    if (!genrep_has("jpeg")) skip();
    support_write("grey.jpg", grey_jpeg, sizeof grey_jpeg);
    support_write("rgb.JPEG", rgb_jpeg, sizeof rgb_jpeg);
    support_write("cmyk.jpg", cmyk_jpeg, sizeof cmyk_jpeg);
    load(ctx, "grey.jpg", 1, 8, 8, bytes);
    for (int i = 0; i < 64; i++) assert_true(abs(bytes[i] - (16 * (i % 8) + 8 * (i / 8))) <= 3);
    static const char *const colours[] = {"rgb.JPEG", "cmyk.jpg"};
    for (int k = 0; k < 2; k++) {
        load(ctx, colours[k], 3, 16, 16, bytes);
        for (int i = 0; i < 256; i++) {
            assert_true(abs(bytes[i] - (12 * (i % 16) + 20)) <= 12);
            assert_true(abs(bytes[256 + i] - (12 * (i / 16) + 20)) <= 12);
            assert_true(abs(bytes[512 + i] - 90) <= 12);
        }
    }
    genrep_ctx_unref(ctx);
}

static void damaged_files_are_refused_by_name(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_tensor *image = NULL;
    static const struct {
        const char *name, *bytes, *text;
    } files[] = {{"none.png", "what is this", "is no PNG, JPEG or binary PNM image"},
                 {"head.pgm", "P5 2 x", "damaged PNM header"},
                 {"cut.pgm", "P5 4 4 255\n123", "ends before its last pixel"},
                 {"zero.pgm", "P5 0 4 255\n123", "an empty image"},
                 {"wide.pgm", "P5 70000 1 255\n123", "are read"},
                 {"maximum.pgm", "P5 1 1 70000\n123", "damaged PNM header"},
                 {"cut.png", "\x89PNG\r\n\x1a\n", ""}};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        support_write(files[i].name, files[i].bytes, strlen(files[i].bytes));
        int32_t status = genrep_tensor_load(ctx, support_path(files[i].name), NULL, &image);
        assert_true(status == GENREP_E_FORMAT || status == GENREP_E_UNSUPPORTED);
        assert_non_null(strstr(genrep_ctx_error(ctx), files[i].name));
        assert_non_null(strstr(genrep_ctx_error(ctx), files[i].text));
        assert_null(image);
    }
    if (genrep_has("jpeg")) {
        support_write("cut.jpg", rgb_jpeg, sizeof rgb_jpeg - 30);
        assert_error(ctx, genrep_tensor_load(ctx, support_path("cut.jpg"), NULL, &image),
                     GENREP_E_FORMAT, "cut.jpg': JPEG: ");
    }
    assert_error(ctx, genrep_tensor_load(ctx, support_path("absent.jpg"), NULL, &image),
                 GENREP_E_IO, "absent.jpg");
    genrep_ctx_unref(ctx);
}

/* ---- sizes --------------------------------------------------------------------------------------
 */

/* Pillow 9.4, Image.BICUBIC; it rounds between the two directions, so one apart is right. */
static void sizes_change_as_pillow_changes_them(void **state) {
    (void)state;
    static const int crop4[] = {84,  155, 144, 99,  170, 95,  117, 133, 106, 167, 132, 108,
                                117, 134, 162, 114, 184, 158, 107, 128, 86,  142, 147, 99,
                                148, 117, 153, 115, 94,  105, 125, 159, 104, 95,  148, 122,
                                150, 134, 103, 109, 163, 116, 167, 124, 127, 107, 104, 120};
    static const int stretch5[] = {30,  104, 167, 136, 59,  122, 156, 106, 116, 124, 193, 92, 144,
                                   102, 119, 110, 159, 163, 123, 153, 109, 98,  152, 142, 136};
    /* numpy, in double: Pillow cuts at 0 and 255 between the directions */
    static const int up12[] = {29, 42, 67, 88,  109, 129, 157, 191, 231, 229, 73, 0,
                               53, 66, 93, 121, 150, 179, 171, 132, 150, 165, 78, 23};
    genrep_ctx *ctx = support_ctx(NULL);
    unsigned char pixels[7 * 9 * 3], to[3 * 144];
    genrepi_image image = {9, 7, 3, pixels};
    for (int i = 0; i < 7 * 9 * 3; i++) pixels[i] = pixel(i / 3 % 9, i / 27, i % 3);
    assert_ok(ctx, genrepi_image_prepare(ctx, &image, GENREPI_FIT_CROP, 255, 3, 4, to));
    for (int i = 0; i < 48; i++) assert_true(abs(to[i] - crop4[i]) <= 1);
    assert_ok(ctx, genrepi_image_prepare(ctx, &image, GENREPI_FIT_STRETCH, 255, 3, 5, to));
    for (int i = 0; i < 25; i++) assert_true(abs(to[i] - stretch5[i]) <= 1);
    assert_ok(ctx, genrepi_image_prepare(ctx, &image, GENREPI_FIT_CROP, 255, 3, 12, to));
    for (int i = 0; i < 24; i++) assert_true(abs(to[i] - up12[i]) <= 1);
    genrep_ctx_unref(ctx);
}

static void alpha_lies_over_the_background_and_padding_is_of_it(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    unsigned char rgba[] = {255, 0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 51}, to[3 * 9];
    genrepi_image image = {3, 1, 4, rgba};
    assert_ok(ctx, genrepi_image_prepare(ctx, &image, GENREPI_FIT_PAD, 200, 3, 3, to));
    const unsigned char red[] = {200, 200, 200, 255, 200, 160, 200, 200, 200};
    const unsigned char green[] = {200, 200, 200, 0, 200, 211, 200, 200, 200};
    assert_memory_equal(to, red, 9);
    assert_memory_equal(to + 9, green, 9);
    assert_ok(ctx, genrepi_image_prepare(ctx, &image, GENREPI_FIT_PAD, 0, 1, 3, to));
    assert_int_equal(to[3], 76); /* 0.299 * 255 */
    genrep_ctx_unref(ctx);
}

static void edges_are_where_the_luma_changes(void **state) {
    (void)state;
    unsigned char image[3 * 64], to[64];
    for (int i = 0; i < 3 * 64; i++) image[i] = i % 8 < 4 ? 0 : 255;
    genrepi_image_edges(image, 3, 8, to);
    for (int i = 0; i < 64; i++) assert_int_equal(to[i], i % 8 == 3 || i % 8 == 4 ? 0 : 255);
    memset(image, 77, sizeof image);
    genrepi_image_edges(image, 3, 8, to);
    for (int i = 0; i < 64; i++) assert_int_equal(to[i], 255);
    genrepi_image_grey(image, 3, 8, to);
    for (int i = 0; i < 64; i++) assert_int_equal(to[i], 77);
}

/* ---- folders ------------------------------------------------------------------------------------
 */

static void a_folder_is_a_data_set(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx("seed=3");
    folder("set");
    folder("set/more");
    write_picture("set/b.ppm", 8, 8, 3, 10);
    write_picture("set/a.pgm", 12, 8, 1, 0);
    write_picture("set/more/c.ppm", 5, 9, 3, 20);
    support_write("set/notes.txt", "x", 1);
    genrep_dataset *data = open_set(ctx, "images path='%s' size=8", support_path("set"));
    assert_int_equal(genrep_dataset_count(data), 3);
    assert_int_equal(genrep_dataset_fields(data), 1);
    unsigned char all[3][192], again[3][192];
    batch(ctx, data, 0, 0, 3, 192, all[0]);
    int b = -1; /* the one that needed no change */
    for (int i = 0; i < 3; i++)
        if (all[i][0] == pixel(0, 0, 0) + 10 && all[i][1] == (unsigned char)(pixel(1, 0, 0) + 10))
            b = i;
    assert_true(b >= 0);
    for (int i = 0; i < 192; i++)
        assert_int_equal(all[b][i], (unsigned char)(pixel(i % 8, i / 8 % 8, i / 64) + 10));
    batch(ctx, data, 0, 0, 3, 192, again[0]); /* from the cache */
    assert_memory_equal(all, again, sizeof all);
    genrep_dataset_unref(data);
    data = open_set(ctx, "images path='%s' size=8 cache=0", support_path("set")); /* without one */
    batch(ctx, data, 0, 0, 3, 192, again[0]);
    assert_memory_equal(all, again, sizeof all);
    genrep_dataset_unref(data);
    data = open_set(ctx, "images path='%s' size=4 channels=1", support_path("set"));
    batch(ctx, data, 0, 0, 3, 16, all[0]);
    genrep_dataset_unref(data);
    genrep_ctx_unref(ctx);
}

static void images_are_cut_and_mirrored_by_place(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    folder("one");
    write_picture("one/a.ppm", 9, 9, 3, 0);
    genrep_dataset *data =
        open_set(ctx, "images path='%s' size=8 load=9 flip=1", support_path("one"));
    enum { N = 64 };
    static unsigned char all[N][192], again[N][192];
    int seen[2][2][2] = {{{0}}};
    batch(ctx, data, 0, 0, N, 192, all[0]);
    for (int i = 0; i < N; i++) {
        int found = 0;
        for (int top = 0; top < 2; top++)
            for (int left = 0; left < 2; left++)
                for (int mirror = 0; mirror < 2; mirror++) {
                    int same = 1;
                    for (int j = 0; j < 192 && same; j++) {
                        const int x = mirror ? 7 - j % 8 : j % 8;
                        same = all[i][j] == pixel(x + left, j / 8 % 8 + top, j / 64);
                    }
                    seen[top][left][mirror] += same;
                    found += same;
                }
        assert_int_equal(found, 1);
    }
    for (int i = 0; i < 8; i++) assert_true(seen[i / 4][i / 2 % 2][i % 2] >= 2);
    batch(ctx, data, 0, 0, N / 2, 192, again[0]); /* the same places in other batches */
    batch(ctx, data, 0, 1, N / 2, 192, again[N / 2]);
    assert_memory_equal(all, again, sizeof all);
    genrep_dataset_unref(data);
    genrep_ctx_unref(ctx);
}

static void held_out_files_stay_so(void **state) {
    (void)state;
    char name[64];
    genrep_ctx *ctx = support_ctx(NULL);
    folder("many");
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "many/p%02d_%d.pgm", i / 2, i % 2);
        write_picture(name, 2, 2, 1, i);
    }
    const char *path = support_path("many");
    genrep_dataset *train =
        open_set(ctx, "images path='%s' size=2 channels=1 part=train holdout=0.2", path);
    genrep_dataset *test =
        open_set(ctx, "images path='%s' size=2 channels=1 part=test holdout=0.2", path);
    int64_t n = genrep_dataset_count(test);
    assert_int_equal(genrep_dataset_count(train) + n, 100);
    assert_true(n > 8 && n < 35);
    genrep_dataset_unref(train);
    genrep_dataset_unref(test);
    test = open_set(ctx, "images path='%s' size=2 channels=1 part=test holdout=0.2 stem=3", path);
    n = genrep_dataset_count(test); /* both of a number, or none */
    assert_true(n > 4 && n < 40 && n % 2 == 0);
    genrep_dataset_unref(test);
    refused(ctx, GENREP_E_INVALID, "of this part", "images path='%s' part=test holdout=0", path);
    genrep_ctx_unref(ctx);
}

static void tables_give_classes_and_attributes(void **state) {
    (void)state;
    static const char csv[] = "file,tone,\"long, name\",sex\nx.pgm,3,1,1\n\"y.pgm\",1,,-1\n"
                              "z.pgm,0,\"?\",1\n";
    static const char celeba[] = "3\nSmiling Young\nx.pgm  1 -1\ny.pgm -1  1\nz.pgm  1  1\n";
    genrep_ctx *ctx = support_ctx(NULL);
    char spec[1024];
    folder("tabled");
    write_picture("tabled/x.pgm", 2, 2, 1, 0);
    write_picture("tabled/y.pgm", 2, 2, 1, 1);
    write_picture("tabled/z.pgm", 2, 2, 1, 2);
    support_write("table.csv", csv, sizeof csv - 1);
    support_write("celeba.txt", celeba, sizeof celeba - 1);
    genrep_dataset *data = NULL;
    const char *set = support_path("tabled"), *table = support_path("table.csv");
    snprintf(spec, sizeof spec,
             "images path='%s' size=2 channels=1 table='%s' labels=tone attributes='tone:3 sex'",
             set, table);
    assert_ok(ctx, genrep_dataset_new(ctx, spec, &data));
    assert_int_equal(genrep_dataset_fields(data), 3);
    genrep_tensor *tensors[3];
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_U8, 2, (const int64_t[]){3, 4}, &tensors[0]));
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_I32, 1, (const int64_t[]){3}, &tensors[1]));
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_F32, 2, (const int64_t[]){3, 2}, &tensors[2]));
    assert_ok(ctx, genrep_dataset_batch(data, 0, tensors, 3));
    const unsigned char *first = genrep_tensor_read(tensors[0]);
    const int32_t *labels = genrep_tensor_read(tensors[1]);
    const float *attributes = genrep_tensor_read(tensors[2]);
    for (int i = 0; i < 3; i++) { /* which file it is: by its first pixel */
        static const int tone[] = {3, 1, 0};
        static const float is_three[] = {1, -1, -1}, sex[] = {1, -1, 1};
        const int file = first[4 * i];
        assert_int_equal(labels[i], tone[file]);
        assert_true(attributes[2 * i] == is_three[file] && attributes[2 * i + 1] == sex[file]);
    }
    genrep_dataset_unref(data);
    data = NULL;
    snprintf(spec, sizeof spec, "images path='%s' table='%s' only='sex tone:3'", set, table);
    assert_ok(ctx, genrep_dataset_new(ctx, spec, &data));
    assert_int_equal(genrep_dataset_count(data), 1);
    genrep_dataset_unref(data);
    data = NULL;
    snprintf(spec, sizeof spec, "images path='%s' table='%s' attributes='Young Smiling'", set,
             support_path("celeba.txt"));
    assert_ok(ctx, genrep_dataset_new(ctx, spec, &data));
    genrep_dataset_unref(data);
    for (int i = 0; i < 3; i++) genrep_tensor_unref(tensors[i]);

    static const struct {
        const char *options, *text;
        int32_t status;
    } wrong[] = {
        {"attributes='ton'", "no column 'ton' (did you mean 'tone'?)", GENREP_E_INVALID},
        {"attributes='tone:x'", "a number follows the :", GENREP_E_INVALID},
        {"attributes=' '", "no attribute is named", GENREP_E_INVALID},
        {"only='tone:9'", "no image has all of", GENREP_E_INVALID},
        {"labels='long, name'", "no class", GENREP_E_INVALID},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        data = NULL;
        snprintf(spec, sizeof spec, "images path='%s' table='%s' %s", set, table, wrong[i].options);
        assert_error(ctx, genrep_dataset_new(ctx, spec, &data), wrong[i].status, wrong[i].text);
        assert_null(data);
    }
    support_write("bad.csv", "file,a\nx.pgm\n", 13);
    snprintf(spec, sizeof spec, "images path='%s' table='%s' attributes=a", set,
             support_path("bad.csv"));
    assert_error(ctx, genrep_dataset_new(ctx, spec, &data), GENREP_E_FORMAT, "line 2");
    support_write("zero.csv", "file,a\nx.pgm,1\0\n", 17);
    snprintf(spec, sizeof spec, "images path='%s' table='%s' attributes=a", set,
             support_path("zero.csv"));
    assert_error(ctx, genrep_dataset_new(ctx, spec, &data), GENREP_E_FORMAT, "no text");
    refused(ctx, GENREP_E_INVALID, "table= is missing", "images path='%s' attributes=a", set);
    genrep_ctx_unref(ctx);
}

static void folders_are_classes(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    folder("classes");
    folder("classes/dog");
    folder("classes/cat");
    write_picture("classes/dog/1.pgm", 2, 2, 1, 0);
    write_picture("classes/dog/2.pgm", 2, 2, 1, 1);
    write_picture("classes/cat/1.pgm", 2, 2, 1, 2);
    genrep_dataset *data =
        open_set(ctx, "images path='%s' size=2 channels=1 labels=folders", support_path("classes"));
    genrep_tensor *tensors[2];
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_U8, 2, (const int64_t[]){3, 4}, &tensors[0]));
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_I32, 1, (const int64_t[]){3}, &tensors[1]));
    assert_ok(ctx, genrep_dataset_batch(data, 0, tensors, 2));
    for (int i = 0; i < 3; i++) {
        const int shift = ((const unsigned char *)genrep_tensor_read(tensors[0]))[4 * i];
        assert_int_equal(((const int32_t *)genrep_tensor_read(tensors[1]))[i], shift == 2 ? 0 : 1);
    }
    genrep_tensor_unref(tensors[0]);
    genrep_tensor_unref(tensors[1]);
    genrep_dataset_unref(data);
    genrep_ctx_unref(ctx);
}

/* ---- pairs --------------------------------------------------------------------------------------
 */

static void pairs_come_together(void **state) {
    (void)state;
    unsigned char source[4 * 192], target[4 * 192];
    genrep_ctx *ctx = support_ctx(NULL);
    folder("p");
    folder("p/a");
    folder("p/b");
    folder("p/ab");
    for (int i = 0; i < 4; i++) {
        char name[64];
        snprintf(name, sizeof name, "p/a/%d.ppm", i);
        write_picture(name, 9, 9, 3, i);
        snprintf(name, sizeof name, "p/b/%d.ppm", i);
        write_picture(name, 9, 9, 3, i + 100);
        snprintf(name, sizeof name, "p/ab/%d.ppm", i);
        write_picture(name, 18, 9, 3, i);
    }
    const char *root = support_path("p");
    genrep_dataset *data = open_set(ctx, "pairs a='%s/a' b='%s/b' size=8 load=9 flip=1", root);
    batch(ctx, data, 0, 0, 4, 192, source);
    batch(ctx, data, 1, 0, 4, 192, target);
    for (int i = 0; i < 4 * 192; i++) /* one cut, one way round */
        assert_int_equal(target[i], (unsigned char)(source[i] + 100));
    genrep_dataset_unref(data);

    data = open_set(ctx, "pairs ab='%s/ab' size=9", root);
    unsigned char left[4 * 243], right[4 * 243];
    batch(ctx, data, 0, 0, 4, 243, left);
    batch(ctx, data, 1, 0, 4, 243, right);
    const int shift = left[0];
    for (int x = 0; x < 9; x++) {
        assert_int_equal(left[x], (unsigned char)(pixel(x, 0, 0) + shift));
        assert_int_equal(right[x], (unsigned char)(pixel(x + 9, 0, 0) + shift));
    }
    genrep_dataset_unref(data);
    data = open_set(ctx, "pairs ab='%s/ab' size=9 direction=ba", root);
    batch(ctx, data, 0, 0, 4, 243, left);
    assert_memory_equal(left, right, sizeof left);
    genrep_dataset_unref(data);

    data = open_set(ctx, "pairs path='%s/a' derive=edges size=8 load=9", root);
    int32_t rank = 0;
    int64_t shape[GENREP_MAX_RANK];
    assert_ok(ctx, genrep_dataset_field(data, 0, NULL, NULL, &rank, shape));
    assert_true(rank == 3 && shape[0] == 1 && shape[1] == 8);
    batch(ctx, data, 0, 0, 4, 64, source);
    genrep_dataset_unref(data);

    folder("thin");
    write_picture("thin/0.pgm", 1, 4, 1, 0);
    data = open_set(ctx, "pairs ab='%s' size=1", support_path("thin"));
    genrep_tensor *thin[2] = {NULL, NULL};
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_U8, 2, (const int64_t[]){1, 3}, &thin[1]));
    assert_error(ctx, genrep_dataset_batch(data, 0, thin, 2), GENREP_E_FORMAT,
                 "0.pgm' is one pixel wide");
    genrep_tensor_unref(thin[1]);
    genrep_dataset_unref(data);

    support_write("list.tsv", "light\tdark\n0.ppm\t1.ppm\n2.ppm\t3.ppm\n", 35);
    char spec[1024];
    snprintf(spec, sizeof spec, "pairs list='%s' path='%s/a' size=9", support_path("list.tsv"),
             root);
    assert_ok(ctx, genrep_dataset_new(ctx, spec, &data));
    assert_int_equal(genrep_dataset_count(data), 2);
    batch(ctx, data, 0, 0, 2, 243, left);
    batch(ctx, data, 1, 0, 2, 243, right);
    for (int i = 0; i < 2 * 243; i++) assert_int_equal(right[i], (unsigned char)(left[i] + 1));
    genrep_dataset_unref(data);

    write_picture("p/b/5.ppm", 9, 9, 3, 0);
    refused(ctx, GENREP_E_INVALID, "/b/5.ppm' has no partner", "pairs a='%s/a' b='%s/b'", root);
    refused(ctx, GENREP_E_INVALID, "where are they?", "pairs a='%s/a'", root);
    refused(ctx, GENREP_E_IO, "cannot open", "pairs ab='%s/none'", root);
    support_write("bad.tsv", "0.ppm\t1.ppm\nnothing\n", 20);
    snprintf(spec, sizeof spec, "pairs list='%s' path='%s/a'", support_path("bad.tsv"), root);
    data = NULL;
    assert_error(ctx, genrep_dataset_new(ctx, spec, &data), GENREP_E_FORMAT, "line 2");
    genrep_ctx_unref(ctx);
}

static void unpaired_sets_are_shuffled_on_their_own(void **state) {
    (void)state;
    enum { A = 5, B = 3, N = 30 };
    unsigned char a[N], b[N];
    genrep_ctx *ctx = support_ctx(NULL);
    folder("u");
    folder("u/trainA");
    folder("u/trainB");
    folder("u/testA");
    folder("u/testB");
    for (int i = 0; i < A; i++) {
        char name[64];
        snprintf(name, sizeof name, "u/trainA/%d.pgm", i);
        write_picture(name, 1, 1, 1, i);
        snprintf(name, sizeof name, "u/trainB/%d.pgm", i);
        if (i < B) write_picture(name, 1, 1, 1, 100 + i);
    }
    write_picture("u/testA/0.pgm", 1, 1, 1, 50);
    write_picture("u/testB/0.pgm", 1, 1, 1, 60);
    genrep_dataset *data = open_set(ctx, "unpaired root='%s' size=1 channels=1", support_path("u"));
    assert_int_equal(genrep_dataset_count(data), A);
    batch(ctx, data, 0, 0, N, 1, a);
    batch(ctx, data, 1, 0, N, 1, b);
    int met[A][B] = {{0}}, times_a[A] = {0}, times_b[B] = {0};
    for (int i = 0; i < N; i++) {
        assert_true(a[i] < A && b[i] >= 100 && b[i] < 100 + B);
        times_a[a[i]]++;
        times_b[b[i] - 100]++;
        met[a[i]][b[i] - 100]++;
    }
    for (int i = 0; i < A; i++) assert_int_equal(times_a[i], N / A); /* each once a pass */
    for (int i = 0; i < B; i++) assert_int_equal(times_b[i], N / B);
    int pairs = 0;
    for (int i = 0; i < A * B; i++) pairs += met[i / B][i % B] > 0;
    assert_true(pairs > A + 2); /* not always the same partners */
    genrep_dataset_unref(data);
    data = open_set(ctx, "unpaired root='%s' size=1 channels=1 part=test", support_path("u"));
    batch(ctx, data, 0, 0, 1, 1, a);
    batch(ctx, data, 1, 0, 1, 1, b);
    assert_true(a[0] == 50 && b[0] == 60);
    genrep_dataset_unref(data);
    refused(ctx, GENREP_E_INVALID, "where are they?", "unpaired a='%s'", support_path("u"));
    genrep_ctx_unref(ctx);
}

static void wrong_options_are_named(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    folder("w");
    write_picture("w/a.pgm", 2, 2, 1, 0);
    const char *path = support_path("w");
    refused(ctx, GENREP_E_INVALID, "path= is missing", "images size=4", path);
    refused(ctx, GENREP_E_INVALID, "neither grey nor RGB", "images path='%s' channels=2", path);
    refused(ctx, GENREP_E_INVALID, "smaller than size", "images path='%s' load=4 size=8", path);
    refused(ctx, GENREP_E_RANGE, "size=0", "images path='%s' size=0", path);
    refused(ctx, GENREP_E_INVALID, "unknown option 'sice'", "images path='%s' sice=3", path);
    refused(ctx, GENREP_E_INVALID, "in no folder", "images path='%s' labels=folders", path);
    refused(ctx, GENREP_E_IO, "cannot open", "images path='%s/none'", path);
    folder("empty");
    refused(ctx, GENREP_E_INVALID, "has no images", "images path='%s'", support_path("empty"));
    support_write("w/b.png", "no", 2);
    genrep_dataset *data = open_set(ctx, "images path='%s' size=2", path);
    genrep_tensor *tensor = NULL;
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_F32, 2, (const int64_t[]){2, 12}, &tensor));
    assert_error(ctx, genrep_dataset_batch(data, 0, &tensor, 1), GENREP_E_FORMAT, "b.png");
    genrep_tensor_unref(tensor);
    genrep_dataset_unref(data);
    genrep_ctx_unref(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(png_and_pnm_are_read_to_the_byte),
        cmocka_unit_test(jpeg_is_read),
        cmocka_unit_test(damaged_files_are_refused_by_name),
        cmocka_unit_test(sizes_change_as_pillow_changes_them),
        cmocka_unit_test(alpha_lies_over_the_background_and_padding_is_of_it),
        cmocka_unit_test(edges_are_where_the_luma_changes),
        cmocka_unit_test(a_folder_is_a_data_set),
        cmocka_unit_test(images_are_cut_and_mirrored_by_place),
        cmocka_unit_test(held_out_files_stay_so),
        cmocka_unit_test(tables_give_classes_and_attributes),
        cmocka_unit_test(folders_are_classes),
        cmocka_unit_test(pairs_come_together),
        cmocka_unit_test(unpaired_sets_are_shuffled_on_their_own),
        cmocka_unit_test(wrong_options_are_named),
    };
    return cmocka_run_group_tests_name("images", tests, NULL, remove_folders);
}
