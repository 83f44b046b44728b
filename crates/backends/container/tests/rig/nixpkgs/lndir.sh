#!/bin/sh
# lndir FOLDER [HERE]: links to all files of a folder, in folders of the same names.
while [ "${1#-}" != "$1" ]; do shift; done
from=$(cd "$1" && pwd)
cp -rsf "$from"/. "${2:-.}"
