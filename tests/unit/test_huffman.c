/* Hierarchical softmax: the tree is Huffman's, and its probabilities sum to one. */
#include <support.h>
#include <base/random.h>
#include <files.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <text/huffman.h>

static genrep_vocab *vocab_of(genrep_ctx *ctx, const char *lines) {
    genrep_vocab *vocab = NULL;
    support_write("counts.txt", lines, strlen(lines));
    assert_ok(ctx, genrep_vocab_load(ctx, support_path("counts.txt"), &vocab));
    return vocab;
}

static int64_t length_of(const genrepi_huffman *tree, int64_t word) {
    return tree->begin[word + 1] - tree->begin[word];
}

/* 5 9 12 13 16 45 is the textbook's example (Cormen et al., 16.3): lengths 4 4 3 3 3 1. */
static void lengths_are_the_textbooks(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_vocab *vocab = vocab_of(ctx, "</s> 45\na 16\nb 13\nc 12\nd 9\ne 5\n");
    genrepi_huffman tree;
    assert_ok(ctx, genrepi_huffman_init(vocab, &tree));
    static const int64_t lengths[] = {1, 3, 3, 3, 4, 4};
    for (int64_t w = 0; w < 6; w++) assert_int_equal(length_of(&tree, w), lengths[w]);
    assert_int_equal(tree.longest, 4);
    genrepi_huffman_free(&tree);
    genrep_vocab_unref(vocab);
    genrep_ctx_unref(ctx);
}

/* p(w) = product of sigmoid((1 - 2 bit) s) down the path, for any scores s of the nodes. */
static void probabilities_sum_to_one(void **state) {
    (void)state;
    enum { WORDS = 400 };
    char lines[WORDS * 16];
    int used = 0;
    for (int i = 0; i < WORDS; i++)
        used += snprintf(lines + used, sizeof lines - (size_t)used, "%s%d %d\n",
                         i == 0 ? "</s>" : "w", i, 100000 / (i + 1));
    memmove(lines + 4, lines + 5, strlen(lines + 4)); /* "</s>0" is "</s>" */
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_vocab *vocab = vocab_of(ctx, lines);
    genrepi_huffman tree;
    assert_ok(ctx, genrepi_huffman_init(vocab, &tree));
    assert_int_equal(tree.words, WORDS);
    double score[WORDS], sum = 0, bits = 0, entropy = 0;
    genrepi_rng rng = genrepi_rng_at(5, 5, 0);
    for (int i = 0; i < WORDS; i++) score[i] = 6 * genrepi_rng_uniform(&rng) - 3;
    for (int64_t w = 0; w < WORDS; w++) {
        double p = 1, share = (double)vocab->counts[w] / (double)vocab->total;
        for (int64_t j = tree.begin[w]; j < tree.begin[w + 1]; j++) {
            assert_in_range(tree.nodes[j], 0, WORDS - 2);
            p /= 1 + exp(-(1 - 2 * tree.bits[j]) * score[tree.nodes[j]]);
        }
        assert_int_equal(tree.nodes[tree.begin[w]], WORDS - 2); /* the root */
        sum += p;
        bits += share * (double)length_of(&tree, w);
        entropy -= share * log2(share);
    }
    assert_close(sum, 1, 1e-12);
    assert_true(bits >= entropy && bits < entropy + 1);
    genrepi_huffman_free(&tree);
    genrep_vocab_unref(vocab);
    genrep_ctx_unref(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths_are_the_textbooks),
        cmocka_unit_test(probabilities_sum_to_one),
    };
    return cmocka_run_group_tests(tests, NULL, support_remove_files);
}
