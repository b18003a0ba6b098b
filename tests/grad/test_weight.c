/* Factors of weights: spectral normalisation and the equalised learning rate. */
#include "forward.h"
#include "gradient.h"

int main(void) {
    return gradient_main("test_weight", NULL, 0);
}
