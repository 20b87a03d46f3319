#!/bin/sh
# packaging/hardened.sh BINARY: is it what cmake/milkrun.cmake asks for? Exit 1, with what is missing, when it is not.
# No CET note is asked for: Debian's own start files (Scrt1.o, crti.o) have none, so that no whole program has.
set -u
binary=$1 wrong=0
miss() { echo "$binary: $1" >&2; wrong=1; }
readelf -h "$binary" | grep -q 'Type:.*DYN' || miss "is not position independent (-fPIE -pie)"
readelf -d "$binary" | grep -q 'FLAGS_1.*NOW.*PIE' || miss "does not bind its functions at the start (-z now)"
readelf -lW "$binary" | grep -q GNU_RELRO || miss "has no read-only relocations (-z relro)"
readelf -lW "$binary" | grep -q 'GNU_STACK.* RW ' || miss "has an executable stack (-z noexecstack)"
names=$(readelf --dyn-syms -W "$binary")
case $names in *__stack_chk_fail*) ;; *) miss "has no stack protector" ;; esac
case $names in *_chk@*) ;; *) miss "has no fortified function (_FORTIFY_SOURCE)" ;; esac
exit $wrong
