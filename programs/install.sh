# shellcheck shell=bash disable=SC2154 # it shares variables with build.sh
# install.sh - `./build.sh install`: programs, libraries, headers and the files for pkg-config below
# $prefix, or below $DESTDIR$prefix for those who make packages.

version=$(sed -n 's/^#define HADNET_VERSION "\(.*\)"$/\1/p' hadnet/command_line/version.h)

# The public face of every room, ROOM/ROOM.h, and what these headers reach. bench/ is a program.
public_headers() {
    local header
    for header in */*.h; do
        case $header in bench/* | build/*) continue ;; esac
        [ "${header%/*}.h" != "${header#*/}" ] || "$compiler" -std=c11 -I. -MM "$header"
    done | tr -s ' \\\n' '\n' | grep -E '\.(h|def)$' | LC_ALL=C sort -u
}

package_file() { # NAME [FLAGS]
    cat <<END
prefix=$prefix
libdir=\${prefix}/lib
includedir=\${prefix}/include/hadnet

Name: $1
Description: tensors, automatic differentiation and hyperbolic layers
Version: $version
Cflags: -I\${includedir} ${2:-}
Libs: -L\${libdir} -Wl,-rpath,\${libdir} -l$1 -lm
Libs.private: -fopenmp -pthread -ldl
END
}

# Manual pages and completions, as the programs print them; none where they cannot run here.
install_texts() { # ROOT
    local program
    for program in "${programs[@]}"; do
        case $program in hadnet_bench | hyp_audit) continue ;; esac
        "./$program" --version >/dev/null 2>&1 || return 0
        mkdir -p "$1/share/man/man1" "$1/share/bash-completion/completions" "$1/share/zsh/site-functions"
        "./$program" --man >"$1/share/man/man1/$program.1"
        "./$program" --completion bash >"$1/share/bash-completion/completions/$program"
        "./$program" --completion zsh >"$1/share/zsh/site-functions/_$program"
    done
}

install_all() {
    local root=${DESTDIR:-}$prefix program file
    for program in "${programs[@]}"; do
        link_program "$build/install/$program" ../lib "$lib/libhadnet.so"
        install -D "$build/install/$program" "$root/bin/$program"
    done
    install_texts "$root"
    # What this build has not would be taken all the same.
    rm -f "$root"/lib/libhadnet* "$root"/lib/glibc-hwcaps/*/libhadnet*
    for file in "$lib"/libhadnet* "$lib"/glibc-hwcaps/*/libhadnet*; do
        [ ! -e "$file" ] || install -D -m 644 "$file" "$root/lib/${file#"$lib"/}"
    done
    for file in $(public_headers); do install -D -m 644 "$file" "$root/include/hadnet/$file"; done
    mkdir -p "$root/lib/pkgconfig"
    package_file hadnet >"$root/lib/pkgconfig/hadnet.pc"
    package_file hadnet-double -DREAL_IS_DOUBLE >"$root/lib/pkgconfig/hadnet-double.pc"
}
