/* version.h - the version of the programs and the library; `./build.sh install` reads it here. */
#ifndef HADNET_VERSION_H
#define HADNET_VERSION_H

#define HADNET_VERSION "0.1"

#endif
