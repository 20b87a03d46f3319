# kill_test: the real binary killed and frozen, judged from outside. Longer by hand: MILKRUN_KILLS=1000 kill_test -tc="*at random*"
file(GLOB kills CONFIGURE_DEPENDS ${folder}/kill_*.cpp)
# In the gate one kill at each point, freezes, locks, letters, the pruning; label "long": pairs of points, random kills, the
# poison among eighty; label "open": thousands in flight, which a busy machine does not bring that far.
set(long "killed again*,killed at random*,of eighty*,killed by hand*")
set(crowd "killed with thousands*,a crowd*")
milkrun_test(kill_test SOURCES ${kills} LINK milkrun_scene PkgConfig::SQLITE OpenSSL::Crypto ARGUMENTS "-tce=${long},${crowd}" LABELS kill TIMEOUT 1800 COST 250)
add_test(NAME kill_long_test COMMAND kill_test "-tc=${long}")
set_tests_properties(kill_long_test PROPERTIES LABELS long TIMEOUT 1800)
add_test(NAME kill_crowd_test COMMAND kill_test "-tc=${crowd}")
set_tests_properties(kill_crowd_test PROPERTIES LABELS open TIMEOUT 600)
target_compile_definitions(kill_test PRIVATE MILKRUN_SOURCES="${PROJECT_SOURCE_DIR}/src")
milkrun_own_object(kill_crowd.cpp kill_frozen.cpp kill_letters.cpp kill_pair.cpp kill_points.cpp kill_poison.cpp kill_prune.cpp kill_random.cpp)
