#!/bin/bash -eu
# Builds each target of fuzz/ for ClusterFuzzLite, with its corpus and its dictionary beside it.
cd "$SRC/syncproof"
cargo fuzz build -O
for source in fuzz/fuzz_targets/*.rs; do
  target=$(basename "$source" .rs)
  cp "fuzz/target/x86_64-unknown-linux-gnu/release/$target" "$OUT/"
  zip -jqr "$OUT/${target}_seed_corpus.zip" "fuzz/corpus/$target"
done
cp fuzz/dictionaries/protocol.dict "$OUT/body.dict"
cp fuzz/dictionaries/protocol.dict "$OUT/trace.dict"
cp fuzz/dictionaries/json.dict "$OUT/page_token.dict"
cp fuzz/dictionaries/jwt.dict "$OUT/jwt.dict"
