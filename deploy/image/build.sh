#!/bin/sh
# Builds the image of the app named $1, labelled with its version and the commit that it was built from. The target
# docker-build of each app calls it.
set -eu
cd "$(dirname "$0")/../.."

version=$(node -p 'require("./package.json").version')
revision=$(git --no-optional-locks describe --always --dirty --abbrev=40 --exclude='*' 2>/dev/null || echo unknown)

# Without a value, a build argument comes from the environment, and if it is not there either from the Dockerfile.
exec docker build --file deploy/Dockerfile --tag "nestfleet/$1:${NESTFLEET_TAG:-dev}" \
  --build-arg NODE_IMAGE --build-arg NODE_TAG \
  --build-arg APP="$1" --build-arg VERSION="$version" --build-arg REVISION="$revision" .
