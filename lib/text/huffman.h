/* The binary tree of hierarchical softmax: Huffman's, over the words' counts (Morin and Bengio
 * 2005; Mikolov et al. 2013; mathematics 2.5).  V words have V - 1 inner nodes; a word's path goes
 * from the root to its leaf. */
#ifndef GENREPI_TEXT_HUFFMAN_H
#define GENREPI_TEXT_HUFFMAN_H

#include <text/vocab.h>

typedef struct genrepi_huffman {
    genrep_ctx *ctx;
    int64_t words;
    int64_t *begin;  /* words + 1: the path of word w is nodes[begin[w]..begin[w + 1]) */
    int32_t *nodes;  /* inner nodes, 0 .. words - 2; the root is words - 2 */
    uint8_t *bits;   /* which way the path leaves its node: 1 for the likelier side */
    int32_t longest; /* path */
} genrepi_huffman;

/* Ties go to the word of the greater number, so that the tree is a function of the counts.  Counts
 * of 0 count as 1.  A vocabulary has two words at least: "</s>" and another. */
int32_t genrepi_huffman_init(const genrep_vocab *vocab, genrepi_huffman *tree);
void genrepi_huffman_free(genrepi_huffman *tree); /* fine on {0} */

#endif
