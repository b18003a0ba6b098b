/* Small texts for tests of word vectors. */
#ifndef SUPPORT_CORPUS_H
#define SUPPORT_CORPUS_H

#include <stddef.h>
#include <stdint.h>
#include <genrep.h>

/* `words` words of a Markov chain on the letters a, b, c, d, in lines of `line` words: any letter
 * may follow any other, some more often.  free() it. */
char *support_chain(int64_t words, int64_t line, size_t *bytes);

/* The text in gzip's format, stored without compression.  free() it. */
unsigned char *support_gzip(const char *text, size_t bytes, size_t *gzip_bytes);

/* A trainer of word vectors over the text, which must stay; word2vec in lockstep (deterministic=1)
 * where the spec does not say which. */
genrep_trainer *support_word2vec(genrep_ctx *ctx, const char *text, size_t bytes, const char *spec);
/* n steps, or as many as there are left. */
void support_steps(genrep_ctx *ctx, genrep_trainer *trainer, int64_t n);
/* All vectors as one number, for comparing runs. */
uint64_t support_fingerprint(genrep_ctx *ctx, genrep_trainer *trainer);

#endif
