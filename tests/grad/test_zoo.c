/* Whole networks that have a name. */
#include "gradient.h"

int main(void) {
    return gradient_main("test_zoo", NULL, 0);
}
