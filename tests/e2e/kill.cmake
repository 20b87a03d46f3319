# kill_test: the real binary killed and frozen, judged from outside. Longer by hand: MILKRUN_KILLS=1000 kill_test -tc="*at random*"
file(GLOB kills CONFIGURE_DEPENDS ${folder}/kill_*.cpp)
milkrun_test(kill_test SOURCES ${kills} LINK milkrun_scene PkgConfig::SQLITE OpenSSL::Crypto LABELS open TIMEOUT 600)
milkrun_own_object(kill_frozen.cpp kill_poison.cpp)
