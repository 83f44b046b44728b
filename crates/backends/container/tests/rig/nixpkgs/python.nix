# Programs in Python as nixpkgs packages them, with the modules that Debian has: the NixOS test driver, and what starts its
# containers. What they check of themselves is left out.
{
  digest,
  lib,
  modules,
  self,
}:
let
  missing = what: throw "the rig: no ${what} in tests of NixOS";
in
# Modules, and what only those checks take.
lib.genAttrs [
  "colorama"
  "ipython"
  "junit-xml"
  "ptpython"
  "pydantic"
  "python"
  "remote-pdb"
  "ruff"
  "setuptools"
  "ty"
] (_: null)
// {
  imagemagick_light = missing "character recognition (enableOCR)";
  tesseract4 = missing "character recognition (enableOCR)";
  nixosTests.nixos-test-driver = { };

  callPackage = lib.callPackageWith (self // self.python3Packages);

  buildPythonApplication =
    {
      pname,
      src,
      dependencies ? [ ],
      meta ? { },
      postPatch ? "",
      propagatedBuildInputs ? [ ],
      ...
    }:
    assert lib.all (each: each == null) dependencies || missing "more packages of Python";
    self.runCommand pname { inherit digest meta; } ''
      cp -r ${src} source
      chmod -R u+w source
      cd source
      ${postPatch}
      mkdir -p $out/bin $out/lib
      for module in */; do
        cp -r $module $out/lib/
      done
      cp ${./remote_pdb.py} $out/lib/remote_pdb.py
      program() {
        cat > $out/bin/$1 <<END
      #!/usr/lib/debian/bin/bash
      export PATH=${lib.makeBinPath propagatedBuildInputs}:\$PATH PYTHONPATH=$out/lib:${modules}
      exec /usr/lib/debian/bin/python3 -c 'import sys, $2; sys.exit($2.$3())' "\$@"
      END
        chmod +x $out/bin/$1
      }
      python3 ${./programs.py} | while read -r name module function; do
        program $name $module $function
      done
    '';
}
