# Everything that work on this repository takes.
{ callPackage, mkShell }:
mkShell {
  inputsFrom = map (shell: callPackage shell { }) [
    ./machines.nix
    ./nix.nix
    ./rust.nix
  ];
}
