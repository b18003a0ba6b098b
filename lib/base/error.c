/* The last error's text, and messages to the host's logger. */
#include <base/ctx.h>
#include <base/utf8.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Texts quote what the host passed in: a file's name, a spec.  What leaves here is UTF-8 on one
 * line whatever that was. */
static void clean(char *text) {
    size_t bytes = strlen(text);
    for (size_t i = 0; i < bytes;) {
        size_t length = genrepi_utf8_length(text + i, bytes - i);
        unsigned char c = (unsigned char)text[i];
        if (length == 0 || c < ' ' || c == 0x7F) text[i] = c == '\n' || c == '\t' ? ' ' : '?';
        i += length == 0 ? 1 : length;
    }
}

/* The text is made before the lock is taken: its arguments may point into the slot. */
static void record(genrep_ctx *ctx, int32_t status, char text[GENREPI_ERROR_BYTES]) {
    text[GENREPI_ERROR_BYTES - 1] = 0;
    clean(text);
    if (text[0] == 0) snprintf(text, GENREPI_ERROR_BYTES, "error %d", status);
    pthread_mutex_lock(&ctx->error_lock);
    memcpy(ctx->error, text, strlen(text) + 1);
    pthread_mutex_unlock(&ctx->error_lock);
}

int32_t genrepi_fail(genrep_ctx *ctx, int32_t status, const char *format, ...) {
    if (ctx == NULL) return status;
    char text[GENREPI_ERROR_BYTES] = "";
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    record(ctx, status, text);
    return status;
}

int32_t genrepi_fail_in(genrep_ctx *ctx, int32_t status, const char *format, ...) {
    if (ctx == NULL) return status;
    char text[2 * GENREPI_ERROR_BYTES] = ""; /* both whole; cut when recorded */
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, GENREPI_ERROR_BYTES, format, arguments);
    va_end(arguments);
    size_t used = strlen(text);
    pthread_mutex_lock(&ctx->error_lock);
    snprintf(text + used, sizeof text - used, ": %s", ctx->error);
    pthread_mutex_unlock(&ctx->error_lock);
    record(ctx, status, text);
    return status;
}

void genrepi_log(genrep_ctx *ctx, int32_t level, const char *format, ...) {
    if (ctx->logger.write == NULL || level > ctx->logger.level) return;
    char text[GENREPI_ERROR_BYTES] = "";
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    clean(text);
    ctx->logger.write(ctx->logger.user, level, text);
}
