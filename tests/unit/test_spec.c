/* The parser of specs.  What kinds and options mean is test_options.c's matter. */
#include <support.h>
#include <base/real.h>
#include <base/spec.h>

#include <stdio.h>
#include <string.h>

static int setup(void **state) {
    genrep_ctx *ctx = NULL;
    assert_int_equal(genrepi_ctx_new(NULL, NULL, &ctx), 0);
    *state = ctx;
    return 0;
}

static int teardown(void **state) {
    genrepi_ctx_unref(*state);
    return 0;
}

static genrepi_spec *parse(genrep_ctx *ctx, const char *text) {
    genrepi_spec *spec = NULL;
    assert_ok(ctx, genrepi_spec_parse(ctx, text, &spec));
    return spec;
}

/* The whole text of the error, so that its every word is looked at. */
static void refused(genrep_ctx *ctx, const char *text, const char *error) {
    genrepi_spec *spec = NULL;
    assert_int_equal(genrepi_spec_parse(ctx, text, &spec), GENREP_E_INVALID);
    assert_string_equal(genrep_ctx_error(ctx), error);
    assert_null(spec);
}

static void chains_are_parsed(void **state) {
    genrepi_spec *spec =
        parse(*state, "linear out=3 'a b'; relu\n\n;; repeat 2 { relu; linear x=\"y;z\" } # end");
    const genrepi_spec_node *n = spec->first;
    assert_string_equal(n->kind, "linear");
    assert_int_equal(n->n_arguments, 2);
    assert_string_equal(n->arguments[0].key, "out");
    assert_string_equal(n->arguments[0].value, "3");
    assert_int_equal(n->arguments[0].at, 7);
    assert_null(n->arguments[1].key);
    assert_string_equal(n->arguments[1].value, "a b");
    assert_memory_equal(spec->text + n->at, "linear out=3 'a b'", n->end - n->at);
    assert_int_equal(n->end - n->at, 18);
    n = n->next;
    assert_string_equal(n->kind, "relu");
    assert_int_equal(n->n_arguments, 0);
    n = n->next;
    assert_string_equal(n->kind, "repeat");
    assert_int_equal(n->n_blocks, 1);
    assert_int_equal(spec->text[n->end - 1], '}');
    assert_string_equal(n->blocks[0]->kind, "relu");
    assert_string_equal(n->blocks[0]->next->arguments[0].value, "y;z");
    assert_null(n->blocks[0]->next->next);
    assert_null(n->next);
    genrepi_spec_free(spec);
}

static void blanks_comments_and_joined_lines_do_not_matter(void **state) {
    static const char *const texts[] = {
        "", "  \t\r\n ;;\n # only a comment", "relu", "relu;", " relu # c { ' =\n", "\\\n relu"};
    for (int i = 0; i < GENREPI_COUNT(texts); i++) {
        genrepi_spec *spec = parse(*state, texts[i]);
        assert_true((spec->first != NULL) == (i >= 2));
        genrepi_spec_free(spec);
    }
    genrepi_spec *spec = parse(*state, "both a=1\\\n b=2\\\r\n {}{ relu }{\n}");
    assert_int_equal(spec->first->n_arguments, 2);
    assert_string_equal(spec->first->arguments[0].value, "1");
    assert_string_equal(spec->first->arguments[1].value, "2");
    assert_int_equal(spec->first->n_blocks, 3);
    assert_null(spec->first->blocks[0]);
    assert_string_equal(spec->first->blocks[1]->kind, "relu");
    assert_null(spec->first->blocks[2]);
    assert_null(spec->first->next);
    genrepi_spec_free(spec);
    spec = parse(*state, "linear label='' x=a=b y='\n' z=C:\\d");
    assert_string_equal(spec->first->arguments[0].value, "");
    assert_string_equal(spec->first->arguments[1].value, "a=b");
    assert_string_equal(spec->first->arguments[2].value, "\n");
    assert_string_equal(spec->first->arguments[3].value, "C:\\d");
    genrepi_spec_free(spec);
}

