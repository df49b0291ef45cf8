/* real.c - the name that fails at link time where float and double are mixed. */
#include "tensor/real.h"

const char REAL_TYPE = 1;
