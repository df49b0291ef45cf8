#include "tensor/real.h"

const char REAL_TYPE = 1;
