# What machines run on: the portable guest brings its own system, but not its QEMU.
{
  mkShell,
  openssh,
  qemu,
}:
mkShell {
  packages = [
    openssh
    qemu
  ];
}