static void many_arguments_blocks_and_nodes_are_kept(void **state) {
    enum { N = 300 };
    genrepi_buffer text = {.ctx = *state};
    genrepi_buffer_text(&text, "k ");
    for (int i = 0; i < N; i++) genrepi_buffer_format(&text, "a%d=%d ", i, i);
    for (int i = 0; i < N; i++) genrepi_buffer_format(&text, "{b%d}", i);
    for (int i = 0; i < N; i++) genrepi_buffer_format(&text, "\nc%d", i);
    genrepi_spec *spec = parse(*state, text.data);
    genrepi_buffer_free(&text);
    assert_int_equal(spec->first->n_arguments, N);
    assert_int_equal(spec->first->n_blocks, N);
    const genrepi_spec_node *node = spec->first->next;
    for (int i = 0; i < N; i++, node = node->next) {
        char name[16];
        snprintf(name, sizeof name, "a%d", i);
        assert_string_equal(spec->first->arguments[i].key, name);
        assert_string_equal(spec->first->arguments[i].value, name + 1);
        name[0] = 'b';
        assert_string_equal(spec->first->blocks[i]->kind, name);
        name[0] = 'c';
        assert_string_equal(node->kind, name);
    }
    assert_null(node);
    genrepi_spec_free(spec);
}

static void wrong_grammar_is_refused_with_its_place(void **state) {
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"relu; repeat 2 { relu",
         "line 1, column 16: the '{' that opens here is not closed by '}'"},
        {"repeat 2 { relu\nrepeat 3 {\n}",
         "line 1, column 10: the '{' that opens here is not closed by '}'"},
        {"relu\n  }", "line 2, column 3: '}' without a '{' before it"},
        {"repeat 2\n{ relu }", "line 2, column 1: expected a kind before '{', on the same line"},
        {"linear\n out=3",
         "line 2, column 2: expected a kind, found 'out='; options go on the kind's "
         "line, or end the line before with a backslash"},
        {"linear out=",
         "line 1, column 8: linear: 'out=' has no value; write key=value without blanks "
         "around '='"},
        {"linear out= 3",
         "line 1, column 8: linear: 'out=' has no value; write key=value without blanks "
         "around '='"},
        {"linear out =3", "line 1, column 12: write key=value without blanks around '='"},
        {"linear =3", "line 1, column 8: write key=value without blanks around '='"},
        {"linear label='a", "line 1, column 14: the quote ' that opens here is not closed"},
        {"linear \"a'", "line 1, column 8: the quote \" that opens here is not closed"},
        {"linear 'a'b", "line 1, column 11: a blank is missing after the quote '"},
        {"repeat 2 { relu } relu", "line 1, column 19: expected ';' or a newline after '}'"},
        {"linear \\ \n out=3",
         "line 1, column 8: a backslash joins two lines only as the last byte of "
         "its line"},
        {"li-near", "line 1, column 3: expected a kind (a name), found '-'"},
        {"'relu'", "line 1, column 1: expected a kind (a name), found '''"},
        {"linear label='\xC3\xA9\xC3\xA9' \xC3\xA9\n\xC3\xA9",
         "line 2, column 1: expected a kind (a name), found '\xC3\xA9'"},
        {"linear label='\xC3\xA9\xC3\xA9' x= 3",
         "line 1, column 19: linear: 'x=' has no value; write "
         "key=value without blanks around '='"},
    };
    for (int i = 0; i < GENREPI_COUNT(cases); i++) refused(*state, cases[i].text, cases[i].error);
    genrepi_spec *spec = NULL;
    assert_error(*state, genrepi_spec_parse(*state, NULL, &spec), GENREP_E_INVALID,
                 "the spec is NULL");
    assert_null(spec);
}

static void limits_hold(void **state) {
    enum { LARGE = (1 << 20) + 1 };
    static char text[LARGE + 1];
    memset(text, '{', LARGE);
    text[0] = 'r', text[1] = ' ';
    refused(*state, text, "a spec of 1048577 bytes: at most 1048576 are possible");
    text[LARGE - 1] = 0;
    refused(*state, text, "line 1, column 4: expected a kind before '{', on the same line");
    memset(text, ';', LARGE - 1);
    genrepi_spec_free(parse(*state, text));

    genrepi_buffer nested = {.ctx = *state};
    for (int i = 0; i < 64; i++) genrepi_buffer_text(&nested, "repeat 2 {");
    genrepi_buffer_text(&nested, "repeat 2 ");
    size_t inner = nested.size;
    for (int i = 0; i < 64; i++) genrepi_buffer_text(&nested, "}");
    genrepi_spec_free(parse(*state, nested.data));
    nested.data[inner] = '{';
    refused(*state, nested.data, "line 1, column 650: more than 64 '{' inside each other");
    genrepi_buffer_free(&nested);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chains_are_parsed),
        cmocka_unit_test(blanks_comments_and_joined_lines_do_not_matter),
        cmocka_unit_test(many_arguments_blocks_and_nodes_are_kept),
        cmocka_unit_test(wrong_grammar_is_refused_with_its_place),
        cmocka_unit_test(limits_hold),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
