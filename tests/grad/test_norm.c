/* batch_norm and layer_norm. */
#include "gradient.h"

int main(void) {
    return gradient_main("test_norm", NULL, 0);
}
