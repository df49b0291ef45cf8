/* main.c - main() of every program. What it does is a function of the library, PROGRAM_MAIN, which
 * build.sh names: hadnet_train_main for hadnet_train. */
#include "tensor/threads.h"

int PROGRAM_MAIN(int argc, char **argv);

int main(int argc, char **argv) {
    threads_wait_politely(argv);
    return PROGRAM_MAIN(argc, argv);
}
