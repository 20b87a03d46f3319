# kill_test: the real binary killed and frozen, judged from outside. Longer by hand: MILKRUN_KILLS=1000 kill_test -tc="*at random*"
file(GLOB kills CONFIGURE_DEPENDS ${folder}/kill_*.cpp)
milkrun_test(kill_test SOURCES ${kills} LINK milkrun_scene PkgConfig::SQLITE OpenSSL::Crypto LABELS open TIMEOUT 600)
target_compile_definitions(kill_test PRIVATE MILKRUN_SOURCES="${PROJECT_SOURCE_DIR}/src")
milkrun_own_object(kill_crowd.cpp kill_frozen.cpp kill_letters.cpp kill_pair.cpp kill_points.cpp kill_poison.cpp kill_prune.cpp kill_random.cpp)
