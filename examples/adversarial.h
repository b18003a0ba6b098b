/* What the examples gan and cgan share: command line, training with sample grids, results. */
#ifndef EXAMPLES_ADVERSARIAL_H
#define EXAMPLES_ADVERSARIAL_H

/* kind: "gan" or "cgan".  Returns the program's exit status. */
int adversarial_main(const char *kind, const char *about, int argc, char **argv);

#endif
