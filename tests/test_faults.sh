#!/usr/bin/env bash
# One round of the fault campaign. Usage: test_faults.sh FOLDER_OF_PROGRAMS
exec bash "${0%/*}/faults.sh" "$1" 0 1
