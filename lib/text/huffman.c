/* Building the tree: counts fall with the word's number, and sums of joined nodes rise, so the two
 * least are found at the ends of two queues, in linear time. */
#include <text/huffman.h>

typedef struct building {
    int64_t *count;  /* of words, then of inner nodes */
    int64_t *parent; /* of both; the root's is -1 */
    uint8_t *side;   /* of its parent */
} building;

static int64_t take_least(const building *b, int64_t *word, int64_t *node, int64_t made) {
    if (*word >= 0 && (*node >= made || b->count[*word] < b->count[*node])) return (*word)--;
    return (*node)++;
}

static void join(const genrep_vocab *vocab, building *b) {
    const int64_t words = vocab->words.count;
    for (int64_t i = 0; i < words; i++) b->count[i] = vocab->counts[i] > 0 ? vocab->counts[i] : 1;
    /* "</s>" is number 0 whatever its count, so it may have to be met out of order: it is taken as
     * if it were as frequent as the next word at least. */
    if (b->count[0] < b->count[1]) b->count[0] = b->count[1];
    int64_t word = words - 1, node = words;
    for (int64_t made = words; made < 2 * words - 1; made++) {
        const int64_t least = take_least(b, &word, &node, made);
        const int64_t second = take_least(b, &word, &node, made);
        b->count[made] = b->count[least] + b->count[second];
        b->parent[least] = b->parent[second] = made;
        b->side[second] = 1;
    }
    b->parent[2 * words - 2] = -1;
}

static int64_t depth_of(const building *b, int64_t word) {
    int64_t depth = 0;
    for (int64_t at = word; b->parent[at] >= 0; at = b->parent[at]) depth++;
    return depth;
}

static int32_t write_paths(const building *b, genrepi_huffman *tree) {
    tree->begin[0] = 0;
    for (int64_t w = 0; w < tree->words; w++) {
        const int64_t depth = depth_of(b, w);
        if (depth > tree->longest) tree->longest = (int32_t)depth;
        tree->begin[w + 1] = tree->begin[w] + depth;
    }
    tree->nodes = genrepi_alloc_raw(tree->ctx, tree->begin[tree->words], sizeof *tree->nodes);
    tree->bits = genrepi_alloc_raw(tree->ctx, tree->begin[tree->words], sizeof *tree->bits);
    if (tree->nodes == NULL || tree->bits == NULL) return GENREP_E_NOMEM;
    for (int64_t w = 0; w < tree->words; w++) {
        int64_t place = tree->begin[w + 1];
        for (int64_t at = w; b->parent[at] >= 0; at = b->parent[at]) {
            place--;
            tree->nodes[place] = (int32_t)(b->parent[at] - tree->words);
            tree->bits[place] = b->side[at];
        }
    }
    return GENREP_OK;
}

int32_t genrepi_huffman_init(const genrep_vocab *vocab, genrepi_huffman *tree) {
    genrep_ctx *ctx = vocab->ctx;
    const int64_t words = vocab->words.count;
    *tree = (genrepi_huffman){.ctx = ctx, .words = words};
    building b = {genrepi_alloc_raw(ctx, 2 * words, sizeof *b.count),
                  genrepi_alloc_raw(ctx, 2 * words, sizeof *b.parent),
                  genrepi_alloc(ctx, 2 * words, sizeof *b.side)};
    tree->begin = genrepi_alloc_raw(ctx, words + 1, sizeof *tree->begin);
    int32_t status = GENREP_E_NOMEM;
    if (b.count != NULL && b.parent != NULL && b.side != NULL && tree->begin != NULL) {
        join(vocab, &b);
        status = write_paths(&b, tree);
    }
    genrepi_free(ctx, b.count);
    genrepi_free(ctx, b.parent);
    genrepi_free(ctx, b.side);
    if (status != GENREP_OK) genrepi_huffman_free(tree);
    return status;
}

void genrepi_huffman_free(genrepi_huffman *tree) {
    if (tree->ctx == NULL) return;
    genrepi_free(tree->ctx, tree->begin);
    genrepi_free(tree->ctx, tree->nodes);
    genrepi_free(tree->ctx, tree->bits);
    *tree = (genrepi_huffman){0};
}
