/* One step of each optimizer on one parameter's numbers (see kernel.h; mathematics §2.0.1).  The
 * gradient is taken times clip, used up and set to zero.  Included by kernel_template.h. */

/* x <- x - lr (g + decay x) */
static void k_sgd(int64_t n, real lr, real decay, real clip, real *g, real *x) {
    GENREPI_EACH(i, n) {
        x[i] -= lr * (clip * g[i] + decay * x[i]);
        g[i] = 0;
    }
}

/* m <- mu m + g; x <- x - lr m, or with Nesterov x - lr (g + mu m) */
static void k_momentum(int64_t n, real lr, real decay, real clip, real mu, int32_t nesterov,
                       real *g, real *m, real *x) {
    GENREPI_EACH(i, n) {
        real v = clip * g[i] + decay * x[i];
        m[i] = mu * m[i] + v;
        x[i] -= lr * (nesterov ? v + mu * m[i] : m[i]);
        g[i] = 0;
    }
}

/* a <- a + g^2; x <- x - lr g / (sqrt(a) + eps) */
static void k_adagrad(int64_t n, real lr, real decay, real clip, real eps, real *g, real *a,
                      real *x) {
    GENREPI_EACH(i, n) {
        real v = clip * g[i] + decay * x[i];
        a[i] += v * v;
        x[i] -= lr * v / (genrepi_sqrt(a[i]) + eps);
        g[i] = 0;
    }
}

/* a <- rho a + (1 - rho) g^2; x <- x - lr g / (sqrt(a) + eps) */
static void k_rmsprop(int64_t n, real lr, real decay, real clip, real rho, real eps, real *g,
                      real *a, real *x) {
    GENREPI_EACH(i, n) {
        real v = clip * g[i] + decay * x[i];
        a[i] = rho * a[i] + (1 - rho) * (v * v);
        x[i] -= lr * v / (genrepi_sqrt(a[i]) + eps);
        g[i] = 0;
    }
}

/* m <- beta1 m + (1 - beta1) g; v <- beta2 v + (1 - beta2) g^2;
 * x <- (1 - lr decay) x - lr (correct1 m) / (sqrt(correct2 v) + eps) */
static void k_adam(int64_t n, real lr, real l2, real decay, real clip, real beta1, real beta2,
                   real eps, real correct1, real correct2, real *g, real *m, real *v, real *x) {
    const real keep = 1 - lr * decay, rate = lr * correct1;
    GENREPI_EACH(i, n) {
        real d = clip * g[i] + l2 * x[i];
        m[i] = beta1 * m[i] + (1 - beta1) * d;
        v[i] = beta2 * v[i] + (1 - beta2) * (d * d);
        x[i] = keep * x[i] - rate * m[i] / (genrepi_sqrt(correct2 * v[i]) + eps);
        g[i] = 0;
    }
}
