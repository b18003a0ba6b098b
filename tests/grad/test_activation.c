/* Functions of one element, and softmax. */
#include "gradient.h"

int main(void) {
    return gradient_main("test_activation", NULL, 0);
}
