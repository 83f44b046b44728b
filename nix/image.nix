# A NixOS system with systemd as an OCI image, so that a service has the same in it as on a machine. `podman load < result && podman run --systemd=always <feature>`.
{
  dockerTools,
  name,
  nixos,
}:
dockerTools.buildLayeredImage {
  inherit name;
  tag = nixos.config.system.nixos.label;
  # systemd looks for the folders that it mounts things on.
  extraCommands = "mkdir -p dev etc proc root run sys tmp var";
  config = {
    Entrypoint = [ "${nixos.config.system.build.toplevel}/init" ];
    Env = [ "container=oci" ];
    StopSignal = "SIGRTMIN+3";
    Volumes = {
      "/run" = { };
      "/tmp" = { };
    };
  };
}
