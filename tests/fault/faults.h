/* System calls that fail on purpose: the linker sends the library's calls here (--wrap). */
#ifndef FAULTS_H
#define FAULTS_H

enum { FAULT_OPEN, FAULT_READ, FAULT_WRITE, FAULT_FSYNC, FAULT_CLOSE, FAULT_RENAME, FAULT_KINDS };

enum {
    FAULT_ERRNO,   /* the call fails with `code` */
    FAULT_SHORT,   /* reading and writing: one byte is done */
    FAULT_NOTHING, /* writing: 0 bytes are done */
    FAULT_CRASH    /* the process ends at once, before the call */
};

typedef struct faults {
    int kind;       /* of call; -1: none fails */
    int what, code; /* what happens */
    int at;         /* the number of the call, from 1 on */
    int times;      /* how many calls in a row; 0: all from there on */
    int calls[FAULT_KINDS], happened;
} faults;

/* Counts and fails while it is armed; the test's own calls, before and after, are not touched. */
extern faults fault;
void fault_arm(int kind, int what, int code, int at, int times);
void fault_disarm(void);

/* What the system calls an error, in the language that the library's texts are in. */
const char *fault_text(int code);

#endif
