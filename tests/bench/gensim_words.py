#!/usr/bin/python3
"""gensim_words.py TEXT SIZE SG NEGATIVE [SEED VECTORS]: words a second that gensim trains, on one
thread and for one epoch; with SEED for five, and the vectors are written.  SG: 1 skip-gram, 0 CBOW;
NEGATIVE 0: hierarchical softmax.  TEXT: lines of at most 10,000 words."""
import os
import sys
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
from gensim.models.word2vec import Word2Vec  # noqa: E402

text = sys.argv[1]
size, sg, negative = map(int, sys.argv[2:5])
seed, epochs = (int(sys.argv[5]), 5) if len(sys.argv) > 5 else (1, 1)
model = Word2Vec(vector_size=size, window=5, sg=sg, negative=negative, hs=int(negative == 0),
                 sample=1e-4, min_count=5, workers=1, epochs=epochs, seed=seed)
model.build_vocab(corpus_file=text)
begun = time.time()
model.train(corpus_file=text, total_words=model.corpus_total_words, epochs=epochs)
seconds = time.time() - begun
words = sum(model.wv.get_vecattr(w, "count") for w in model.wv.index_to_key)
print(round(words * epochs / seconds))
if len(sys.argv) > 6:
    model.wv.save_word2vec_format(sys.argv[6], binary=True)
