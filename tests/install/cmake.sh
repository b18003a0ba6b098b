# Through CMake's find_package.    cmake.sh ROOT PREFIX WORK
set -eu
cmake -G Ninja -S "$1/tests/install" -B "$3/cmake" -DCMAKE_PREFIX_PATH="$2"
cmake --build "$3/cmake"
LD_LIBRARY_PATH="$2/lib" "$3/cmake/program"
