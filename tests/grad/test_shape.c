/* Layers that only change or check shapes. */
#include "gradient.h"

int main(void) {
    return gradient_main("test_shape", NULL, 0);
}
