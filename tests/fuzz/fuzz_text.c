/* Hostile text through the filters. */
#include "fuzz.h"

#include <io/file.h>
#include <text/filter.h>

/* All of a dataset's text is read twice, and is the same both times. */
static uint64_t read_all(genrep_dataset *dataset, size_t piece) {
    char bytes[4096];
    genrepi_reader *reader;
    uint64_t hash = 14695981039346656037u, first = 0;
    int32_t status = genrepi_dataset_text(dataset, &reader);
    fuzz_check_status(status);
    if (status != 0) return 0;
    for (int turn = 0; turn < 2; turn++) {
        size_t got = piece;
        hash = 14695981039346656037u;
        while (status == 0 && got == piece) {
            status = genrepi_reader_read(reader, bytes, piece, &got);
            fuzz_check_status(status);
            for (size_t i = 0; i < got; i++)
                hash = (hash ^ (unsigned char)bytes[i]) * 1099511628211u;
        }
        FUZZ_CHECK(turn == 0 || status != 0 || hash == first);
        first = hash;
        if (status == 0) status = genrepi_reader_rewind(reader);
    }
    genrepi_reader_close(reader);
    return hash;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static const char *const specs[] = {"limit words=7 sentences=3",
                                        "normalize form=nfkc casefold=1", "normalize form=nfc",
                                        "phrases min_count=1 threshold=0 max_entries=9"};
    genrep_dataset *text, *filter, *above;
    int32_t status =
        genrepi_dataset_from_text(fuzz_ctx(), (const char *)bytes, size, NULL, NULL, &text);
    fuzz_check_status(status);
    if (status != 0) return 0;
    for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
        status = genrepi_filter_new(text, specs[i], &filter);
        if (status != GENREP_E_UNSUPPORTED) fuzz_check_status(status);
        if (status != 0) continue;
        FUZZ_CHECK(read_all(filter, 4096) == read_all(filter, 1));
        status = genrepi_filter_new(filter, specs[3], &above);
        fuzz_check_status(status);
        if (status == 0) {
            read_all(above, 7);
            genrepi_dataset_unref(above);
        }
        genrepi_dataset_unref(filter);
    }
    genrepi_dataset_unref(text);
    return 0;
}
