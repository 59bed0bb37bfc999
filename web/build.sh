#!/bin/sh
# Makes the model inside the interactive page anew: src/report/page/model.wasm.gz, and the fingerprint of what it was made from.
#   web/build.sh
# Needs the target wasm32-unknown-unknown (rustup target add wasm32-unknown-unknown, or Debian's libstd-rust-dev-wasm32 and
# lld with RUSTC pointing to the compiler they belong to). The bytes depend on the compiler; the fingerprint does not.
set -eu
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-target}/web

# The names of folders on this machine would end up in messages of the model.
RUSTFLAGS="--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo --remap-path-prefix=$PWD=millicent ${RUSTFLAGS:-}" \
    cargo build --locked --package millicent-web --profile web --target wasm32-unknown-unknown --target-dir "$target"
gzip -9nc "$target/wasm32-unknown-unknown/web/millicent_web.wasm" >src/report/page/model.wasm.gz
# The test that compares the fingerprint writes it when asked to; with the usual compiler.
env -u RUSTC MILLICENT_MODEL_BUILT=1 cargo test --locked --quiet --no-default-features --test it -- model_in_the_page
