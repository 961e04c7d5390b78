#pragma once
#include <sys/prctl.h>

/// Makes the process undumpable: no core file and no ptrace by the same user shows a secret. 0 when done.
static inline int keyledger_refuse_dumps(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }
