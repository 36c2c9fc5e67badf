# pkg_config_test.sh PKG_CONFIG DIRECTORY PACKAGE OUTPUT SOURCE COMPILER...
# Builds a program with what pkg-config says, and runs it.
pkg_config=$1 directory=$2 package=$3 output=$4 source=$5
shift 5

rm -rf "$output"
mkdir -p "$output"
export PKG_CONFIG_PATH="$directory"
"$pkg_config" --print-errors --exists "$package >= 0.1"
# shellcheck disable=SC2046  # The words are options.
"$@" -std=c++20 "$source" -o "$output/consumer" $("$pkg_config" --cflags --libs --static "$package")
"$output/consumer" "$output/work"
