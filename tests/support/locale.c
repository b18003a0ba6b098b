/* Puts every test program under the locale of its environment, as a host program may: tests/run.sh
 * runs them all where the decimal sign is a comma.  Nothing of the library may follow it. */
#include <locale.h>

__attribute__((constructor)) static void take_locale(void) {
    setlocale(LC_ALL, "");
}
